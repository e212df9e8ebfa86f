# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run what the Makefile asks for, with .venv's tools, and leave no process behind.

    .venv/bin/python scripts/run.py TARGET [argument ...]

A target is a list of lanes. Lanes run side by side, the steps of a lane one after the other; all of them run even when
one fails. Further arguments go to pytest, the benchmarks or the simulator.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")
GRACE_SECONDS = 8.0
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Step:
    """One command, its name in the output, and what is different in its environment."""

    name: str
    command: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    last_line: bool = False


@dataclass
class Outcome:
    """How a step ended."""

    step: Step
    code: int
    seconds: float
    last_line: str


class Interrupted(BaseException):
    """Ctrl-C, or another request to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(BIN / name), *arguments)


def pytest_step(name: str, *arguments: str) -> Step:
    return Step(name, (PYTHON, "-m", "pytest", "-n", "2", *arguments), last_line=True)


def quick_checks() -> list[Step]:
    """Lint that takes seconds."""
    plugins = ("-p", "ansible_collections.ngcp.fax.plugins.module_utils")
    mypy_path = (("MYPYPATH", str(collection_for_mypy())),)
    return [
        Step("ruff check", tool("ruff", "check", "--no-fix")),
        Step("ruff format", tool("ruff", "format", "--check", "--diff")),
        Step("mypy module_utils", (PYTHON, "-m", "mypy", "--python-version", "3.10", *plugins), mypy_path),
        Step("mypy tests", (PYTHON, "-m", "mypy", "-p", "tests", "-p", "example", "-p", "benchmarks"), mypy_path),
        Step("mypy scripts", (PYTHON, "-m", "mypy", "scripts")),
        Step("changelog", tool("antsibull-changelog", "lint")),
        Step("docs", tool("antsibull-docs", "lint-collection-docs", "--plugin-docs", ".")),
    ]


def ansible_checks() -> list[Step]:
    """Ansible's own lint."""
    return [
        Step("ansible-lint", tool("ansible-lint", "--offline", "--profile", "production")),
        # It has a HOME of its own, and reads the caller's settings of pip.
        Step("ansible-test sanity", (PYTHON, "scripts/sanity.py"), (("HOME", str(Path.home())),)),
    ]


def molecule_step() -> Step:
    return Step("molecule", (PYTHON, "-m", "molecule", "test", "--all"))


def newest_core_steps() -> list[Step]:
    """A few tests with the newest ansible-core, where `make setup` found a Python for it."""
    python = CACHE / "newest-core" / "bin" / "python"
    if not python.exists():
        return []
    step = pytest_step("newest ansible-core", "tests/integration", "-m", "newest_core")
    return [replace(step, env=(("TEST_ANSIBLE_PYTHON", str(python)),))]


def build_step() -> Step:
    return Step("build", (PYTHON, "scripts/build.py"))


def lanes(target: str, arguments: list[str]) -> list[list[Step]]:
    """What a target runs."""
    if target == "test":
        return [
            [pytest_step("pytest", *arguments)],
            # Not among the others: Playwright keeps an event loop running in its process.
            [
                *quick_checks(),
                pytest_step("browser", "tests/browser"),
                *ansible_checks(),
                *newest_core_steps(),
                molecule_step(),
                build_step(),
            ],
        ]
    if target == "lint":
        return [quick_checks(), ansible_checks()]
    if target in ("unit", "contract", "integration"):
        return [[pytest_step(target, f"tests/{target}", *arguments)]]
    if target in ("browser", "soak"):
        return [[pytest_step(target, f"tests/{target}", *arguments)]]
    if target == "screenshot":
        picture = pytest_step(target, "tests/browser", "-k", "picture", *arguments)
        return [[replace(picture, env=(("SCREENSHOT", "1"),))]]
    if target == "molecule":
        return [[molecule_step()]]
    if target == "build":
        return [[build_step()]]
    if target == "schema":
        scripts = {"schema": "scripts/schema.py", "report schema": "scripts/report_schema.py"}
        return [[Step(name, (PYTHON, script)) for name, script in scripts.items()]]
    raise SystemExit(f"unknown target: {target}")


def foreground(target: str, arguments: list[str]) -> list[str] | None:
    """The command of a target that has the terminal to itself."""
    if target == "demo":
        return [PYTHON, "-m", "example.demo"]
    if target == "bench":
        return [PYTHON, "-m", "benchmarks", *arguments]
    if target == "simulator":
        return [PYTHON, "-m", "example.simulator", *arguments]
    return None


def collection_for_mypy() -> Path:
    """A folder in which mypy finds the checkout under the collection's Python name."""
    folder = CACHE / "mypy-path"
    link = folder / "ansible_collections" / "ngcp" / "fax"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or link.resolve() != ROOT:
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)
    return folder


