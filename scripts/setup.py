# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make .venv with everything requirements-dev.txt names and the collection where Ansible finds it.

Does nothing when .venv is complete: a stamp, written last, says for which requirements it was made.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements-dev.txt"
STAMP = VENV / "setup-stamp"
# Inside a virtual environment this is still the interpreter that made it.
BASE_PYTHON = str(getattr(sys, "_base_executable", sys.executable))


def key() -> str:
    """What .venv depends on: requirements, this script, the interpreter, the folder's name."""
    digest = hashlib.sha256()
    for path in (REQUIREMENTS, Path(__file__)):
        digest.update(path.read_bytes())
    digest.update("\0".join([str(ROOT), os.path.realpath(BASE_PYTHON), sys.version]).encode())
    return digest.hexdigest()


def complete() -> bool:
    """Whether .venv was finished for just these requirements."""
    return VENV_PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == key()


def environment() -> dict[str, str]:
    """The caller's environment, with the caches inside the checkout unless it says otherwise."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")}
    env["UV_PYTHON_DOWNLOADS"] = "never"
    env.setdefault("UV_CACHE_DIR", str(CACHE / "uv"))
    env.setdefault("PIP_CACHE_DIR", str(CACHE / "pip"))
    env.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    return env


def run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], cwd=ROOT, env=environment(), check=True)


def install() -> None:
    """Install the pinned requirements: with uv, which is quick, or with pip where uv cannot (a mirror in pip.conf)."""
    uv = re.search(r"^uv==\S+", REQUIREMENTS.read_text(encoding="utf-8"), re.MULTILINE)
    assert uv, "requirements-dev.txt pins uv"
    run(VENV_PYTHON, "-m", "pip", "install", "--quiet", uv.group())
    try:
        uv_install = (VENV_PYTHON, "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode")
        run(*uv_install, "--python", VENV_PYTHON, "-r", REQUIREMENTS)
    except subprocess.CalledProcessError:
        print("uv could not install everything; trying pip", flush=True)
        run(VENV_PYTHON, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS)


def link_collection() -> None:
    """Put the checkout where Ansible and Python look for ansible_collections.ngcp.fax."""
    site_packages = next((VENV / "lib").glob("python3.*")) / "site-packages"
    namespace = site_packages / "ansible_collections" / "ngcp"
    namespace.mkdir(parents=True)
    (namespace / "fax").symlink_to(ROOT, target_is_directory=True)


def make() -> None:
    print(f"Setting up .venv with Python {sys.version.split()[0]}", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    run(BASE_PYTHON, "-m", "venv", VENV)
    install()
    link_collection()
    STAMP.write_text(key(), encoding="utf-8")
    print("Set up.", flush=True)


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if complete():
        print("Already set up.")
        return 0
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if complete():
            print("Already set up.")
            return 0
        make()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up failed: {' '.join(error.cmd)} ended with {error.returncode}")
    except KeyboardInterrupt:
        sys.exit("Interrupted; the next run sets up anew.")
