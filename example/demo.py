# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Demonstrate the collection on a simulated NGCP: `make demo`.

Every step says what it does, shows Ansible's own output, and is checked on the server: which requests it received and
which settings it holds. A step that does anything else ends the demonstration with exit code 1.
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
# Files of the steps, which stay after the demonstration.
WORK = EXAMPLE.parent / ".cache" / "demo"
# Git repository with the company's settings.
REPOSITORY = WORK / "company"
# Ansible's programs, with their names in its package.
PROGRAMS = {"ansible": "adhoc", "ansible-playbook": "playbook", "ansible-inventory": "inventory"}
# Time for a playbook to clean up after Ctrl-C.
GRACE_SECONDS = 5
PHARMACY = 201
CLINIC = 101
# The numbers that answer, the one that is busy, and the number that replaces it.
ANSWERING, BUSY, INSTEAD = ["441914980101", "441914980102", "441914980105"], "441632960999", "441632960032"


class Surprise(Exception):
    """A step did something other than its heading says."""


@dataclass(frozen=True)
class Seen:
    """Result of one step: `lines` and `changed` come from Ansible's output, the other counts from the server."""

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
        """Return the output of Ansible in one line, wherever Ansible broke it."""
        return " ".join("".join(self.lines).split())


class Demo:
    """The steps, and the simulator that they run against."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.steps: list[Seen] = []

    def step(
        self, title: str, text: str, *command: str, program: str = "ansible-playbook", fails: bool = False, **run: Any
    ) -> Seen:
        """Run one of Ansible's programs below a heading that says what it does. With `fails`, it must fail.

        `run` holds the keyword arguments of `ansible`.
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
        print(f"The server received {seen.requests} requests, including {wrote}.", flush=True)
        return seen

    def say(self, title: str, text: str) -> None:
        heading = f"{len(self.steps) + 1}. {title}"
        text = textwrap.fill(" ".join(text.split()), 100)
        print(f"\n{heading}\n{'=' * len(heading)}\n{text}\n", flush=True)

    def ansible(
        self, program: str, *arguments: str, fails: bool, cwd: Path = EXAMPLE, login: str = "auditor"
    ) -> list[str]:
        """Run one of Ansible's programs in a folder, with a login in the environment, and return its output."""
        # Do not run its script: the first line of a script cannot name an interpreter in a folder with a space.
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
                raise Surprise(f"Ansible warned: {line.strip()}")
        return lines

    def environment(self) -> dict[str, str]:
        """Return an environment without the caller's own Ansible and NGCP, and without a proxy to the simulator."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "NGCP_"))}
        return {
            **kept,
            "ANSIBLE_CONFIG": str(EXAMPLE / "ansible.cfg"),
            "ANSIBLE_HOME": str(ANSIBLE_HOME),
            # An interrupted playbook leaves the options of its task in this folder.
            "ANSIBLE_REMOTE_TMP": str(ANSIBLE_HOME / "tmp"),
            "ANSIBLE_NOCOWS": "1",
            "NGCP_API_URL": self.simulator.url,
            # For logins that group_vars does not define.
            "NGCP_API_PASSWORD": "demonstration only",
            "NGCP_CA_PATH": self.simulator.ca_file,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def settings(self, resource: str, subscriber: int) -> Any:
        return self.simulator.control("GET", f"/settings/{resource}/{subscriber}")

    def change(self, resource: str, subscriber: int, settings: Any) -> None:
        """Change settings on the server, like somebody in its web panel."""
        self.simulator.control("PATCH", f"/settings/{resource}/{subscriber}", settings)

    def run(self) -> None:
        """Run all steps."""
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
        """Make a plan, and apply exactly this plan."""
        provision = ("ngcp.fax.provision", "-e", "provision_hosts=ngcp", "-e", "provision_src=customers")
        plan = f"provision_dest={os.path.relpath(WORK / 'plan', EXAMPLE)}"
        predicted = self.step(
            "Plan the changes",
            """example/customers declares twelve subscribers of two domains. In check mode, the playbook reads their
            settings, shows what differs, writes nothing to the server and saves the plan. Secrets are encrypted with
            ansible-vault and only show as changed.""",
            *(*provision, "-e", plan, "--check", "--diff"),
        )
        expect(not predicted.patches, "check mode wrote")
        planned = report(WORK / "plan")
        expect(planned["totals"]["drifted"] == 12, "the plan does not have all subscribers")

        file = f"provision_plan={os.path.relpath(WORK / 'plan' / 'report.json', EXAMPLE)}"
        done = self.step(
            "Apply exactly this plan",
            """Without --check, the playbook sends one PATCH for each of the settings that differ, and nothing that is
            not in the plan. If somebody had changed something since, it would refuse and name the change.""",
            *(*provision, "-e", file),
        )
        changed = {(row["settings"], row["subscriber_id"]) for row in planned["rows"] if row["kind"] == "changed"}
        # The server's URLs have no underscore.
        paths = sorted(f"/api/{settings.replace('_', '')}/{one}" for settings, one in changed)
        expect(sorted(done.patches) == paths, "it is not the plan")

    def export(self) -> None:
        """Export the running platform to git."""
        git("init", "--quiet", str(REPOSITORY))
        exported = self.step(
            "Export the platform to git",
            """The export writes the current settings to state files, here one for each domain, which are then
            committed. A read-only login is enough. Secrets are encrypted with the vault password.""",
            *("ngcp.fax.export", "-e", "export_dest=customers", "-e", "export_layout=domain"),
            *("-e", "export_secrets=vault"),
            cwd=REPOSITORY,
        )
        expect(not exported.patches, "the export wrote to the server")
        commit("Export the current settings")
        tree(REPOSITORY)

    def change_through_git(self) -> None:
        """Change a line of a state file, review the plan, commit and apply it."""
        file = REPOSITORY / "customers" / "domain-tel.example.yml"
        text = file.read_text(encoding="utf-8")
        line = "name: Example Pharmacy\n"
        expect(text.count(line) == 1, "the pharmacy's name is not exported")
        file.write_text(text.replace(line, "name: Example Pharmacy and Perfumery\n"), encoding="utf-8")
        provision = ("ngcp.fax.provision", "-e", "provision_hosts=ngcp", "-e", "provision_src=customers")
        planned = self.step(
            "Plan a change in git",
            """The pharmacy has a new name, so a line of its file is changed. A merge request would show this plan.""",
            *(*provision, "-e", "provision_dest=plan", "--check", "--diff"),
            cwd=REPOSITORY,
        )
        expect(not planned.patches, "check mode wrote")
        print((REPOSITORY / "plan" / "report.md").read_text(encoding="utf-8"), flush=True)
        commit("Change the name of the pharmacy")
        applied = self.step(
            "Apply the change",
            "After the merge, one PATCH changes the pharmacy, as planned. All others still equal the export.",
            *(*provision, "-e", "provision_plan=plan/report.json"),
            cwd=REPOSITORY,
        )
        expect(applied.patches == [f"/api/faxserversettings/{PHARMACY}"], "not just the pharmacy was written")
        name = self.settings("faxserversettings", PHARMACY)["name"]
        expect(name == "Example Pharmacy and Perfumery", "the name is not what git says")

    def drift(self) -> None:
        """Change a setting past git, find it in the nightly report, and restore it."""
        declared = self.settings("faxserversettings", PHARMACY)["destinations"]
        elsewhere = {
            "subscriber_id": PHARMACY,
            "destinations": [{"destination": "x@elsewhere.example", "filetype": "PDF"}],
        }
        self.step(
            "Change a setting by hand",
            "A colleague in support redirects the pharmacy's faxes, past git.",
            *("localhost", "-m", "ngcp.fax.faxserver_settings", "-a", json.dumps(elsewhere)),
            program="ansible",
            cwd=REPOSITORY,
            login="support",
        )
        drift = ("ngcp.fax.drift", "-e", "drift_src=customers")
        found = self.step(
            "Report drift at night",
            """The playbook compares the server with git, with a read-only login. It ends with 2, because something
            differs. The report says what, since when and by whom, and how to settle it.""",
            *drift,
            fails=True,
            cwd=REPOSITORY,
        )
        expect(not found.patches, "the comparison wrote")
        rows = [row for row in report(REPOSITORY / "drift")["rows"] if row["kind"] == "drift"]
        expect(
            {(row["subscriber_id"], row["changed_by"]) for row in rows} == {(PHARMACY, "support")}, "it is not named"
        )
        print(f"\nThe report: {REPOSITORY / 'drift' / 'report.html'}", flush=True)

        program, *command = shlex.split(rows[0]["settle"]["restore"])
        expect("--check" in command, "the command would write at once")
        back = self.step(
            "Restore the setting",
            "Run the command that the report gives for this row, without its --check.",
            *(word for word in command if word != "--check"),
            program=program,
            cwd=REPOSITORY,
            login="provisioning",
        )
        expect(back.patches == [f"/api/faxserversettings/{PHARMACY}"], "not just the pharmacy was put back")
        expect(self.settings("faxserversettings", PHARMACY)["destinations"] == declared, "it was not put back")
        clean = self.step("Report no drift", "Nothing differs, so the playbook ends with 0.", *drift, cwd=REPOSITORY)
        expect(report(REPOSITORY / "drift")["verdict"] == "clean" and not clean.patches, "something differs still")

    def send(self) -> None:
        """Send a notice to several numbers, one of which is busy."""
        receipt = f"send_receipt={os.path.relpath(WORK, EXAMPLE)}/notice.receipt.json"
        notice = ("ngcp.fax.send", "-e", "send_hosts=ngcp", "-e", "@notice.yml", "-e", receipt)
        first = self.step(
            "Send a notice to four numbers",
            """The clinic sends example/files/notice.pdf to the numbers in example/notice.yml and waits for the outcome
            of each. One line is busy. The others get the fax, the table shows all four, and the playbook fails at the
            end and names the busy one.""",
            *notice,
            fails=True,
        )
        expect(first.posts == len(self.sent()) == 4, "not each number was sent to once")
        outcome = {fax["callee"]: fax["status"] for fax in self.sent()}
        expect(outcome == {**dict.fromkeys(ANSWERING, "SUCCESS"), BUSY: "FAILED"}, "the journal has something else")
        expect(f"The fax to {BUSY} failed" in first.text, "the busy number is not named")

        numbers = json.dumps({"send_destinations": [*ANSWERING, INSTEAD]})
        again = self.step(
            "Send it to another number",
            """The laboratory gave another number. The receipt records who has received the notice, so it goes to the
            new number only.""",
            *(*notice, "-e", numbers),
        )
        expect(again.posts == 1 and self.sent()[-1]["callee"] == INSTEAD, "not just the new number was sent to")

    def archive(self) -> None:
        """Archive the whole journal in a folder, then delete it from the server."""
        folder = WORK / "faxes"
        place = f"archive_dest={os.path.relpath(folder, EXAMPLE)}"
        arguments = ("ngcp.fax.archive", "-e", "archive_hosts=ngcp", "-e", place)
        for caller in ("441632960021", "441914980104"):
            fax = {"subscriber_id": CLINIC, "caller": caller, "callee": "441632960011", "data": "Thank you.\n"}
            self.simulator.control("POST", "/faxes", fax)
        journal = self.journal()
        kept = self.step(
            "Archive all faxes",
            """Two answers have arrived meanwhile. The playbook downloads all faxes of the journal to a folder tree by
            date, with an index.""",
            *arguments,
        )
        expect(kept.changed == 1 and self.journal() == journal, "nothing was fetched, or the server lost something")
        tree(folder)
        index = json.loads((folder / "index.json").read_bytes())["faxes"]
        expect([fax["id"] for fax in index] == sorted(fax["id"] for fax in journal), "the index lacks a fax")
        files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.tif"))
        expect(files == sorted(fax["file"] for fax in index), "a document is missing")

        off = self.step(
            "Delete them from the server",
            """Nothing is downloaded a second time. With archive_delete_archived, the playbook deletes each fax from the
            server that is safely on disk, compared byte by byte.""",
            *(*arguments, "-e", "archive_delete_archived=true"),
        )
        expect(f" without a document, {len(files)} deleted on the server" in off.text, "not each was deleted")
        expect(" 0 new in " in off.text, "something was fetched again")
        expect(self.journal() == [], "the server still has faxes")
        expect(files == sorted(str(path.relative_to(folder)) for path in folder.rglob("*.tif")), "a file is gone")

    def inventory(self) -> None:
        """Show the subscribers as hosts."""
        shown = self.step(
            "Show the inventory",
            """example/ngcp_fax.yml makes a host of every subscriber, and groups from their current settings. A
            read-only login is enough.""",
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
        """Return the faxes that the clinic sent, newest last."""
        return [fax for fax in self.journal() if fax["subscriber_id"] == CLINIC and fax["direction"] == "out"]

    def summary(self) -> None:
        print("\nSummary of the server\n=====================")
        print(f"{'':36}{'requests':>9}{'logins':>9}{'PATCH':>9}{'POST':>9}{'seconds':>9}")
        for number, seen in enumerate(self.steps, 1):
            counts = f"{seen.requests:>9}{seen.logins:>9}{len(seen.patches):>9}{seen.posts:>9}{seen.seconds:>9.1f}"
            heading = f"{number}. {seen.title}"
            print(f"{heading:36}{counts}")


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Surprise(otherwise)


def report(folder: Path) -> Any:
    """Return the report that a playbook wrote to a folder."""
    return json.loads((folder / "report.json").read_bytes())


def git(*arguments: str) -> None:
    """Run git with a user of its own, whatever its configuration is."""
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
    """Print the files in a folder."""
    print(f"\n{folder.relative_to(EXAMPLE.parent)}/")
    for path in sorted(path for path in folder.rglob("*") if ".git" not in path.parts):
        depth = len(path.relative_to(folder).parts)
        print(f"{'    ' * depth}{path.name}{'/' if path.is_dir() else ''}")
    sys.stdout.flush()


def stop(process: subprocess.Popen[str]) -> None:
    """Stop the playbook if it still runs, like Ctrl-C, so that it stops its workers."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def interrupted(number: int, frame: FrameType | None) -> None:
    """Clean up once after Ctrl-C or another request to stop, and ignore further ones."""
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
            print(f"A simulated NGCP is running at {simulator.url}", flush=True)
            demo = Demo(simulator)
            demo.run()
        demo.summary()
    except Surprise as surprise:
        print(f"\nThe demonstration failed: {surprise}.", flush=True)
        return 1
    except SystemExit:
        print("\nInterrupted. Everything is stopped.", flush=True)
        raise
    print(f"\nThe simulator is stopped. The demonstration took {time.monotonic() - started:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
