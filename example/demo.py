# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection at work, on a simulated NGCP: `make demo`.

Every step says what is to be seen, shows Ansible's own output, and is checked on the server's side: what it was asked,
what it wrote, what it holds. A step that does something else ends the demonstration with exit code 1.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from tests.simulator.client import Simulator, running

EXAMPLE = Path(__file__).resolve().parent
ANSIBLE_HOME = EXAMPLE.parent / ".cache" / "ansible" / "demo"
# What the steps leave on the disk, to be looked at afterwards.
WORK = EXAMPLE.parent / ".cache" / "demo"
# How long the playbook may take to clean up after Ctrl-C.
GRACE_SECONDS = 5
PHARMACY = 201
CLINIC = 101
# Those who answer, the one who does not, and the number that it has instead.
ANSWERING, BUSY, INSTEAD = ["441914980101", "441914980102", "441914980105"], "441632960999", "441632960032"


class Surprise(Exception):
    """A step did something else than its heading says."""


@dataclass(frozen=True)
class Seen:
    """What one step did: `lines` are Ansible's own, `changed` counts its words, the others what the server saw."""

    title: str
    lines: list[str]
    changed: int
    requests: int
    logins: int
    patches: list[str]
    posts: int
    seconds: float

    @property
    def text(self) -> str:
        """What Ansible printed, wherever it broke the lines."""
        return " ".join("".join(self.lines).split())


