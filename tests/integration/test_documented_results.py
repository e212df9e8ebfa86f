# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `RETURN` says of a module's results is what the module returns: every key, its type, and when it is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.documents import of_text
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.receipts import Receipt
from tests.integration.conftest import Play, Task
from tests.simulator.client import ROOT, Simulator

Json = dict[str, Any]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
RETURNED: dict[str, Json] = {
    name: yaml.safe_load(import_module(f"ansible_collections.ngcp.fax.plugins.modules.{name}").RETURN)
    for name in MODULES
}
TYPES: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}
# Mappings by names of options, of which samples show some.
BY_OPTION = {"before", "after", "places"}
# Keys that Ansible itself documents, or adds.
COMMON = {"changed", "failed", "msg", "warnings", "invocation", "exception", "unreachable", "mtime"}
STATE = """\
defaults:
  faxserver_settings: {ecm: false}
subscribers:
  - subscriber: user1@d1.example.org
    subscriber_id: 999
    faxserver_settings: {active: true}
    mailtofax_settings: {secret_key: declared-k3y}
  - subscriber: user2@d1.example.org
    faxserver_settings: {active: true}
    mailtofax_settings: {active: true}
  - subscriber: nobody@d1.example.org
    faxserver_settings: {active: true}
"""
ASSUMED = {"receipt": "receipt.json", "on_uncertain": "assume_sent"}
NOWHERE = {"api_url": "https://127.0.0.1:1", "retries": 0}
UNANSWERED = Receipt(of_text("Hello", False).sha256, 3, "43100004", "sending", "2026-11-01T00:00:00+00:00", 8)
# Tasks of each module that together return every key. Those of one module run in this order.
TASKS: dict[str, list[Json]] = {
    "fax": [
        {"id": [5, 6], "state": "absent", "api_username": "readonly"},
        {"id": 8, "state": "absent"},
        {"id": 8, "state": "absent", **NOWHERE},
    ],
    "fax_archive": [
        {"dest": "archive", "subscriber_id": 3},
        {"dest": "archive", "subscriber_id": 3, "delete_archived": True, "api_username": "readonly"},
        {"dest": "elsewhere", **NOWHERE},
    ],
    "fax_drift": [
        {"src": "state.yml", "unmanaged": "ignore", "baseline": "accepted.yml"},
        {"src": "state.yml", "return_rows": "file"},
        {"src": "state.yml", **NOWHERE},
    ],
    "fax_export": [{"dest": "export", "layout": "one"}, {"dest": "export", **NOWHERE}],
    "fax_info": [{"subscriber_id": 3}, NOWHERE],
    "fax_recording": [{"id": 6, "dest": "6.tif"}, {"id": 6, "dest": "7.tif", **NOWHERE}],
    "fax_report": [
        {"report": "{{ fax_drift_0.report }}", "dest": "report", "fail_on": "never"},
        {"report": {"version": 1}, "dest": "report"},
    ],
    "fax_send": [
        {"subscriber_id": 3, "destination": "43100001", "content": "Hello", "poll_interval": 0.05},
        {"subscriber_id": 3, "destinations": ["43100002", "43100099"], "content": "Hello", "poll_interval": 0.05},
        {"subscriber_id": 3, "destination": "43100003", "content": "Hello", "api_username": "readonly"},
        {"subscriber_id": 3, "destination": "43100003", "content": "Hello", **NOWHERE},
        {"subscriber_id": 3, "destination": "43100004", "content": "Hello", **ASSUMED},
        {"subscriber_id": 3, "destinations": ["43100004"], "content": "Hello", **ASSUMED},
    ],
    "fax_settings_info": [{"subscriber_id": 3}, NOWHERE],
    "fax_state_info": [{"src": "state.yml"}, {"src": "wrong.yml"}],
    "fax_subscribers": [
        {"src": "state.yml", "unmanaged": "report", "return_report": True, "return_rows": "full"},
        {"src": "state.yml", "return_rows": "file"},
        {"subscribers": [{"subscriber_id": 6, "faxserver_settings": {"active": True}}]},
        {"src": "state.yml", "api_username": "readonly"},
    ],
    "faxserver_settings": [
        {"subscriber_id": 999, "subscriber": "user5@d1.example.org", "active": True},
        {"subscriber_id": 5, "active": False, "api_username": "readonly"},
    ],
    "login": [{}, NOWHERE],
    "mailtofax_settings": [
        {"subscriber_id": 999, "subscriber": "user5@d1.example.org", "active": True},
        {"subscriber_id": 5, "active": False, "api_username": "readonly"},
    ],
}


def from_sample(sample: object) -> Json:
    """Return the keys of a sample, each with those below it."""
    if isinstance(sample, Mapping):
        return {key: from_sample(value) for key, value in sample.items()}
    found: Json = {}
    for each in sample if isinstance(sample, list) else ():
        found = merged(found, from_sample(each))
    return found


def merged(one: Json, other: Json) -> Json:
    return {key: merged(one.get(key, {}), other.get(key, {})) for key in {**one, **other}}


