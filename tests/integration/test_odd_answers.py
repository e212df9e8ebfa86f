# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are JSON and not what they should be: one sentence with subscriber and field, and the others go on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.drift import JOB as DRIFT
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB as SUBSCRIBERS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.settings_info import JOB as SETTINGS_INFO
from tests.integration.conftest import defaults
from tests.simulator.client import Simulator

ENTRY = {"destination": "a@example.com", "filetype": "PDF", "incoming": True, "outgoing": False, "status": False}
RULE = {"from_email": "a@example.com", "received_from": None, "destination": None, "use_regex": False}
FAX: dict[str, Any] = {
    "active": True,
    "name": None,
    "password": "s3cret",
    "t38": True,
    "ecm": True,
    "destinations": [ENTRY],
}
MAIL: dict[str, Any] = {
    "active": True,
    "secret_key": "s3cret",
    "secret_key_renew": "never",
    "secret_renew_notify": [],
    "acl": [RULE],
}
ODD: list[tuple[str, dict[str, Any], str]] = [
    ("fax", {}, "Asked for /api/faxserversettings/4, the server answered with something else"),
    ("fax", {**FAX, "id": 1.5}, "Asked for /api/faxserversettings/4, the server answered with 1.5"),
    ("fax", {**FAX, "destinations": "a@example.com"}, "a text as destinations, where a list is expected"),
    ("fax", {**FAX, "destinations": {"0": ENTRY}}, "an object as destinations, where a list is expected"),
    ("fax", {**FAX, "destinations": [ENTRY, None]}, "null as destinations[1], where a mapping is expected"),
    ("fax", {**FAX, "destinations": [["a@example.com"]]}, "a list as destinations[0], where a mapping is expected"),
    (
        "fax",
        {**FAX, "destinations": [{**ENTRY, "destination": ["a"]}]},
        "a list as destination, where a text is expected",
    ),
    (
        "fax",
        {**FAX, "destinations": [{**ENTRY, "incoming": "yes"}]},
        "a text as incoming, where true or false is expected",
    ),
    ("fax", {**FAX, "active": {}}, "an object as active, where true or false is expected"),
    ("fax", {**FAX, "password": ["s3cret"]}, "a list as password, where a text is expected"),
    ("fax", {**FAX, "name": "a\ud800"}, "a text that is not Unicode as name"),
    ("mail", {**MAIL, "acl": 5}, "a number as acl, where a list is expected"),
    ("mail", {**MAIL, "acl": [True]}, "a boolean as acl[0], where a mapping is expected"),
    ("mail", {**MAIL, "secret_key": {"s3cret": 1}}, "an object as secret_key, where a text is expected"),
]
NAMES = {"fax": ("faxserver_settings", "faxserversettings"), "mail": ("mailtofax_settings", "mailtofaxsettings")}


def run(job: Job[Any], simulator: Simulator, **options: Any) -> tuple[str, dict[str, Any]]:
    """The message of a failure, or an empty one, and the facts of the result."""
    connection = Connection(simulator.url, "administrator", "administrator", ca_path=simulator.ca_file)
    with Client(connection) as client:
        try:
            result: Result = job.execute(client, {**defaults(job.spec), "progress": False, **options}, False)
        except FaxError as error:
            return str(error), error.facts
    return "", result.facts


@pytest.mark.parametrize("many", [False, True], ids=["one by one", "by pages"])
@pytest.mark.parametrize(("which", "body", "sentence"), ODD, ids=[str(number) for number in range(len(ODD))])
def test_settings_of_one_of_three(
    which: str, body: dict[str, Any], sentence: str, many: bool, simulator: Simulator
) -> None:
    module, resource = NAMES[which]
    # As JSON, for no body of the control API's can hold half a character.
    content = json.dumps(body)
    fault = {"path": f"/{resource}/4$", "status": 200, "body": content, "times": None, "method": "GET"}
    faults = [{**fault, "headers": {"Content-Type": "application/json"}}]
    if many:
        links = {"self": {"href": f"/api/{resource}/%d"}}
        good = {"fax": FAX, "mail": MAIL}[which]
        items = [{**(body if one == 4 else good), "_links": json.loads(json.dumps(links) % one)} for one in range(3, 6)]
        page = {"_embedded": {f"ngcp:{resource}": items}, "_links": {}, "total_count": len(items)}
        faults.append({**faults[0], "path": f"/{resource}/$", "body": json.dumps(page)})
    simulator.control("PUT", "/faults", faults)
    entries = [{"subscriber_id": one, module: {"active": False}} for one in (3, 4, 5)]
    # With a page of two rows three are many.
    paging = {"page_size": 2 if many else 50}
    message, facts = run(SUBSCRIBERS, simulator, subscribers=entries, return_unchanged=True, **paging)
    rows = {row["subscriber_id"]: row for row in facts["subscribers"]}
    assert [one for one, row in rows.items() if row["status"] == "failed"] == [4]
    said = rows[4]["error"]["msg"]
    assert sentence in said
    assert said.startswith(("subscriber 4: of its", "Asked for"))
    assert "s3cret" not in message + json.dumps(facts)
    drift, facts = run(DRIFT, simulator, subscribers=entries, unmanaged="ignore", **paging)
    failed = [row for row in facts["report"]["rows"] if row["kind"] == "failed"]
    assert drift == ""
    assert [row["subscriber_id"] for row in failed] == [4]
    assert sentence in failed[0]["msg"]


def test_settings_of_everybody(simulator: Simulator) -> None:
    links = '{"self": {"href": "/api/faxserversettings/%d"}}'
    items = [
        {**(FAX if one != 4 else {**FAX, "acl": 1, "destinations": "x"}), "_links": json.loads(links % one)}
        for one in range(3, 6)
    ]
    page = {"_embedded": {"ngcp:faxserversettings": items}, "_links": {}, "total_count": len(items)}
    simulator.control("PUT", "/faults", [{"path": "/faxserversettings/$", "status": 200, "body": page, "times": None}])
    message, facts = run(SETTINGS_INFO, simulator, active=True, settings=["faxserver_settings"])
    assert message.startswith(
        "subscriber 4: of its faxserver_settings the server sends a text as destinations, where a"
    )
    assert [each["subscriber_id"] for each in facts["subscribers"]] == [3, 5]