class Demo:
    """The steps, with the simulator they run against."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.steps: list[Seen] = []

    def step(self, title: str, text: str, *command: str, program: str = "playbook", fails: bool = False) -> Seen:
        """Run one playbook below a heading that says what is to be seen; `fails`: it must fail."""
        self.say(title, text)
        print(f"$ ansible-{program} {shlex.join(command)}", flush=True)
        self.simulator.control("DELETE", "/log")
        started = time.monotonic()
        lines = self.ansible(program, *command, fails=fails)
        log = self.simulator.control("GET", "/log")["requests"]
        seen = Seen(
            title,
            lines,
            changed=sum(line.startswith("changed:") for line in lines),
            requests=len(log),
            logins=sum(request["path"] == "/login_jwt" for request in log),
            patches=[request["path"] for request in log if request["method"] == "PATCH"],
            posts=sum(request["method"] == "POST" and request["path"] != "/login_jwt" for request in log),
            seconds=time.monotonic() - started,
        )
        self.steps.append(seen)
        wrote = f"{len(seen.patches)} PATCH" + (f" and {seen.posts} POST" if seen.posts else "")
        print(f"The server saw {seen.requests} requests, {wrote} among them.", flush=True)
        return seen

    def say(self, title: str, text: str) -> None:
        heading = f"{len(self.steps) + 1}. {title}"
        text = textwrap.fill(" ".join(text.split()), 100)
        print(f"\n{heading}\n{'=' * len(heading)}\n{text}\n", flush=True)

    def ansible(self, program: str, *arguments: str, fails: bool) -> list[str]:
        """Run one of Ansible's programs and return what it printed."""
        # Not by the name of its script: the first line of a script cannot name an interpreter in a folder with a space.
        process = subprocess.Popen(
            [sys.executable, "-m", "ansible", program, *arguments],
            cwd=EXAMPLE,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines = []
        try:
            assert process.stdout is not None
            for line in process.stdout:
                print(line, end="", flush=True)
                lines.append(line)
            code = process.wait()
        finally:
            stop(process)
        if bool(code) != fails:
            raise Surprise(f"ansible-{program} {shlex.join(arguments)} ended with {code}")
        for line in lines:
            if line.startswith(("[WARNING]", "[DEPRECATION")):
                raise Surprise(f"Ansible warns: {line.strip()}")
        return lines

    def environment(self) -> dict[str, str]:
        """Nothing of the caller's own Ansible or NGCP, and no proxy before the simulator."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "NGCP_"))}
        return {
            **kept,
            "ANSIBLE_CONFIG": str(EXAMPLE / "ansible.cfg"),
            "ANSIBLE_HOME": str(ANSIBLE_HOME),
            # An interrupted playbook leaves the options of its task there.
            "ANSIBLE_REMOTE_TMP": str(ANSIBLE_HOME / "tmp"),
            "ANSIBLE_NOCOWS": "1",
            "NGCP_API_URL": self.simulator.url,
            # For the inventory; the playbooks have a login of their own in the vault.
            "NGCP_API_USERNAME": "auditor",
            "NGCP_API_PASSWORD": "demonstration only",
            "NGCP_CA_PATH": self.simulator.ca_file,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def settings(self, resource: str, subscriber: int) -> Any:
        return self.simulator.control("GET", f"/settings/{resource}/{subscriber}")

    def change(self, resource: str, subscriber: int, settings: Any) -> None:
        """Change settings on the server, as somebody at its web panel does."""
        self.simulator.control("PATCH", f"/settings/{resource}/{subscriber}", settings)

    def run(self) -> None:
        """All steps."""
        for resource, before in json.loads((EXAMPLE / "before.json").read_text(encoding="utf-8")).items():
            for subscriber, settings in before.items():
                self.change(resource, int(subscriber), settings)

        predicted = self.step(
            "What would change",
            """Twelve subscribers of two domains are declared in example/files. In check mode the playbook reads their
            settings, shows what differs and writes nothing. Secrets come from a vault; they show as changed only.""",
            *("ngcp.fax.provision", "-e", "provision_hosts=ngcp", "--check", "--diff"),
        )
        expect(not predicted.patches, "check mode wrote")
        expect(predicted.changed > 0, "check mode predicts no change")

        done = self.step(
            "For real",
            "The same without --check: one PATCH for each settings that differ, and none for the others.",
            *("ngcp.fax.provision", "-e", "provision_hosts=ngcp"),
        )
        expect(done.changed == len(done.patches) == predicted.changed, f"{predicted.changed} changes were predicted")

        again = self.step(
            "Again",
            "Everything is as declared: nothing changes and nothing is written.",
            *("ngcp.fax.provision", "-e", "provision_hosts=ngcp"),
        )
        expect(not again.changed and not again.patches, "the second run changed something")

        declared = self.settings("faxserversettings", PHARMACY)["destinations"]
        self.change(
            "faxserversettings", PHARMACY, {"destinations": [{"destination": "x@elsewhere.example", "filetype": "PDF"}]}
        )
        back = self.step(
            "Somebody changed a setting by hand",
            """On the server, the pharmacy's faxes were just directed to x@elsewhere.example. The playbook puts that one
            back and leaves the others alone.""",
            *("ngcp.fax.provision", "-e", "provision_hosts=ngcp", "--diff"),
        )
        expect(back.patches == [f"/api/faxserversettings/{PHARMACY}"], "not just the pharmacy was put back")
        expect(self.settings("faxserversettings", PHARMACY)["destinations"] == declared, "it was not put back")

        self.send()
        self.archive()
        self.inventory()

    def send(self) -> None:
        """A notice to several numbers, one of which is busy."""
        receipt = f"send_receipt={os.path.relpath(WORK, EXAMPLE)}/notice.receipt.json"
        notice = ("ngcp.fax.send", "-e", "send_hosts=ngcp", "-e", "@notice.yml", "-e", receipt)
        first = self.step(
            "A notice to four numbers",
            """The clinic sends example/files/notice.pdf to the numbers in example/notice.yml and waits for the outcome
            of each. One line is busy: the others do not suffer, the table has all four, and the playbook fails at the
            end, as it shall, naming that one.""",
            *notice,
            fails=True,
        )
        expect(first.posts == len(self.sent()) == 4, "not each number was sent to once")
        outcome = {fax["callee"]: fax["status"] for fax in self.sent()}
        expect(outcome == {**dict.fromkeys(ANSWERING, "SUCCESS"), BUSY: "FAILED"}, "the journal has something else")
        expect(f"The fax to {BUSY} failed" in first.text, "the busy number is not named")

        numbers = json.dumps({"send_destinations": [*ANSWERING, INSTEAD]})
        again = self.step(
            "Again, with another number",
            """The laboratory gave another number. The receipt knows who has the notice already: it goes to the new
            number only, and nothing is sent twice.""",
            *(*notice, "-e", numbers),
        )
        expect(again.posts == 1 and self.sent()[-1]["callee"] == INSTEAD, "not just the new number was sent to")

    def archive(self) -> None:
        """The whole journal into a folder, and then off the server."""
        folder = WORK / "faxes"
        place = f"archive_dest={os.path.relpath(folder, EXAMPLE)}"
        arguments = ("ngcp.fax.archive", "-e", "archive_hosts=ngcp", "-e", place)
        for caller in ("441632960021", "441914980104"):
            fax = {"subscriber_id": CLINIC, "caller": caller, "callee": "441632960011", "data": "Thank you.\n"}
            self.simulator.control("POST", "/faxes", fax)
        journal = self.journal()
        kept = self.step(
            "Faxes kept",
            """Two answers have come in meanwhile. All faxes of the journal are downloaded into a folder tree by date,
            with an index.""",
            *arguments,
        )
        expect(kept.changed == 1 and self.journal() == journal, "nothing was fetched, or the server lost something")
        tree(folder)
        index = json.loads((folder / "index.json").read_bytes())["faxes"]
        expect([fax["id"] for fax in index] == sorted(fax["id"] for fax in journal), "the index lacks a fax")
        files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.tif"))
        expect(files == sorted(fax["file"] for fax in index), "a document is missing")

        off = self.step(
            "Again, and off the server",
            """Nothing is fetched a second time. With archive_delete_after the server loses what is safely on the disk,
            compared byte by byte.""",
            *(*arguments, "-e", "archive_delete_after=true"),
        )
        expect(f" without a document, {len(files)} deleted on the server" in off.text, "not each was deleted")
        expect(" 0 new in " in off.text, "something was fetched again")
        expect(self.journal() == [], "the server still has faxes")
        expect(files == sorted(str(path.relative_to(folder)) for path in folder.rglob("*.tif")), "a file is gone")

    def inventory(self) -> None:
        """The subscribers as hosts."""
        shown = self.step(
            "The subscribers as an inventory",
            """example/ngcp_fax.yml makes a host of every subscriber, and groups of what the server has at this moment.
            A login that may only read is enough.""",
            *("-i", "ngcp_fax.yml", "--graph"),
            program="inventory",
        )
        text = "".join(shown.lines)
        group = text.partition("@fax_active:\n")[2].partition("  |--@")[0]
        named = sorted(line.partition("--")[2] for line in group.splitlines())
        seed = json.loads((EXAMPLE / "seed.json").read_text(encoding="utf-8"))["subscribers"]
        active = sorted(
            f"{each['username']}@{each['domain']}"
            for each in seed
            if self.settings("faxserversettings", each["id"])["active"]
        )
        expect(named == active, "the group fax_active is not who is active")

    def journal(self) -> list[dict[str, Any]]:
        return list(self.simulator.control("GET", "/faxes")["journal"])

    def sent(self) -> list[dict[str, Any]]:
        """The clinic's sent faxes, the newest last."""
        return [fax for fax in self.journal() if fax["subscriber_id"] == CLINIC and fax["direction"] == "out"]

    def summary(self) -> None:
        print("\nSummary, as the server saw it\n=============================")
        print(f"{'':36}{'requests':>9}{'logins':>9}{'PATCH':>9}{'POST':>9}{'seconds':>9}")
        for number, seen in enumerate(self.steps, 1):
            counts = f"{seen.requests:>9}{seen.logins:>9}{len(seen.patches):>9}{seen.posts:>9}{seen.seconds:>9.1f}"
            print(f"{number}. {seen.title:33}{counts}")


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Surprise(otherwise)


def tree(folder: Path) -> None:
    """Show what is in a folder."""
    print(f"\n{folder.relative_to(EXAMPLE.parent)}/")
    for path in sorted(folder.rglob("*")):
        depth = len(path.relative_to(folder).parts)
        print(f"{'    ' * depth}{path.name}{'/' if path.is_dir() else ''}")
    sys.stdout.flush()


def stop(process: subprocess.Popen[str]) -> None:
    """End the playbook if it still runs, as Ctrl-C would, so that it ends its workers."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def interrupted(number: int, frame: FrameType | None) -> None:
    """Ctrl-C, or another request to stop: clean up once, whatever comes meanwhile."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    for folder in (ANSIBLE_HOME, WORK):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    started = time.monotonic()
    try:
        with running("--seed", EXAMPLE / "seed.json") as simulator:
            print(f"A simulated NGCP runs at {simulator.url}", flush=True)
            demo = Demo(simulator)
            demo.run()
        demo.summary()
    except Surprise as surprise:
        print(f"\nThe demonstration failed: {surprise}.", flush=True)
        return 1
    except SystemExit:
        print("\nInterrupted; everything is stopped.", flush=True)
        raise
    print(f"\nThe simulator is stopped. That took {time.monotonic() - started:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
