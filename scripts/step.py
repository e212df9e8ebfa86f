# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one command of the Makefile with .venv's tools, in a clean environment, and leave no process behind.

    .venv/bin/python scripts/step.py NAME COMMAND [ARGUMENT ...]
    .venv/bin/python scripts/step.py --terminal NAME COMMAND [ARGUMENT ...]
    .venv/bin/python scripts/step.py --summary NAME ...

A step keeps the command's output in .cache/log/NAME.log and shows it when the command has ended. It ends with 0 even if
the command failed, so that make goes on to the next step; the summary ends with 1 if any step failed. With --terminal
the command has the terminal to itself, and its exit code counts.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO

import psutil

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
LOGS = CACHE / "log"
GRACE_SECONDS = 8.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_CHILD_SUBREAPER = 36
DROPPED = (
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_WORK_TREE",
    "MFLAGS",
    "MYPYPATH",
    "PYTEST_ADDOPTS",
    # With it every process compiles the collection and the tests anew: containers often set it.
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "PYTHONPATH",
)
DROPPED_PREFIXES = ("ANSIBLE_", "MAKE", "MOLECULE_")


class Stopped(BaseException):
    """Ctrl-C, or another request to stop: `args[0]` is the signal's number."""


def environment(name: str) -> dict[str, str]:
    """Return the caller's environment without its Ansible settings, with everything that tools keep in .cache."""
    env = {k: v for k, v in os.environ.items() if k not in DROPPED and not k.startswith(DROPPED_PREFIXES)}
    home = CACHE / "home"
    home.mkdir(parents=True, exist_ok=True)
    # git keeps the caller's settings: without safe.directory it refuses a checkout of another user.
    env.setdefault("GIT_CONFIG_GLOBAL", str(Path.home() / ".gitconfig"))
    return env | {
        # One for each step: ansible-lint installs a copy of the collection there, which no other step may find.
        "ANSIBLE_HOME": str(CACHE / "ansible" / name),
        # By default it is in the home of the user by name, whatever HOME says.
        "ANSIBLE_REMOTE_TMP": str(CACHE / "ansible" / "tmp"),
        "ANSIBLE_NOCOWS": "1",
        "HOME": str(home),
        "NO_COLOR": "1",
        "PATH": os.pathsep.join([str(ROOT / ".venv" / "bin"), env.get("PATH", os.defpath)]),
        "XDG_CACHE_HOME": str(CACHE / "xdg"),
    }


def stop(number: int, frame: FrameType | None) -> None:
    for each in STOP_SIGNALS:
        signal.signal(each, signal.SIG_IGN)  # stopping takes GRACE_SECONDS at most
    raise Stopped(number)


def descendants() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def still_running() -> list[psutil.Process]:
    """Give descendants time to end by themselves; return those that did not."""
    return psutil.wait_procs(descendants(), GRACE_SECONDS)[1]


def command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())[:200]
    except psutil.Error:
        return "(ended meanwhile)"


def run(name: str, command: list[str], log: IO[str] | None = None) -> int:
    """Return the command's exit code, or 1 if it left a process behind; none is left after this."""
    process = None
    try:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(name),
            stdin=subprocess.DEVNULL if log else None,
            stdout=log,
            stderr=subprocess.STDOUT if log else None,
            # A session of its own cannot ask the terminal for a password, and is stopped as a whole.
            start_new_session=bool(log),
        )
        code = process.wait()
        for each in still_running():
            code = code or 1
            print(f"still running: {command_line(each)}", file=log, flush=True)
        return code if code >= 0 else 128 - code
    except Stopped as stopped:
        if process and log:
            print(f"\n=== {name}: stopping", flush=True)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
        elif process and stopped.args[0] != signal.SIGINT:  # Ctrl-C reaches the command without help
            process.send_signal(stopped.args[0])
        still_running()
        raise
    finally:
        # Some have sessions of their own: Ansible's workers, for example.
        while left := descendants():
            for each in left:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
            psutil.wait_procs(left)


def step(name: str, command: list[str]) -> int:
    """Run a command, show its output, and keep for the summary how it ended."""
    LOGS.mkdir(parents=True, exist_ok=True)
    outcome = LOGS / f"{name}.outcome"
    outcome.unlink(missing_ok=True)
    started = time.monotonic()
    with (LOGS / f"{name}.log").open("w+", encoding="utf-8", errors="replace") as log:
        code = run(name, command, log)
        log.seek(0)
        text = log.read().rstrip()
    seconds = time.monotonic() - started
    told = text.rpartition("\n")[2] if "pytest" in command else ""
    line = f"{'FAILED' if code else 'ok':<7} {seconds:6.1f} s  {name}  {told}"
    with (LOGS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # so that the output of steps side by side is not mixed
        print(f"\n=== {name}: {f'FAILED ({code})' if code else 'ok'}, {seconds:.1f} s\n{text}".rstrip(), flush=True)
    outcome.write_text(line.rstrip(), encoding="utf-8")
    return 0


def summary(names: tuple[str, ...]) -> int:
    print("\n=== summary", flush=True)
    lines = [(LOGS / f"{name}.outcome").read_text(encoding="utf-8") for name in names]
    print("\n".join(lines), flush=True)
    return int(any(not line.startswith("ok") for line in lines))


def main(mode: str, *arguments: str) -> int:
    if mode == "--summary":
        return summary(arguments)
    for each in STOP_SIGNALS:
        signal.signal(each, stop)
    if sys.platform == "linux":
        # Processes whose parent ended become children of this one, so that none gets lost.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        if mode == "--terminal":
            return run(arguments[0], [*arguments[1:]])
        return step(mode, [*arguments])
    except Stopped as stopped:
        return 128 + int(stopped.args[0])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