def environment(name: str) -> dict[str, str]:
    """The caller's environment without its Ansible settings, and with everything that tools keep in .cache."""
    dropped = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "MYPYPATH", "PYTEST_ADDOPTS", "PYTHONHOME", "PYTHONPATH")
    env = {k: v for k, v in os.environ.items() if k not in dropped and not k.startswith(("ANSIBLE_", "MOLECULE_"))}
    home = CACHE / "home"
    home.mkdir(parents=True, exist_ok=True)
    # git keeps the caller's settings: without safe.directory it refuses a checkout of another user.
    env.setdefault("GIT_CONFIG_GLOBAL", str(Path.home() / ".gitconfig"))
    env.update(
        # One for each step: ansible-lint installs a copy of the collection there, which no other shall find.
        ANSIBLE_HOME=str(CACHE / "ansible" / name.replace(" ", "-")),
        # By default it is in the home of the user by name, whatever HOME says.
        ANSIBLE_REMOTE_TMP=str(CACHE / "ansible" / "tmp"),
        ANSIBLE_NOCOWS="1",
        HOME=str(home),
        HYPOTHESIS_STORAGE_DIRECTORY=str(CACHE / "hypothesis"),
        NO_COLOR="1",
        PATH=os.pathsep.join([str(BIN), env.get("PATH", os.defpath)]),
        XDG_CACHE_HOME=str(CACHE / "xdg"),
    )
    return env


def processes_below(parent: int) -> set[int]:
    """All descendants of a process, zombies left out. Empty where there is no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:2]
        except OSError:
            continue  # ended meanwhile
        if state != "Z":
            children.setdefault(int(ppid), []).append(int(stat.parent.name))
    found: set[int] = set()
    pending = [parent]
    while pending:
        for child in children.get(pending.pop(), []):
            if child not in found:
                found.add(child)
                pending.append(child)
    return found


def wait_for_descendants(seconds: float) -> set[int]:
    """Give descendants time to end by themselves; return those that did not."""
    deadline = time.monotonic() + seconds
    while (left := processes_below(os.getpid())) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def kill_descendants() -> None:
    """End whatever is still there, also what has a session of its own (Ansible's workers have)."""
    while left := processes_below(os.getpid()):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.02)


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "(ended meanwhile)"


class Runner:
    """Runs lanes of steps and prints each step's output when it ends."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.running: dict[int, Step] = {}
        self.stopping = False
        self.lock = threading.Lock()

    def run(self, lanes: list[list[Step]]) -> None:
        threads = [threading.Thread(target=self.run_lane, args=(lane,), daemon=True) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def run_lane(self, lane: list[Step]) -> None:
        for step in lane:
            outcome = self.run_step(step)
            if outcome is None:
                return

    def run_step(self, step: Step) -> Outcome | None:
        log = CACHE / "log" / f"{step.name.replace(' ', '-')}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        with log.open("wb") as output:
            with self.lock:
                if self.stopping:
                    return None
                process = subprocess.Popen(
                    step.command,
                    cwd=ROOT,
                    env={**environment(step.name), **dict(step.env)},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self.running[process.pid] = step
            code = process.wait()
        seconds = time.monotonic() - started
        text = log.read_text(encoding="utf-8", errors="replace").rstrip()
        with self.lock:
            del self.running[process.pid]
            if self.stopping:
                return None
            outcome = Outcome(step, code, seconds, text.rpartition("\n")[2] if step.last_line else "")
            self.outcomes.append(outcome)
            print(f"\n=== {step.name}: {'ok' if code == 0 else f'FAILED ({code})'}, {seconds:.1f} s", flush=True)
            if text:
                print(text, flush=True)
        return outcome

    def stop(self) -> None:
        """Ask every step to end, as Ctrl-C would, so that it can clean up."""
        with self.lock:
            self.stopping = True
            names = ", ".join(step.name for step in self.running.values())
            print(f"\nStopping: {names}", flush=True)
            for group in self.running:
                try:
                    os.killpg(group, signal.SIGINT)
                except ProcessLookupError:
                    continue

    def summary(self) -> int:
        print("\n=== summary", flush=True)
        for outcome in self.outcomes:
            verdict = "ok" if outcome.code == 0 else "FAILED"
            line = f"{verdict:<7} {outcome.seconds:6.1f} s  {outcome.step.name}  {outcome.last_line}"
            print(line.rstrip(), flush=True)
        return int(any(outcome.code for outcome in self.outcomes))


def run_steps(wanted: list[list[Step]]) -> int:
    runner = Runner()
    try:
        runner.run(wanted)
        code = runner.summary()
        left = wait_for_descendants(GRACE_SECONDS)
        for pid in sorted(left):
            print(f"FAILED  still running: {command_line(pid)[:200]}", flush=True)
        return code or int(bool(left))
    except Interrupted as interruption:
        ignore_signals()
        runner.stop()
        wait_for_descendants(GRACE_SECONDS)
        return 128 + interruption.number


def run_foreground(name: str, command: list[str]) -> int:
    process = subprocess.Popen(command, cwd=ROOT, env=environment(name))
    while True:
        try:
            code = process.wait()
            break
        except Interrupted as interruption:
            # Ctrl-C has reached the command, too, and it may have something to put in order.
            ignore_signals()
            if interruption.number != signal.SIGINT:
                process.send_signal(interruption.number)
            wait_for_descendants(GRACE_SECONDS)
            kill_descendants()
    return code if code >= 0 else 128 - code


def handle(number: int, frame: FrameType | None) -> None:
    raise Interrupted(number)


def ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: None)


def main(arguments: list[str]) -> int:
    if not arguments:
        raise SystemExit(__doc__)
    if sys.platform == "linux":
        # Processes whose parent ended become children of this one, so that none gets lost.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    target, rest = arguments[0], arguments[1:]
    command = foreground(target, rest)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)
    try:
        return run_foreground(target, command) if command else run_steps(lanes(target, rest))
    finally:
        kill_descendants()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
