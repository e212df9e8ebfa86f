# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make .venv with everything requirements-dev.txt names and the collection where Ansible finds it; and beside it, where
there is a Python for it, an environment of the newest ansible-core, for a few tests.

Does nothing when both are complete: a stamp, written last, says for which requirements each was made.
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
# Where mypy finds the checkout under the collection's Python name (pyproject.toml); it refuses site-packages.
MYPY_PATH = CACHE / "mypy-path"
REQUIREMENTS = ROOT / "requirements-dev.txt"
STAMP = VENV / "setup-stamp"
# Of the newest ansible-core.
NEWEST = CACHE / "newest-core"
NEWEST_PYTHON = NEWEST / "bin" / "python"
NEWEST_REQUIREMENTS = ROOT / "requirements-newest-core.txt"
NEWEST_STAMP = CACHE / "newest-core-stamp"
# The oldest Python that it runs on.
NEWEST_NEEDS = (3, 13)
# Inside a virtual environment this is still the interpreter that made it.
BASE_PYTHON = str(getattr(sys, "_base_executable", sys.executable))


def key(requirements: Path = REQUIREMENTS) -> str:
    """Return everything that an environment depends on: requirements, this script, the interpreter, its name."""
    digest = hashlib.sha256()
    for path in (requirements, Path(__file__)):
        digest.update(path.read_bytes())
    digest.update("\0".join([str(ROOT), os.path.realpath(BASE_PYTHON), sys.version]).encode())
    return digest.hexdigest()


def complete() -> bool:
    """Return True if the environment is complete for exactly these requirements."""
    made = _made(STAMP, REQUIREMENTS) and _made(NEWEST_STAMP, NEWEST_REQUIREMENTS)
    return VENV_PYTHON.exists() and made and _link(MYPY_PATH).is_symlink()


def _made(stamp: Path, requirements: Path) -> bool:
    return stamp.exists() and stamp.read_text(encoding="utf-8") == key(requirements)


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


def _link(folder: Path) -> Path:
    return folder / "ansible_collections" / "ngcp" / "fax"


def link_collection(folder: Path) -> None:
    """Make the checkout the collection ansible_collections.ngcp.fax of a folder."""
    link = _link(folder)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT, target_is_directory=True)


def site_packages(venv: Path) -> Path:
    return next((venv / "lib").glob("python3.*")) / "site-packages"


def make() -> None:
    print(f"Setting up .venv with Python {sys.version.split()[0]}", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    run(BASE_PYTHON, "-m", "venv", VENV)
    install()
    link_collection(site_packages(VENV))
    STAMP.write_text(key(), encoding="utf-8")
    print("Set up.", flush=True)


def newest_base() -> str | None:
    """Return a Python that the newest ansible-core runs on, if there is one on PATH or among pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    names = ["python3.14", "python3.13", "python3", *map(str, sorted(pyenv.glob("3.1[3-9]*/bin/python"), reverse=True))]
    wanted = f"import ensurepip, sys, venv; sys.exit(sys.version_info < {NEWEST_NEEDS})"
    for name in filter(None, map(shutil.which, [BASE_PYTHON, *names])):
        if not subprocess.run([name, "-c", wanted], capture_output=True, check=False).returncode:
            return name
    return None


def make_newest() -> None:
    """Make the environment of the newest ansible-core; without a Python for it there is none, and its tests are left
    out.
    """
    shutil.rmtree(NEWEST, ignore_errors=True)
    python = newest_base()
    if python:
        print("Setting up the newest ansible-core", flush=True)
        run(python, "-m", "venv", "--without-pip", NEWEST)
        uv_install = (VENV_PYTHON, "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode")
        run(*uv_install, "--python", NEWEST_PYTHON, "-r", NEWEST_REQUIREMENTS)
        link_collection(site_packages(NEWEST))
    else:
        print(f"No Python {'.'.join(map(str, NEWEST_NEEDS))}: the newest ansible-core will not be tested.", flush=True)
    NEWEST_STAMP.write_text(key(NEWEST_REQUIREMENTS), encoding="utf-8")


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
        link_collection(MYPY_PATH)
        if not (VENV_PYTHON.exists() and _made(STAMP, REQUIREMENTS)):
            make()
        if not _made(NEWEST_STAMP, NEWEST_REQUIREMENTS):
            make_newest()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up failed: {' '.join(error.cmd)} ended with {error.returncode}")
    except KeyboardInterrupt:
        sys.exit("Interrupted; the next run sets up anew.")
