# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository to copy, docs/examples/gitops, as it stands: its CI files are read, and what they run is run.

By bash, in a fresh clone for each pipeline, with the login of its environment. The server is asked what came of it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from jsonschema import Draft202012Validator

from tests.integration.commands import Commands
from tests.integration.conftest import PYTHON
from tests.simulator.client import Simulator, running

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "gitops"
SEED = ROOT / "example" / "seed.json"
PASSWORD = "protects-nothing-real"
# The login of each environment of the CI files: the first may only read.
LOGINS = {"ngcp-read": "auditor", "ngcp-write": "provisioning"}
# What starts a job, as the CI files say it: by GitLab's rule, and by the beginning of GitHub's condition.
EVENTS = {
    "merge request": ('$CI_PIPELINE_SOURCE == "merge_request_event"', "github.event_name == 'pull_request'"),
    "main": ('$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH', "github.event_name == 'push'"),
    "night": ('$CI_PIPELINE_SOURCE == "schedule"', "github.event_name == 'schedule'"),
}
# All that the CI files run and no test can, for it needs a network: what is installed, and the comment with the plan.
INSTALL = [
    "pip install --quiet --requirement requirements.txt",
    "ansible-galaxy collection install --requirements-file requirements.yml",
]
COMMENT = ('[ -z "$PLAN_COMMENT_TOKEN" ] || curl ', 'gh pr comment "$PULL_REQUEST" --body-file plan/report.md ')
REGISTRY, TOWN_HALL, LABORATORY, NOTARY = 106, 105, 102, 104


@dataclass(frozen=True)
class Job:
    """What a job of CI runs, with whose login, what it keeps for people, and what for its next run."""

    environment: str
    commands: list[str]
    artifacts: list[str]
    cache: list[str] = field(default_factory=list)


def gitlab() -> dict[str, Job]:
    """The job of each event in .gitlab-ci.yml."""
    content = yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    before = content["default"]["before_script"]
    jobs = {}
    for event, (rule, _condition) in EVENTS.items():
        (job,) = [each for each in content.values() if each.get("rules") == [{"if": rule}]]
        environment = job["environment"]
        jobs[event] = Job(
            environment if isinstance(environment, str) else environment["name"],
            [*before, *job["script"], *job.get("after_script", [])],
            job["artifacts"]["paths"],
            job.get("cache", {}).get("paths", []),
        )
    return jobs


def github() -> dict[str, Job]:
    """The job of each event in .github/workflows/fax.yml."""
    content = yaml.safe_load((EXAMPLE / ".github" / "workflows" / "fax.yml").read_text(encoding="utf-8"))
    jobs = {}
    for event, (_rule, condition) in EVENTS.items():
        (job,) = [each for each in content["jobs"].values() if each["if"].split(" && ")[0] == condition]
        jobs[event] = Job(
            job["environment"],
            [line for step in job["steps"] for line in step.get("run", "").splitlines()],
            _paths(job, "actions/upload-artifact"),
            _paths(job, "actions/cache/save"),
        )
    return jobs


def _paths(job: dict[str, Any], action: str) -> list[str]:
    steps = [step for step in job["steps"] if step.get("uses", "").startswith(f"{action}@")]
    return [path for step in steps for path in step["with"]["path"].splitlines()]


def without_comments(job: Job) -> Job:
    kept = [command for command in job.commands if not command.startswith(COMMENT)]
    return Job(job.environment, kept, job.artifacts, job.cache)


def test_gitlab_and_github_run_the_same() -> None:
    """But for how a comment is made."""
    both = gitlab(), github()
    first, second = ({event: without_comments(job) for event, job in jobs.items()} for jobs in both)
    assert first == second
    for jobs, comment in zip(both, COMMENT, strict=True):
        commented = {event: [one for one in job.commands if one.startswith(COMMENT)] for event, job in jobs.items()}
        assert {event for event, commands in commented.items() if commands} == {"merge request"}
        (command,) = commented["merge request"]
        assert command.startswith(comment)
        assert subprocess.run(["bash", "-nc", command], check=False).returncode == 0
    for job in first.values():
        assert job.commands[: len(INSTALL)] == INSTALL
        rest = [shlex.split(command) for command in job.commands[len(INSTALL) :]]
        assert rest
        assert {words[0] for words in rest} == {"ansible-playbook"}