def documented(returned: Json, others: Json) -> Json:
    """Return the keys that return values name or show, each with those below it.

    `others`: the return values to which descriptions refer.
    """
    known = {}
    for name, value in returned.items():
        known[name] = merged(from_sample(value.get("sample")), documented(value.get("contains", {}), others))
        for other in re.findall(r"^As RV\((\w+)\)", str(value["description"])):
            known[name] = merged(known[name], from_sample(others[other].get("sample")))
    return known


def described(value: Json) -> set[str]:
    """Return the keys that the description of a return value names."""
    return set(re.findall(r"C\((\w+)\)", str(value.get("description", ""))))


def unlike(known: Json, real: Json, values: Json, place: str) -> Iterator[str]:
    """Yield what differs between documented and real keys. `values`: the return values, by name."""
    for name in {**known, **real}:
        here = f"{place}.{name}"
        value = values.get(name, {})
        if name not in real:
            yield f"{here} never occurs"
        elif name not in known:
            yield f"{here} is not documented"
        elif name not in BY_OPTION and known[name]:
            mentioned = described(value) - known[name].keys()
            below = {key: rest for key, rest in real[name].items() if key not in mentioned}
            yield from unlike(known[name], below, value.get("contains", {}), here)


def mistaken(values: Json, result: Json, failed: bool, place: str) -> Iterator[str]:
    """Yield the values of the wrong type, and what should be there at all times, or after success, and is not."""
    for name, value in values.items():
        here = f"{place}.{name}"
        needed = value["returned"] == "always" or (value["returned"].startswith("success") and not failed)
        if name not in result:
            if needed and "unless" not in value["returned"]:
                yield f"{here} is missing"
            continue
        found = result[name]
        if found is not None and not isinstance(found, TYPES[value["type"]]):
            yield f"{here} is {type(found).__name__}, not {value['type']}"
        for each in found if isinstance(found, list) else [found]:
            if isinstance(each, dict):
                yield from mistaken(value.get("contains", {}), each, failed, here)


@pytest.fixture
def prepared(tmp_path: Path, simulator: Simulator) -> Path:
    """A folder of files, and settings and faxes that differ, fail, are at risk and are left to the platform."""
    (tmp_path / "state.yml").write_text(STATE, encoding="utf-8")
    (tmp_path / "wrong.yml").write_text("subscribers: 5\n", encoding="utf-8")
    (tmp_path / "accepted.yml").write_text(
        "- {subscriber: user1@d1.example.org, settings: faxserver_settings, field: active, reason: r, "
        "expires: 2999-12-31}\n",
        encoding="utf-8",
    )
    (tmp_path / "receipt.json").write_text(
        json.dumps({"version": 1, "api_url": simulator.url, "faxes": [asdict(UNANSWERED)]}), encoding="utf-8"
    )
    renewed = {"active": True, "secret_key": "renewed-k3y", "secret_key_renew": "daily"}
    simulator.control("PATCH", "/settings/mailtofaxsettings/1", renewed)
    simulator.control("PATCH", "/settings/mailtofaxsettings/2", {"active": True, "secret_key": None, "acl": []})
    simulator.control("PATCH", "/settings/faxserversettings/1", {"active": False})
    sender = {"active": True, "destinations": [{"destination": "fax@example.com", "filetype": "PDF14"}]}
    simulator.control("PATCH", "/settings/faxserversettings/3", sender)
    simulator.control("PATCH", "/settings/faxserversettings/4", {"name": "{{ template }}"})
    # As if somebody had changed the name just before it was written.
    answer = {"active": True, "name": "By hand", "password": None, "t38": True, "ecm": True, "destinations": []}
    fault = {"method": "PATCH", "path": "faxserversettings/6$", "status": 200, "body": json.dumps(answer)}
    simulator.control("PUT", "/faults", [fault])
    return tmp_path


def test_results_are_as_documented(play: Play, prepared: Path) -> None:
    """In one playbook, for its start takes longer than any of them."""
    tasks: list[Task] = []
    for module, options in TASKS.items():
        for index, given in enumerate(options):
            task = {"name": f"{module} {index}", f"ngcp.fax.{module}": given, "ignore_errors": True}
            tasks.append({**task, "register": f"{module}_{index}"})
    # Ansible shows only that there is a result.
    tasks.append({"name": "login 0", "ansible.builtin.debug": {"msg": "{{ login_0 }}"}})
    played = play(tasks, "--diff", warnings=("",))
    found: list[str] = []
    for module, options in TASKS.items():
        values = RETURNED[module]
        real: Json = {}
        for index in range(len(options)):
            name = f"{module} {index}"
            shown = played[name]["msg"] if name == "login 0" else played[name]
            result = {key: value for key, value in shown.items() if not key.startswith("_ansible")}
            real = merged(real, from_sample(result))
            found += mistaken(values, result, name in played.failed, name)
        known = documented(values, values)
        own = {key: value for key, value in real.items() if key in known or key not in COMMON}
        found += unlike(known, own, values, module)
    assert not found, "\n".join(found)
    # `stop` returns only a message, and no task after it has a result.
    assert sorted([*TASKS, "stop"]) == MODULES
