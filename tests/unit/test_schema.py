# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of state files: it is current, and says the same as the loader as far as it can."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import loader
from scripts import schema

VALIDATOR = Draft202012Validator(schema.schema())
FAX = {"destination": "fax@x.example", "filetype": "PDF14"}


def one(**content: Any) -> dict[str, Any]:
    return {"subscribers": [{"subscriber": "a@x.example", **content}]}


def faxserver(**options: Any) -> dict[str, Any]:
    return one(faxserver_settings=options)


def mailtofax(**options: Any) -> dict[str, Any]:
    return one(mailtofax_settings=options)


def loaded(tmp_path: Path, content: Any) -> list[str]:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return list(map(str, loader.load([path]).problems))


def test_the_schema_is_current() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.text(), "run make schema"
    Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize(
    "content",
    [
        {"subscribers": []},
        {"version": 1, "defaults": {}, "subscribers": []},
        {
            "version": 1,
            "defaults": {"faxserver_settings": {"t38": True}, "mailtofax_settings": {"active": False}},
            "subscribers": [
                {"subscriber_id": 3},
                {"external_id": "x", "faxserver_settings": {"active": False, "name": None, "destinations": None}},
                {"match": {"domain": "x.example", "customer_id": 5, "profile_id": 1, "customer_external_id": "y"}},
                {"match": {"reseller_id": 2, "alias": "4311"}},
            ],
        },
        {"subscribers": [{"subscriber": "a@x.example", "subscriber_id": 3, "faxserver_settings": {"ecm": True}}]},
        {"subscribers": [{"external_id": "A-1", "subscriber_id": 3, "faxserver_settings": {"ecm": True}}]},
        faxserver(active=True, name="x" * 64, password="", t38=False, ecm=True, destinations=[]),
        faxserver(destinations=[{**FAX, "incoming": False, "outgoing": True, "status": True}]),
        faxserver(destinations=[FAX], destinations_mode="add"),
        faxserver(destinations=[{"destination": "old"}], destinations_mode="remove"),
        mailtofax(active=True, secret_key="x" * 255, secret_key_renew="never", update_secret_key="always"),
        mailtofax(acl=[{}, {"from_email": None, "received_from": "", "use_regex": True}], acl_mode="exact"),
        mailtofax(secret_renew_notify=[{"destination": "a@x.example"}], secret_renew_notify_mode="exact"),
        mailtofax(secret_renew_notify=[{"destination": "nobody"}]),
        mailtofax(acl=[{"from_email": "^boss\u200b@"}], acl_mode="remove"),
        faxserver(destinations=[{**FAX, "destination": "a(a comment)@x.example"}]),
        faxserver(destinations=[{**FAX, "destination": "A Name <a@x.example>"}]),
        faxserver(destinations=[{**FAX, "destination": '"a b"@x.example'}]),
        faxserver(destinations=[{**FAX, "destination": "x" * 64 + "@[192.0.2.1]"}]),
        faxserver(name="\u200c"),
        mailtofax(update_secret_key="auto"),
    ],
)
def test_what_is_right(tmp_path: Path, content: Any) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(content)] == []
    assert loaded(tmp_path, content) == []


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"subscribers": None},
        {"subscribers": {}},
        {"version": 2, "subscribers": []},
        {"version": "1", "subscribers": []},
        {"subscribers": [], "subscriber": []},
        {"subscribers": [], "defaults": {"active": True}},
        {"subscribers": [], "defaults": {"faxserver_settings": {"active": None}}},
        {"subscribers": ["a@x.example"]},
        {"subscribers": [{"faxserver_settings": {}}]},
        {"subscribers": [{"subscriber": "a@x.example", "external_id": "3", "faxserver_settings": {}}]},
        {"subscribers": [{"match": {"domain": "x"}, "subscriber_id": 3, "faxserver_settings": {}}]},
        {"subscribers": [{"subscriber": "a", "faxserver_settings": {}}]},
        {"subscribers": [{"subscriber": "a*@x.example", "faxserver_settings": {}}]},
        {"subscribers": [{"subscriber": "a b@x.example", "faxserver_settings": {}}]},
        {"subscribers": [{"subscriber_id": 0, "faxserver_settings": {}}]},
        {"subscribers": [{"subscriber_id": True, "faxserver_settings": {}}]},
        {"subscribers": [{"external_id": 5, "faxserver_settings": {}}]},
        {"subscribers": [{"external_id": "", "faxserver_settings": {}}]},
        {"subscribers": [{"match": {}, "faxserver_settings": {}}]},
        {"subscribers": [{"match": {"domain": "*"}, "faxserver_settings": {}}]},
        {"subscribers": [{"match": {"domain": "NULL"}, "faxserver_settings": {}}]},
        {"subscribers": [{"match": {"domain": ""}, "faxserver_settings": {}}]},
        {"subscribers": [{"match": {"customer_id": 0}, "faxserver_settings": {}}]},
        {"subscribers": [{"match": {"active": True}, "faxserver_settings": {}}]},
        {"subscribers": [{"match": {"reseller_id": 0}, "faxserver_settings": {}}]},
        {"subscribers": [{"match": {"alias": "+4311"}, "faxserver_settings": {}}]},
        one(faxserver_settings={}, place="here"),
        one(faxserver_settings=[]),
        one(faxserver_setting={}),
        faxserver(actve=True),
        faxserver(active="maybe"),
        faxserver(active=None),
        faxserver(name=5),
        faxserver(name="x" * 65),
        faxserver(destinations="fax@x.example"),
        faxserver(destinations=["fax@x.example"]),
        faxserver(destinations=[{"destination": "fax@x.example"}]),
        faxserver(destinations=[{"filetype": "PDF"}]),
        faxserver(destinations=[{**FAX, "filetype": "pdf"}]),
        faxserver(destinations=[{**FAX, "filetype": 5}]),
        faxserver(destinations=[{**FAX, "destination": "fax"}]),
        faxserver(destinations=[{**FAX, "destination": "fax@x..example"}]),
        faxserver(destinations=[{**FAX, "destination": "x" * 250 + "@x.example"}]),
        faxserver(destinations=[{**FAX, "incoming": "perhaps"}]),
        faxserver(destinations=[{**FAX, "incomming": True}]),
        faxserver(destinations_mode="add"),
        faxserver(destinations_mode="replace", destinations=[FAX]),
        faxserver(destinations=[], destinations_mode="remove"),
        faxserver(destinations=None, destinations_mode="remove"),
        mailtofax(secret_key="x" * 256),
        mailtofax(secret_key=17),
        mailtofax(secret_key_renew="yearly"),
        mailtofax(secret_key_renew=None),
        mailtofax(update_secret_key="always"),
        mailtofax(update_secret_key="never"),
        mailtofax(secret_renew_notify=[{"destination": "x\u200b@x.example"}]),
        mailtofax(acl=[{"from_email": "^boss\u200b@"}]),
        faxserver(destinations=[{**FAX, "destination": "x" * 65 + "@x.example"}]),
        faxserver(destinations=[{**FAX, "destination": "x@-x.example"}]),
        faxserver(destinations=[{**FAX, "destination": "x@x_x.example"}]),
        mailtofax(acl=[{"from_email": "x" * 256}]),
        mailtofax(acl=[{"from": "x"}]),
        mailtofax(acl_mode="remove"),
    ],
)
def test_what_is_wrong(tmp_path: Path, content: Any) -> None:
    assert not VALIDATOR.is_valid(content)
    assert loaded(tmp_path, content)


def test_what_is_encrypted_may_be_longer_than_a_secret() -> None:
    encrypted = "$ANSIBLE_VAULT;1.1;AES256\n" + "3" * 400 + "\n"
    assert VALIDATOR.is_valid(faxserver(password=encrypted))
    assert VALIDATOR.is_valid(mailtofax(secret_key=encrypted))
    assert not VALIDATOR.is_valid(faxserver(name=encrypted))