def test_never_two_at_once_and_no_more_rights_than_needed() -> None:
    lab = yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    hub = yaml.safe_load((EXAMPLE / ".github" / "workflows" / "fax.yml").read_text(encoding="utf-8"))
    assert lab["apply"]["resource_group"]
    assert lab["apply"]["interruptible"] is False
    assert hub["jobs"]["apply"]["concurrency"] == {"group": "ngcp", "cancel-in-progress": False}
    assert {event: job.environment for event, job in gitlab().items()} == {
        "merge request": "ngcp-read",
        "main": "ngcp-write",
        "night": "ngcp-read",
    }
    # A red night has a report, too, and is in the history.
    kept = [*(lab[name]["artifacts"] for name in ("plan", "apply", "drift")), lab["drift"]["cache"]]
    assert {each["when"] for each in kept} == {"always"}
    steps = [step for job in hub["jobs"].values() for step in job["steps"]]
    keeping = [step for step in steps if step.get("uses", "").startswith(("actions/upload", "actions/cache/save"))]
    assert len(keeping) == len(kept)
    assert all("!cancelled()" in step["if"] for step in keeping)
    assert hub["permissions"] == {"contents": "read"}
    extra = {name: job["permissions"] for name, job in hub["jobs"].items() if "permissions" in job}
    assert extra == {"plan": {"contents": "read", "pull-requests": "write"}}
    assert "pull_request_target" not in hub["on"]
    for step in steps:
        assert re.fullmatch(r"[\w/-]+@v\d+\.\d+\.\d+", step.get("uses", "a/b@v1.0.0"))
        # Values of the event and secrets get into a script by its environment only.
        assert "${{" not in step.get("run", "")


