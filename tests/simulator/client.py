# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start a simulator from a test, a benchmark or the demo, and talk to its control API. Standard library only."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent.parent
_STOP_SECONDS: Final = 10


class ControlError(Exception):
    """The control API refused."""


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator."""

    url: str
    control_url: str
    ca_file: str
    pid: int
    subscriber_url: str | None = None

    def control(self, method: str, path: str, content: object = None) -> Any:
        """Ask the control API; its answer, or ControlError."""
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(f"{self.control_url}{path}", body, method=method)
        # No proxy of the environment comes between a test and its simulator.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise ControlError(f"{method} {path}: {error.code} {error.read().decode()}") from None


@contextmanager
def running(*arguments: object, prefix: tuple[str, ...] = ()) -> Iterator[Simulator]:
    """A simulator with these arguments of its command line, until the block ends; it ends with this process, too.

    `prefix` is put before the command: a benchmark binds the process to a core with it.
    """
    command = [*prefix, sys.executable, "-m", "tests.simulator", "--watch-stdin", *map(str, arguments)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the simulator did not start: {' '.join(command)} ended with {process.wait()}")
        yield Simulator(**json.loads(line))
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
