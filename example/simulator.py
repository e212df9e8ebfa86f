# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a simulated NGCP with the example company until Ctrl-C (`make simulator`). Arguments go to the simulator."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path

from tests.simulator.client import running

SEED = Path(__file__).resolve().parent / "seed.json"


def main() -> int:
    if {"-h", "--help"}.intersection(sys.argv):
        return subprocess.run([sys.executable, "-m", "tests.simulator", "--help"], check=False).returncode
    administrator = json.loads(SEED.read_text(encoding="utf-8"))["admins"][0]
    try:
        with running("--seed", SEED, *sys.argv[1:]) as simulator:
            environment = {
                "NGCP_API_URL": simulator.url,
                "NGCP_CA_PATH": simulator.ca_file,
                "NGCP_API_USERNAME": administrator["login"],
                "NGCP_API_PASSWORD": administrator["password"],
            }
            print("A simulated NGCP runs until Ctrl-C. To use it, run these commands in another terminal:\n")
            for name, value in environment.items():
                print(f"    export {name}={shlex.quote(value)}")
            print(f"\nSee its requests at {simulator.control_url}/log (tests/simulator/README.md).", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        print("\nThe simulator is stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