def test_what_is_pinned_is_what_is_tested() -> None:
    tested = {line.partition(";")[0].strip() for line in _lines(ROOT / "requirements-dev.in")}
    pinned = set(_lines(EXAMPLE / "requirements.txt"))
    assert pinned <= tested
    needed = {
        re.split("[=<>]", line)[0] for line in [*_lines(ROOT / "requirements.txt"), "ansible-core", "ruamel.yaml"]
    }
    assert {line.partition("==")[0] for line in pinned} == needed
    (collection,) = yaml.safe_load((EXAMPLE / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    assert (collection["name"], collection["version"]) == (galaxy["repository"], galaxy["version"])


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_state_files_fit_the_schema() -> None:
    class Loader(yaml.SafeLoader):
        """Takes what is encrypted as it stands."""

    Loader.add_constructor("!vault", lambda _loader, node: str(node.value))
    schema = json.loads((ROOT / "docs" / "state-file.schema.json").read_text(encoding="utf-8"))
    files = sorted((EXAMPLE / "customers").glob("*.yml"))
    assert len(files) == 2
    for path in files:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader)
        Draft202012Validator(schema).validate(content)


def test_the_readme_names_what_there_is() -> None:
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert f"`{PASSWORD}`" in text
    files = {name for name in re.findall(r"`([\w./-]+\.(?:yml|txt|cfg|sh|csv))`", text) if not name.startswith("docs/")}
    assert [name for name in sorted(files) if not (EXAMPLE / name).is_file()] == []
    by_hand = {line.partition("#")[0].strip() for line in text.splitlines() if line.startswith("    ansible-playbook")}
    in_ci = {command for job in gitlab().values() for command in job.commands if command.startswith("ansible-playbook")}
    assert by_hand == in_ci
    awx = {cells[2].strip(" `"): cells for line in text.splitlines() if len(cells := line.strip().split("|")) == 7}
    for command in in_ci:
        _program, playbook, *options = shlex.split(command)
        assert awx[playbook][3].strip() == ("Check" if "--check" in options else "Run")


def test_every_variable_is_one_of_the_roles() -> None:
    """A name that no role knows would be passed over."""
    known: set[str] = set()
    for role in ("provision", "drift", "export", "validate"):
        specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        known |= specs["argument_specs"]["main"]["options"].keys()
    assert yaml.safe_load((EXAMPLE / "group_vars" / "all.yml").read_text(encoding="utf-8")).keys() <= known
    for name in ("validate.yml", "plan.yml", "apply.yml", "drift.yml"):
        for play in yaml.safe_load((EXAMPLE / name).read_text(encoding="utf-8")):
            assert play.get("vars", {}).keys() <= known, name
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\b(?:provision|drift|validate)_[a-z_]+", text)) <= known


# The story ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """What a pipeline came to: the exit code of its last command, what it printed, where it ran, what was written."""

    code: int
    output: str
    folder: Path
    writes: list[str]

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def report(self, name: str) -> Any:
        return json.loads(self.text(f"{name}/report.json"))


class Repository:
    """A copy of the example under git, and a CI that runs its pipelines."""

    def __init__(self, folder: Path, simulator: Simulator, environment: dict[str, str], commands: Commands) -> None:
        self.folder = folder / "origin"
        # Where CI clones to for each pipeline, and where a test finds the clone afterwards.
        self.build = folder / "build"
        self.clones = (folder / f"clone-{number}" for number in itertools.count(1))
        self.commands = commands
        self.cache = folder / "cache"
        self.cache.mkdir()
        self.simulator = simulator
        self.environment = environment
        self.jobs = gitlab()
        shutil.copytree(EXAMPLE, self.folder)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("config", "user.name", "Operator")
        self.git("config", "user.email", "operator@example.com")
        self.commit("The first state")

    def git(self, *arguments: str) -> str:
        # Nobody's own settings, such as signed commits, count.
        environment = {**self.environment, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        command = ["git", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environment, check=True, capture_output=True, text=True
        ).stdout

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def replace(self, name: str, old: str, new: str) -> None:
        """Change one line of a file."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    def pipeline(self, event: str) -> Ran:
        """Run the job of an event on what is checked out, in a new clone, as CI would: until a command fails."""
        job = self.jobs[event]
        clone = self.build
        self.git("clone", "--quiet", str(self.folder), str(clone))
        for name in job.cache:
            if (self.cache / name).exists():
                shutil.copy(self.cache / name, clone / name)
        self.simulator.control("DELETE", "/log")
        code, output = 0, ""
        for command in job.commands:
            if command in INSTALL or command.startswith(COMMENT):
                continue
            code, printed = self.run(command, clone, job.environment)
            output += printed
            if code:
                break
        for name in job.cache:
            shutil.copy(clone / name, self.cache / name)
        clone = clone.rename(next(self.clones))
        log = self.simulator.control("GET", "/log")["requests"]
        lines = [f"{request['method']} {request['path']}" for request in log if request["path"] != "/login_jwt"]
        return Ran(code, output, clone, [line for line in lines if not line.startswith("GET ")])

    def run(self, command: str, folder: Path, login: str) -> tuple[int, str]:
        """Run one command with the login of an environment; its exit code, and what it printed."""
        environment = {**self.environment, "NGCP_API_USERNAME": LOGINS[login]}
        program, *arguments = shlex.split(command)
        if folder == self.build and program == "ansible-playbook" and shlex.join([program, *arguments]) == command:
            # A shell would do nothing but start it.
            finished = self.commands.run("ansible.cli.playbook", arguments, environment, folder)
        else:
            finished = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", command],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        assert "Traceback (most recent call last)" not in finished.stdout, finished.stdout
        assert "[WARNING]" not in finished.stdout, finished.stdout
        return finished.returncode, finished.stdout


@pytest.fixture
def example_company(tmp_path: Path) -> Iterator[Simulator]:
    """A simulator with the example's subscribers, and a third administrator: night-shift."""
    seed = json.loads(SEED.read_text(encoding="utf-8"))
    seed["admins"].append({**seed["admins"][0], "login": "night-shift"})
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(seed), encoding="utf-8")
    with running("--seed", path) as simulator:
        yield simulator


@pytest.fixture
def repository(tmp_path: Path, example_company: Simulator, ansible_environment: dict[str, str]) -> Iterator[Repository]:
    kept = {name: value for name, value in ansible_environment.items() if "CALLBACK" not in name}
    variables = yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text(encoding="utf-8"))["variables"]
    environment = {
        **kept,
        **variables,
        "PATH": os.pathsep.join([str(programs(tmp_path)), os.environ["PATH"]]),
        "NGCP_API_URL": example_company.url,
        "NGCP_API_PASSWORD": "demonstration only",
        "NGCP_CA_PATH": example_company.ca_file,
        "FAX_VAULT_PASSWORD": PASSWORD,
    }
    with contextlib.closing(Commands(PYTHON)) as commands:
        yield Repository(tmp_path, example_company, environment, commands)


