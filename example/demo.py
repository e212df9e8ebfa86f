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
# The git repository of the company's settings.
REPOSITORY = WORK / "company"
# Ansible's programs by the names that its package knows them by.
PROGRAMS = {"ansible": "adhoc", "ansible-playbook": "playbook", "ansible-inventory": "inventory"}
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

    def step(
        self, title: str, text: str, *command: str, program: str = "ansible-playbook", fails: bool = False, **run: Any
    ) -> Seen:
        """Run one of Ansible's programs below a heading that says what is to be seen; `fails`: it must fail.

        `run`: the keywords of `ansible`.
        """
        self.say(title, text)
        print(f"$ {program} {shlex.join(command)}", flush=True)
        self.simulator.control("DELETE", "/log")
        started = time.monotonic()
        lines = self.ansible(program, *command, fails=fails, **run)
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

    def ansible(
        self, program: str, *arguments: str, fails: bool, cwd: Path = EXAMPLE, login: str = "auditor"
    ) -> list[str]:
        """Run one of Ansible's programs in a folder, with a login in the environment, and return what it printed."""
        # Not by the name of its script: the first line of a script cannot name an interpreter in a folder with a space.
        process = subprocess.Popen(
            [sys.executable, "-m", "ansible", PROGRAMS[program], *arguments],
            cwd=cwd,
            env={**self.environment(), "NGCP_API_USERNAME": login},
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
            raise Surprise(f"{program} {shlex.join(arguments)} ended with {code}")
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
            # For who has no login of its own in group_vars.
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
        self.provision()
        self.export()
        self.change_through_git()
        self.drift()
        self.send()
        self.archive()
        self.inventory()

    def provision(self) -> None:
        """A plan, and exactly this plan."""
        provision = ("ngcp.fax.provision", "-e", "provision_hosts=ngcp", "-e", "provision_src=customers")
        plan = f"provision_dest={os.path.relpath(WORK / 'plan', EXAMPLE)}"
        predicted = self.step(
            "What would change",
            """Twelve subscribers of two domains are declared in example/customers. In check mode the playbook reads
            their settings, shows what differs, writes nothing to the server and saves the plan. Secrets are encrypted
            there with ansible-vault; they show as changed only.""",
            *(*provision, "-e", plan, "--check", "--diff"),
        )
        expect(not predicted.patches, "check mode wrote")
        planned = report(WORK / "plan")
        expect(planned["totals"]["drifted"] == 12, "the plan does not have all subscribers")

        file = f"provision_plan_file={os.path.relpath(WORK / 'plan' / 'report.json', EXAMPLE)}"
        done = self.step(
            "Exactly this",
            """The same without --check: one PATCH for each settings that differ, and nothing that is not in the plan.
            Where somebody had changed something since, it would refuse, and say what.""",
            *(*provision, "-e", file),
        )
        settings = {(row["subscriber"]["id"], row["resource"]) for row in planned["rows"] if row["kind"] == "changed"}
        expect(sorted(done.patches) == sorted(f"/api/{name}/{one}" for one, name in settings), "it is not the plan")

    def export(self) -> None:
        """The running platform, in git."""
        git("init", "--quiet", str(REPOSITORY))
        exported = self.step(
            "A running platform into git",
            """Whatever there is becomes state files, here one for each domain, and is committed. A login that may only
            read is enough. Secrets are encrypted with the vault's password.""",
            *("ngcp.fax.export", "-e", "export_dest=customers", "-e", "export_layout=domain"),
            *("-e", "export_secrets=vault"),
            cwd=REPOSITORY,
        )
        expect(not exported.patches, "the export wrote to the server")
        commit("What there is")
        tree(REPOSITORY)

    def change_through_git(self) -> None:
        """A line of a state file, looked at, committed and applied."""
        file = REPOSITORY / "customers" / "domain-tel.example.yml"
        text = file.read_text(encoding="utf-8")
        line = "name: Example Pharmacy\n"
        expect(text.count(line) == 1, "the pharmacy's name is not exported")
        file.write_text(text.replace(line, "name: Example Pharmacy and Perfumery\n"), encoding="utf-8")
        provision = ("ngcp.fax.provision", "-e", "provision_hosts=ngcp", "-e", "provision_src=customers")
        planned = self.step(
            "A change through git: the plan",
            """The pharmacy has another name. A line of its file is changed; a merge request would show this plan.""",
            *(*provision, "-e", "provision_dest=plan", "--check", "--diff"),
            cwd=REPOSITORY,
        )
        expect(not planned.patches, "check mode wrote")
        print((REPOSITORY / "plan" / "report.md").read_text(encoding="utf-8"), flush=True)
        commit("The pharmacy has another name")
        applied = self.step(
            "A change through git: applied",
            "Merged. One PATCH: that of the pharmacy, as planned. All others are as they were exported.",
            *(*provision, "-e", "provision_plan_file=plan/report.json"),
            cwd=REPOSITORY,
        )
        expect(applied.patches == [f"/api/faxserversettings/{PHARMACY}"], "not just the pharmacy was written")
        name = self.settings("faxserversettings", PHARMACY)["name"]
        expect(name == "Example Pharmacy and Perfumery", "the name is not what git says")

    def drift(self) -> None:
        """Somebody changes a setting past git; the night finds it, and it is put back."""
        declared = self.settings("faxserversettings", PHARMACY)["destinations"]
        elsewhere = {
            "subscriber_id": PHARMACY,
            "destinations": [{"destination": "x@elsewhere.example", "filetype": "PDF"}],
        }
        self.step(
            "Somebody changes a setting by hand",
            "A colleague of the support directs the pharmacy's faxes elsewhere, past git.",
            *("localhost", "-m", "ngcp.fax.faxserver_settings", "-a", json.dumps(elsewhere)),
            program="ansible",
            cwd=REPOSITORY,
            login="support",
        )
        drift = ("ngcp.fax.drift", "-e", "drift_src=customers")
        found = self.step(
            "The next night",
            """The server is compared with git, by a login that may only read. The playbook ends with 2, for something
            differs; the report says what, since when and by whom, and how to settle it.""",
            *drift,
            fails=True,
            cwd=REPOSITORY,
        )
        expect(not found.patches, "the comparison wrote")
        rows = [row for row in report(REPOSITORY / "drift")["rows"] if row["kind"] == "drift"]
        expect({(row["subscriber"]["id"], row["by"]) for row in rows} == {(PHARMACY, "support")}, "it is not named")
        print(f"\nThe report: {REPOSITORY / 'drift' / 'report.html'}", flush=True)

        program, *command = shlex.split(rows[0]["settle"]["restore"])
        expect("--check" in command, "the command would write at once")
        back = self.step(
            "Put back",
            "By the command that the report gives for this row, without its --check.",
            *(word for word in command if word != "--check"),
            program=program,
            cwd=REPOSITORY,
            login="provisioning",
        )
        expect(back.patches == [f"/api/faxserversettings/{PHARMACY}"], "not just the pharmacy was put back")
        expect(self.settings("faxserversettings", PHARMACY)["destinations"] == declared, "it was not put back")
        clean = self.step("Another night", "Nothing differs: the playbook ends with 0.", *drift, cwd=REPOSITORY)
        expect(report(REPOSITORY / "drift")["verdict"] == "clean" and not clean.patches, "something differs still")

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
            program="ansible-inventory",
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


def report(folder: Path) -> Any:
    """The report that a playbook wrote into a folder."""
    return json.loads((folder / "report.json").read_bytes())


def git(*arguments: str) -> None:
    """Run git, whoever is or is not set up here as its user."""
    print(f"$ git {shlex.join(arguments)}", flush=True)
    who = {"NAME": "The demonstration", "EMAIL": "demo@tel.example"}
    names = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in who.items()}
    nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *arguments], env={**kept, **names, **nothing}, check=True)


def commit(message: str) -> None:
    """Commit the state files."""
    git("-C", str(REPOSITORY), "add", "customers")
    git("-C", str(REPOSITORY), "commit", "--quiet", "--message", message)


def tree(folder: Path) -> None:
    """Show what is in a folder."""
    print(f"\n{folder.relative_to(EXAMPLE.parent)}/")
    for path in sorted(path for path in folder.rglob("*") if ".git" not in path.parts):
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