def programs(folder: Path) -> Path:
    """A folder with ansible-playbook, of the Python that the tests run playbooks with, wherever that is."""
    path = folder / "bin" / "ansible-playbook"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(PYTHON)} -m ansible.cli.playbook "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path.parent


def by_hand(simulator: Simulator, subscriber: int, operation: dict[str, Any]) -> None:
    """Change fax settings through the API, as the administrator night-shift."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.patch(
            f"{simulator.url}/api/faxserversettings/{subscriber}",
            json=[operation],
            headers={"Content-Type": "application/json-patch+json"},
            auth=("night-shift", "demonstration only"),
            verify=simulator.ca_file,
        )
    assert answer.status_code == 204, answer.text


def test_the_first_steps_end_in_a_plan_without_a_change(repository: Repository, example_company: Simulator) -> None:
    """What the README says to do with a platform that is running already."""
    for subscriber, secret in ((REGISTRY, "by-hand-1"), (TOWN_HALL, "by-hand-2")):
        example_company.control(
            "PATCH", f"/settings/mailtofaxsettings/{subscriber}", {"active": True, "secret_key": secret}
        )
    for path in (repository.folder / "customers").iterdir():
        path.unlink()
    commands = re.findall(
        "^ {7}(ansible-playbook .*)", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(commands) == 2
    for command in commands:
        code, output = repository.run(command, repository.folder, "ngcp-read")
        assert code == 0, output
    report = json.loads((repository.folder / "plan" / "report.json").read_text(encoding="utf-8"))
    assert (report["totals"]["unchanged"], report["rows"]) == (12, [])
    written = [path.read_text(encoding="utf-8") for path in (repository.folder / "customers").iterdir()]
    assert "".join(written).count("secret_key: !vault") == 2
    assert "by-hand" not in "".join(written)
    # What is reported is not committed.
    assert all(line[3:].startswith("customers/") for line in repository.git("status", "--porcelain").splitlines())


def test_from_a_line_in_git_to_the_server_and_back(repository: Repository, example_company: Simulator) -> None:
    def settings(subscriber: int) -> Any:
        return example_company.control("GET", f"/settings/faxserversettings/{subscriber}")

    ran = []

    def pipeline(event: str, code: int) -> Ran:
        ran.append(repository.pipeline(event))
        assert ran[-1].code == code, ran[-1].output
        return ran[-1]

    # Nothing of the example is hidden from git.
    files = {str(path.relative_to(EXAMPLE)) for path in EXAMPLE.rglob("*") if path.is_file()}
    assert set(repository.git("ls-files").splitlines()) == files

    first = pipeline("main", 0)
    assert len(first.writes) == 7
    assert first.report("applied")["totals"]["drifted"] == first.report("plan")["totals"]["drifted"] == 5

    # Untouched, it is green, and there is nothing to do.
    untouched = pipeline("merge request", 0)
    assert (untouched.writes, untouched.report("plan")["rows"]) == ([], [])

    # A file that is wrong is red at once, and the line is named.
    repository.git("switch", "--quiet", "--create", "wrong")
    repository.replace("customers/town.yml", "registry@town.example", "registry at the town hall")
    repository.commit("Wrong")
    wrong = pipeline("merge request", 4)
    line = 1 + wrong.text("customers/town.yml").splitlines().index("        - destination: registry at the town hall")
    assert f"customers/town.yml:{line}: " in wrong.output
    assert not (wrong.folder / "plan").exists()

    # One line on a branch: the plan is just that, and nothing is written.
    repository.git("switch", "--quiet", "--create", "rename", "main")
    repository.replace("customers/clinic.yml", "name: Example Clinic Laboratory", "name: Laboratory")
    repository.commit("The laboratory has a shorter name")
    planned = pipeline("merge request", 0)
    assert planned.writes == []
    (row,) = planned.report("plan")["rows"]
    assert (row["subscriber_id"], row["field"], row["actual"], row["expected"]) == (
        LABORATORY,
        "name",
        "Example Clinic Laboratory",
        "Laboratory",
    )
    assert "`Laboratory`" in planned.text("plan/report.md")

    # Merged: just that is done.
    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "--message", "Merge rename", "rename")
    applied = pipeline("main", 0)
    assert applied.writes == [f"PATCH /api/faxserversettings/{LABORATORY}"]
    assert settings(LABORATORY)["name"] == "Laboratory"
    assert len(applied.report("applied")["rows"]) == 1

    # Somebody changes a setting by hand: the night finds it, and names who it was.
    by_hand(example_company, TOWN_HALL, {"op": "replace", "path": "/name", "value": "Changed by hand"})
    night = pipeline("night", 2)
    assert night.writes == []
    (drifted,) = night.report("drift")["rows"]
    assert (drifted["subscriber_id"], drifted["field"], drifted["changed_by"]) == (TOWN_HALL, "name", "night-shift")
    for name in ("drift/report.md", "drift/report.html", "drift/junit.xml"):
        assert "night-shift" in night.text(name), name

    # Accepted until tomorrow, the night is green.
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    entry = f"- id: {drifted['id']}\n  reason: Until tomorrow\n  expires: {tomorrow}\n"
    repository.replace("accepted.yml", "\n[]\n", f"\n{entry}")
    repository.commit("The town hall's name is right for now")
    accepted = pipeline("night", 0)
    assert accepted.report("drift")["totals"]["accepted"] == 1
    assert len(json.loads(accepted.text("history.json"))["runs"]) == 2

    # Billing exports one more. The pipeline of main brings it about, and puts back what was changed by hand.
    repository.replace("accepted.yml", f"\n{entry}", "\n[]\n")
    billing = repository.folder / "customers" / "billing.csv"
    with billing.open("a", encoding="utf-8") as file:
        file.write("law-notary,true,Example Notary,notary@law.example|PDF14\n")
    repository.commit("Billing: one more, and no more exception")
    billed = pipeline("main", 0)
    assert sorted(billed.writes) == [f"PATCH /api/faxserversettings/{one}" for one in (NOTARY, TOWN_HALL)]
    assert settings(NOTARY)["destinations"][0]["destination"] == "notary@law.example"
    assert settings(TOWN_HALL)["name"] == "Example Town Hall"
    pipeline("night", 0)

    for each in ran:
        shown = each.output + "".join(path.read_text(encoding="utf-8") for path in each.folder.rglob("report.*"))
        assert not re.search("example-(fax-password|clinic-key|town-key)|demonstration only|protects-nothing", shown)
        if each is not wrong:
            event = next(event for event, job in repository.jobs.items() if (each.folder / job.artifacts[-1]).exists())
            assert all((each.folder / path).exists() for path in repository.jobs[event].artifacts)
