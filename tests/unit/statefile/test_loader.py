# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501  # a mistake and its sentence stand beside each other
"""State files: what is right is read as it was meant, and each error is told with its place."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS, Entries, layers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import notices
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import MATCH
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SELECTOR
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.settings import settings_options
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import (
    discovery,
    json_reader,
    loader,
    text_rules,
    yaml_reader,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.csv_reader import COLUMNS, Column
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import ParseError
from tests.unit.strategies import declared

ROOT = Path(__file__).resolve().parents[3]
VAULTED = "$ANSIBLE_VAULT;1.1;AES256\n6162\n"
SELECTORS = "subscriber_id, subscriber, external_id, match"
BESIDE = "an id may stand beside subscriber or external_id"
OPTIONS = f"{SELECTORS}, faxserver_settings, mailtofax_settings"
WRONG_YAML = "Check the indent (spaces, no tabs), quotes and brackets of this line and of those above."
ENTRY = "  - subscriber: a@x.example\n    faxserver_settings: {active: true}\n"
PASSWORD = "This needs a vault password; give it by --vault-password-file or --ask-vault-pass."
AGAIN = "is already in destinations[0] (upper and lower case are the same); keep one of them."
AT_MOST = "destination|filetype|incoming|outgoing|status (a | or ; inside of a value has a backslash before it)."
EMPTY = "cannot be empty; give true or false, or leave the option out to leave the field as it is."
TEMPLATE = (
    "holds a template ({{ … }} or {% … %}), which would be written literally; write the value itself, a secret "
    "with !vault."
)

Load = Callable[..., Entries]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """`load({"a.yml": text, …})`: the entries of files, which are read in this order."""
    monkeypatch.chdir(tmp_path)

    def run(files: dict[str, str | bytes], decrypt: Callable[[str], str] | None = None) -> Entries:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return loader.load([tmp_path / name for name in files], decrypt)

    return run


@pytest.fixture(params=["libyaml", "python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "python":
        monkeypatch.setattr(yaml, "__with_libyaml__", False)
    return str(request.param)


def in_yaml(declared: dict[str, Any], subscriber: str = "a@x.example") -> str:
    return yaml.safe_dump({"subscribers": [{"subscriber": subscriber, **declared}]}, allow_unicode=True)


def of_one(entries: Entries) -> dict[str, Any]:
    assert entries.problems == []
    (entry,) = entries
    return entry.declared


def test_a_set_by_each_key_in_each_format(load: Load) -> None:
    match = {
        "domain": "x.example",
        "customer_id": 5,
        "customer_external_id": "0017",
        "reseller_id": 2,
        "profile_id": 3,
        "alias": "4312345",
    }
    assert [*match] == [*MATCH]
    declared = {"subscribers": [{"match": match, "faxserver_settings": {"active": True}}]}
    names = [*(f"match.{name}" for name in match), "faxserver_settings.active"]
    entries = load(
        {
            "a.yml": yaml.safe_dump(declared, sort_keys=False),
            "a.json": json.dumps(declared),
            "a.csv": f"{','.join(names)}\n{','.join(map(str, match.values()))},true\n",
        }
    )
    assert entries.problems == []
    assert [entry.value for entry in entries] == [match] * 3
    assert str(entries[0]) == f"match {', '.join(f'{name} {value}' for name, value in match.items())}"


def test_a_number_of_a_set_is_put_in_quotes(load: Load) -> None:
    entries = load(
        {
            "a.yml": "subscribers:\n  - match:\n      alias: 4312345\n    faxserver_settings: {active: true}\n",
            "a.csv": "match.alias,faxserver_settings.active\n+4312345,true\n",
        }
    )
    assert list(map(str, entries.problems)) == [
        (
            "a.yml:3: match alias 4312345: match.alias must be a text; put it in quotes, because YAML may have read it as "
            "another number."
        ),
        (
            "a.csv:2: match alias +4312345: match.alias must be a whole number with country code, digits only, not "
            "'+4312345'."
        ),
    ]


def test_what_a_file_declares(load: Load, parser: str) -> None:
    entries = load(
        {
            "customers/a.yml": (
                "# a comment\n"
                "version: 1\n"
                "defaults:\n"
                "  faxserver_settings: {t38: true, ecm: off}\n"
                "subscribers:\n"
                "  - subscriber: a@x.example\n"
                "    faxserver_settings: &basis\n"
                "      active: yes\n"
                "      ecm: true\n"
                "      destinations: &list\n"
                "        - {destination: fax@x.example, filetype: PDF14}\n"
                "  # another comment\n"
                "  -\n"
                "    subscriber_id: 7\n"
                "    faxserver_settings:\n"
                "      <<: *basis\n"
                "      name: 'No'\n"
                "      destinations: []\n"
                "  - match: {domain: x.example, customer_id: '5', profile_id: null}\n"
                "    mailtofax_settings:\n"
                "      <<: [{active: true}, {active: false, secret_key_renew: never}]\n"
                "      acl:\n"
            )
        }
    )
    assert entries.problems == []
    assert [(entry.place, str(entry)) for entry in entries] == [
        ("customers/a.yml:6", "a@x.example"),
        ("customers/a.yml:14", "subscriber_id 7"),
        ("customers/a.yml:19", "match domain x.example, customer_id 5"),
    ]
    one, two, three = entries
    fax = [{"destination": "fax@x.example", "filetype": "PDF14"}]
    assert one.own == {"faxserver_settings": {"active": True, "ecm": True, "destinations": fax}}
    assert one.declared["faxserver_settings"] == {"t38": True, "ecm": True, "active": True, "destinations": fax}
    assert two.own["faxserver_settings"] == {"active": True, "ecm": True, "name": "No", "destinations": []}
    assert three.value == {"domain": "x.example", "customer_id": 5}
    assert three.own == {"mailtofax_settings": {"active": True, "secret_key_renew": "never", "acl": None}}
    assert layers([two, three]) == [
        ("customers/a.yml:4", {"faxserver_settings": {"t38": True, "ecm": False}}),
        ("customers/a.yml:19", three.own),
        ("customers/a.yml:14", two.own),
    ]


def test_defaults_may_stand_below(load: Load) -> None:
    late = load(
        {
            "a.yml": "subscribers:\n  - subscriber: a@x.example\ndefaults:\n  faxserver_settings: {t38: true}\n",
            "b.json": (
                '{"subscribers": [{"external_id": "b"}], "defaults": {"mailtofax_settings": {"active": false}}}'
            ),
        }
    )
    assert late.problems == []
    assert [entry.declared for entry in late] == [
        {"faxserver_settings": {"t38": True}},
        {"mailtofax_settings": {"active": False}},
    ]


def test_an_empty_list_is_no_error(load: Load) -> None:
    entries = load(
        {"a.yml": "subscribers: []\n", "b.json": ' {"subscribers": [ ] , "version":1} ', "c.csv": "subscriber\n"}
    )
    assert (list(entries), entries.problems) == ([], [])


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (f"subscribers:\n{ENTRY}   - subscriber: b@x.example\n", [f"4: The YAML is wrong at column 4: * {WRONG_YAML}"]),
        (f"subscribers:\n{ENTRY}\t- subscriber: b@x.example\n", [f"4: The YAML is wrong at column 1: * {WRONG_YAML}"]),
        ('subscribers:\n  - subscriber: "a@x\n', [f"3: The YAML is wrong at column 1: * {WRONG_YAML}"]),
        (
            "subscribers:\n  - subscriber: a@x.example\n    faxserver_settings:\n      active: true\n      active: no\n",
            ["5: a@x.example: faxserver_settings.active occurs twice; keep one."],
        ),
        (
            f"subscribers:\n{ENTRY}version: 1\nversion: 1\nsubscribers: []\n",
            ["5: version occurs twice; keep one.", "6: subscribers occurs twice; keep one."],
        ),
        (f"subscribers:\n{ENTRY}{ENTRY}", ["4: a@x.example is named already at a.yml:2; keep one entry of each subscriber."]),
        ("subscriber:\n" + ENTRY, ["1: subscriber is not a key of a state file; did you mean subscribers?", "1: subscribers is missing: the list of entries."]),
        ("version: 2\nsubscribers: []\n", ["1: version must be 1, not 2: this release of ngcp.fax knows no other format."]),
        ("version: true\nsubscribers: []\n", ["1: version must be 1, not True: this release of ngcp.fax knows no other format."]),
        ("subscribers:\n", ["1: subscribers must be a list of entries; [] if there are none."]),
        ("subscribers: {a: 1}\n", ["1: subscribers must be a list of entries; [] if there are none."]),
        ("", ["1: A state file must be a mapping with version, defaults, subscribers, not empty."]),
        ("# nothing\n", ["1: A state file must be a mapping with version, defaults, subscribers, not empty."]),
        ("---\n", ["*: A state file must be a mapping with version, defaults, subscribers, not a single value."]),
        (ENTRY, ["1: A state file must be a mapping with version, defaults, subscribers, not a list; put the list under subscribers:."]),
        (f"subscribers:\n{ENTRY}---\nsubscribers: []\n", ["4: A second document begins here; a state file is one."]),
        (
            "defaults:\n  faxserver_settings:\n    t38: true\n    actve: true\n  mailtofax: {}\nsubscribers: []\n",
            [
                "4: defaults.faxserver_settings.actve is not an option; did you mean active?",
                "5: defaults.mailtofax is not an option; did you mean mailtofax_settings?",
            ],
        ),
        (
            (
                "subscribers:\n"
                "  - subscriber: a@x.example\n"
                "    faxserver_setings: {}\n"
                "    faxserver_settings:\n"
                "      active: maybe\n"
                "      password: 0017\n"
                "      destinations_mode: replace\n"
                "      destinations:\n"
                "        - destination: a@x.example\n"
                "          filetyp: PDF\n"
                "        - destination: A@x.example\n"
                "          filetype: pdf\n"
                "        - destination: b.x.example\n"
                "          filetype: !binary x\n"
                "    mailtofax_settings:\n"
                "      secret_key_renew: [never]\n"
            ),
            [
                "3: a@x.example: faxserver_setings is not an option; did you mean faxserver_settings?",
                "5: a@x.example: faxserver_settings.active must be true or false, not 'maybe'.",
                "6: a@x.example: YAML takes this for a date or for another number; put it in quotes.",
                "7: a@x.example: faxserver_settings.destinations_mode must be one of exact, add, remove, not 'replace'.",
                "9: a@x.example: faxserver_settings.destinations[0].filetype is missing; give one of TIFF, PS, PDF, PDF14.",
                "10: a@x.example: faxserver_settings.destinations[0].filetyp is not an option; an element has destination, filetype, incoming, outgoing, status.",
                f"11: a@x.example: faxserver_settings.destinations[1].destination: 'A@x.example' {AGAIN}",
                "12: a@x.example: faxserver_settings.destinations[1].filetype must be one of TIFF, PS, PDF, PDF14, not 'pdf'.",
                "13: a@x.example: faxserver_settings.destinations[2].destination must be an e-mail address such as user@example.com, not 'b.x.example'.",
                "14: a@x.example: The tag !binary is not known here; there is !vault, and texts are put in quotes.",
                "16: a@x.example: mailtofax_settings.secret_key_renew must be one of never, daily, weekly, monthly.",
            ],
        ),
        ("subscribers:\n  - faxserver_settings: {active: true}\n", [f"2: The entry names nobody; give one of {SELECTORS}; {BESIDE}."]),
        (
            "subscribers:\n  - subscriber: a@x.example\n    match:\n      domain: x\n    faxserver_settings: {}\n",
            [f"2: a@x.example: subscriber and match are given; give one of {SELECTORS}; {BESIDE}."],
        ),
        ("subscribers:\n  - subscriber: a@x.example\n", ["2: a@x.example: Nothing is declared; give faxserver_settings or mailtofax_settings."]),
        (
            "subscribers:\n  - subscriber: a@x.example\n    place: x\n    faxserver_settings: {}\n",
            [
                f"3: a@x.example: place is not an option; use one of {OPTIONS}.",
            ],
        ),
        (
            "subscribers:\n  - match: {}\n    faxserver_settings: {}\n",
            [
                f"2: match is empty, which would be everybody; give at least one of {', '.join(MATCH)}.",
            ],
        ),
        ("subscribers:\n  - match:\n      domian: x\n    faxserver_settings: {}\n", ["3: match domian x: match.domian is not an option; did you mean domain?"]),
        ("subscribers:\n  - a@x.example\n  - []\n", [f"{line}: An entry must be a mapping with {OPTIONS}." for line in (2, 3)]),
        (
            "subscribers:\n  - subscriber: a@x.example\n    faxserver_settings:\n      name: 2024-01-31\n      1: x\n      [a]: x\n",
            [
                "4: a@x.example: YAML takes this for a date or for another number; put it in quotes.",
                "5: a@x.example: A key must be a text; put it in quotes.",
                "6: a@x.example: A key must be a text; put it in quotes.",
            ],
        ),
        (
            "subscribers:\n  - subscriber: a@x.example\n    faxserver_settings:\n      name: '{{ name }}'\n      password: {{ password }}\n",
            [
                f"4: a@x.example: faxserver_settings.name {TEMPLATE}",
                "5: a@x.example: A key must be a text; put it in quotes. A template ({{ … }}) cannot stand here.",
            ],
        ),
        (
            "defaults:\n  faxserver_settings:\n    name: x{%if a%}\nsubscribers: []\n",
            [f"3: defaults.faxserver_settings.name {TEMPLATE}"],
        ),
        (
            "subscribers:\n  - external_id: x\n    faxserver_settings: *nowhere\n",
            [
                (
                    "3: external_id x: The alias at column 25 stands for nothing: no anchor of its name is complete above. "
                    "Put a text that begins with * in quotes."
                ),
            ],
        ),
        ("subscribers:\n  - &a\n    external_id: x\n    faxserver_settings: *a\n", ["4: external_id x: *a stands for nothing: there is no whole &a above."]),
        ("subscribers:\n  - external_id: x\n    faxserver_settings: {<<: 1}\n", ["3: external_id x: << must have a mapping, or a list of mappings."]),
        ("subscribers: !!seq []\n", ["1: The tag !!seq is not known here; there is !vault, and texts are put in quotes."]),
        ("!x\nsubscribers: []\n", ["1: The tag !x is not known here; there is !vault, and texts are put in quotes."]),
        ("subscribers: " + "[" * 50, ["1: This is nested more than 20 levels deep; no setting is."]),
        ("subscribers: " + "{a: " * 5000, ["1: This is nested more than 20 levels deep; no setting is."]),
        (
            "defaults: {faxserver_settings: {acl: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}}\nsubscribers:\n"
            + "".join(f"  - &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in ("ab", "bc", "cd", "de", "ef")),
            ["1: *", "3: *", "4: *", "5: *c repeats too much; write what differs by itself."],
        ),
        (
            "subscribers:\n  - subscriber_id: 0017\n    faxserver_settings: {active: true}\n",
            ["2: YAML takes this for a date or for another number; put it in quotes."],
        ),
        ("<<: {version: 1}\nsubscribers: []\n", ["1: << cannot stand here; write the keys themselves."]),
        ("1: x\nsubscribers: []\n", ["1: A key must be a text; put it in quotes."]),
        (
            'subscribers:\n  - external_id: x\n    faxserver_settings: {name: "a\\0b", password: "\\x07"}\n',
            [
                "3: external_id x: faxserver_settings.name holds U+0000, a control character; remove it.",
                "3: external_id x: faxserver_settings.password holds U+0007, a control character; remove it.",
            ],
        ),
        (
            "subscribers:\n  - external_id: x\n    faxserver_settings:\n",
            ["2: external_id x: Nothing is declared; give faxserver_settings or mailtofax_settings."],
        ),
        ("subscribers: \x07\n", ["1: Here is the control character U+0007; remove it."]),
        (b"\xef\xbb\xbfsubscribers: []\n", ["1: The file begins with a byte order mark (BOM); save it as UTF-8 without BOM."]),
        ("subscribers: []\n".encode("utf-16"), ["1: The file begins with a byte order mark (BOM); save it as UTF-8 without BOM."]),
        ("subscribers: []\n# ü\n".encode("latin-1"), ["2: This is not UTF-8 (byte 0xFC); save the file as UTF-8."]),
        ("subscribers: []\n# ü".encode()[:-1], ["2: The file ends within a character; it is not whole, or not UTF-8."]),
        ("subscribers:\n  - subscriber: a@x.example\n    mailtofax_settings:\n      secret_key: !vault x\n", [f"4: a@x.example: {PASSWORD}"]),
        (VAULTED, [f"1: {PASSWORD}"]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_yaml(load: Load, parser: str, text: str | bytes, problems: list[str]) -> None:
    """`*` stands for words that libyaml and PyYAML choose in their own ways."""
    check(load({"a.yml": text}).problems, [f"a.yml:{problem}" for problem in problems])


def check(problems: list[Problem], expected: list[str]) -> None:
    found = list(map(str, problems))
    assert len(found) == len(expected), found
    for one, other in zip(found, expected, strict=True):
        begin, star, end = other.partition("*") if other.count("*") == 1 else (other, "", "")
        assert one == other or (star and one.startswith(begin) and one.endswith(end.strip())), found


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["1: A state file must be a mapping with version, defaults, subscribers, not empty (column 1)."]),
        ("\n []", ['2: A state file must be a mapping with version, defaults, subscribers, not a list; put the list under "subscribers": (column 2).']),
        ("1", ["1: A state file must be a mapping with version, defaults, subscribers, not a single value (column 1)."]),
        ("{}", ["1: subscribers is missing: the list of entries."]),
        ("{1: 2}", ["1: The JSON is wrong: here must be a key, in double quotes (column 2)."]),
        ('{"subscribers": []\n"version": 1}', ["2: The JSON is wrong: here must be , or } (column 1)."]),
        ('{"subscribers": []}\n}', ["2: The JSON is wrong: it has ended above, and here is more (column 1)."]),
        ('{"subscribers": [\n {"subscriber": "a@x.example",}]}', ["2: The JSON is wrong: expecting property name enclosed in double quotes (column *)."]),
        ('{"subscribers": [\n', ["2: The JSON is wrong: expecting value (column 1)."]),
        ('{"subscribers": [\n' + "[" * 100_000, ["2: This value is nested too deep; no setting is like that (column 1)."]),
        ('{"subscribers": [' + "9" * 5000 + "]}", ["1: This value holds a number that is too long; no setting is like that (column 18)."]),
        (
            '{"subscribers": {}, "verson": 1}',
            [
                "1: subscribers must be a list of entries; [] if there are none.",
                "1: verson is not a key of a state file; did you mean version?",
            ],
        ),
        ('{"subscribers": [], "version": 1.0}', ["1: version must be 1, not 1.0: this release of ngcp.fax knows no other format."]),
        ('{"subscribers": [], "version": 1, "version": 1}', ["1: version occurs twice; keep one."]),
        (
            '{"subscribers": [\n {"subscriber": "a@x.example",\n\t"faxserver_settings": {\n  "active": true,\n "active": NaN}}]}',
            [
                "5: a@x.example: faxserver_settings.active occurs twice; keep one.",
                "5: a@x.example: faxserver_settings.active must be true or false, not 'nan'.",
            ],
        ),
        (
            json.dumps({"subscribers": [{"external_id": "x", "faxserver_settings": {"destinations": [{"destination": "x"}], "name": "{{ x }}"}}]}, indent=1),
            [
                "8: external_id x: faxserver_settings.destinations[0].destination must be an e-mail address such as user@example.com, not 'x'.",
                "7: external_id x: faxserver_settings.destinations[0].filetype is missing; give one of TIFF, PS, PDF, PDF14.",
                f"11: external_id x: faxserver_settings.name {TEMPLATE}",
            ],
        ),
        (
            '{"subscribers": [{"external_id": "x", "faxserver_settings": {"name": "\\ud800"}}]}',
            [
                "1: external_id x: faxserver_settings.name holds U+D800, half of a character; write the whole one.",
            ],
        ),
        (
            '{"subscribers": [{"external_id": "x", "faxserver_settings": {"\\ud800": 1}}]}',
            ["1: external_id x: faxserver_settings.\\ud800 is not an option; use one of active, name, *"],
        ),
        (b'\xef\xbb\xbf{"subscribers": []}', ["1: The file begins with a byte order mark (BOM); save it as UTF-8 without BOM."]),
        ('{"subscribers": [],\n"x": "\xe4"}'.encode("latin-1"), ["2: This is not UTF-8 (byte 0xE4); save the file as UTF-8."]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_what_is_wrong_in_json(
    load: Load, monkeypatch: pytest.MonkeyPatch, text: str | bytes, problems: list[str], size: int
) -> None:
    monkeypatch.setattr(json_reader, "SIZE", size)
    expected = sorted((f"a.json:{problem}" for problem in problems), key=lambda one: int(one.split(":")[1]))
    check(load({"a.json": text}).problems, expected)


FIRST_LINE = "The first line must name the columns, such as subscriber,mailtofax_settings.acl_mode."
COLUMNS_ALLOWED = f"use one of {', '.join(COLUMNS)}."
HEADER = "subscriber,faxserver_settings.active,faxserver_settings.destinations,mailtofax_settings.acl,match.domain"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["1: The first line must name the columns, such as subscriber,mailtofax_settings.acl_mode."]),
        ("subscriber,subscriber\n", ["1: The column subscriber is there twice; keep one."]),
        ("subscriber,faxserver_settings.actve\n", ["1: There is no column faxserver_settings.actve; did you mean faxserver_settings.active?"]),
        ("subscriber;faxserver_settings.active\n", ["1: The columns must be separated by commas."]),
        ("sep=;\nsubscriber;faxserver_settings.active\n", [f"1: Take out this line, which only spreadsheets read. {FIRST_LINE}"]),
        (",,\n,,\n", [f"1: {FIRST_LINE}"]),
        ("a@x.example,0017,true\n", [f"1: {FIRST_LINE}"]),
        ("subscriber,0017\na@x.example,true\n", [f"1: The heading of column 2 is not an option (it is not shown, it might be a secret); {COLUMNS_ALLOWED}"]),
        (
            "subscriber,faxserver_settings.active\u200b\na@x.example,true\n",
            ["1: The heading of column 2 holds U+200B (zero width space, character 26), which is invisible; write it again."],
        ),
        (
            "subscriber,,faxserver_settings.active, \na@x.example,x,true,\nb@x.example,, true ,y\n",
            [
                "2: a@x.example: Column 2 has no heading, and this row has a value there.",
                "3: b@x.example: Column 4 has no heading, and this row has a value there.",
            ],
        ),
        ("subscriber, subscriber\n", ["1: The column subscriber is there twice; keep one."]),
        (
            "faxserver_settings.active\ntrue\n",
            [
                f"1: No column names the subscribers; give one of {', '.join([*SELECTOR, *(f'match.{name}' for name in MATCH)])}.",
            ],
        ),
        (
            f'{HEADER}\na@x.example,true,"a@x.example|PDF\n",,\nb@x.example\n',
            [
                "2: a@x.example: faxserver_settings.destinations[0].filetype must be one of TIFF, PS, PDF, PDF14, not 'PDF\n'.",
                "4: The header has 5 cells, this row has 1.",
            ],
        ),
        (f"{HEADER}\na@x.example,,,,,\n", ["2: The header has 5 cells, this row has 6."]),
        (
            f"{HEADER}\n\na@x.example,maybe,a@x.example|PDF|1|2|3|4,,\n",
            [
                f"3: a@x.example: faxserver_settings.destinations[0] has 6 values; an element has at most {AT_MOST}",
                "3: a@x.example: faxserver_settings.active must be true or false, not 'maybe'.",
            ],
        ),
        (f"{HEADER}\na@x.example,,;,,\n", ["2: a@x.example: faxserver_settings.destinations[0] is empty; null clears a list, and between elements is one ;."]),
        (f"{HEADER}\n,true,,,\n", [f"2: The entry names nobody; give one of {SELECTORS}; {BESIDE}."]),
        (f"{HEADER}\na@x.example,true,,,x.example\n", [f"2: a@x.example: subscriber and match are given; give one of {SELECTORS}; {BESIDE}."]),
        (f"{HEADER}\na@x.example,,,,\n", ["2: a@x.example: Nothing is declared; give faxserver_settings or mailtofax_settings."]),
        (f"{HEADER}\na@x.example,true,,{{{{ x }}}},\n", [f"2: a@x.example: mailtofax_settings.acl[0].from_email {TEMPLATE}"]),
        (f'{HEADER}\na@x.example,"true"x,,,\n', ["2: The CSV is wrong: ',' expected after '\"'. Check the quotes."]),
        (f"\ufeff{HEADER}\n", ["1: The file begins with a byte order mark (BOM); save it as UTF-8 without BOM."]),
        (f"{HEADER}\nä@x.example,true,,,\n".encode("latin-1"), ["2: This is not UTF-8 (byte 0xE4); save the file as UTF-8."]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_csv(load: Load, text: str | bytes, problems: list[str]) -> None:
    assert sorted(map(str, load({"a.csv": text}).problems)) == sorted(f"a.csv:{problem}" for problem in problems)


def test_what_spreadsheets_write(load: Load) -> None:
    """Columns and rows of nothing but commas, blanks around headings, capitals, the line ends of Windows."""
    entries = load(
        {
            "a.csv": (
                " subscriber ,faxserver_settings.active\t,,faxserver_settings.name ,,\r\n"
                "a@x.example,TRUE,,A,,\r\n"
                ",,,,,\r\n"
                "b@x.example, false ,,,,\r\n"
                " , ,,,,\r\n"
                ",,\r\n"
            )
        }
    )
    assert entries.problems == []
    assert [(entry.place, entry.own["faxserver_settings"]) for entry in entries] == [
        ("a.csv:2", {"active": True, "name": "A"}),
        ("a.csv:4", {"active": False}),
    ]


def test_a_csv_row(load: Load) -> None:
    entries = load(
        {
            "a.csv": (
                f"{HEADER},faxserver_settings.name\r\n"
                'a@x.example,TRUE,a@x.example|PDF14|false;b@x.example|TIFF;,^(a\\|b)\\.c$|||true;null|1\\;2,,"two\r\nlines"\r\n'
                "\r\n"
                ",null,null,,x.example,\r\n"
            )
        }
    )
    first, second = list(map(str, entries.problems[:1])), [*entries]
    assert first == [f"a.csv:5: match domain x.example: faxserver_settings.active {EMPTY}"]
    assert [entry.place for entry in second] == ["a.csv:2"]
    assert second[0].declared == {
        "faxserver_settings": {
            "active": True,
            "destinations": [
                {"destination": "a@x.example", "filetype": "PDF14", "incoming": False},
                {"destination": "b@x.example", "filetype": "TIFF"},
            ],
            "name": "two\r\nlines",
        },
        "mailtofax_settings": {
            "acl": [{"from_email": r"^(a|b)\.c$", "use_regex": True}, {"from_email": None, "received_from": "1;2"}],
        },
    }


def test_all_errors_of_all_files(load: Load) -> None:
    entries = load(
        {
            "a.yml": f"subscribers:\n{ENTRY}",
            "b.json": '{"subscribers": [{"subscriber": "A@X.example", "faxserver_settings": {"active": false}}, 1]}',
            "c.csv": "subscriber,faxserver_settings.active\nb@x.example,maybe\nc@x.example,true\n",
            "d.yml": "- 1\n",
        }
    )
    assert [str(entry) for entry in entries] == ["a@x.example", "A@X.example", "c@x.example"]
    assert [problem.place for problem in entries.problems] == [
        "b.json:1",
        "c.csv:2",
        "d.yml:1",
        "b.json:1",
    ]
    assert str(entries.problems[-1]) == (
        "b.json:1: A@X.example is named already at a.yml:2; keep one entry of each subscriber."
    )


def test_the_line_of_each_of_many_errors(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exact lines of the first, the lines of their entries of the others; also where entries share a line."""
    monkeypatch.setattr(loader, "MOST_EXACT", 3)
    text = "subscribers: [" + ",\n".join(
        f'{{subscriber: "u{n}@x.example",\n faxserver_settings: {{\n active: {n}5}}}}' for n in range(1, 6)
    )
    lines = [int(problem.place.split(":")[1]) for problem in load({"a.yml": f"{text}]\n"}).problems]
    assert lines == [3, 6, 9, 10, 13]


def test_a_file_that_cannot_be_read(load: Load, tmp_path: Path) -> None:
    (tmp_path / "a.yml").mkdir()
    assert list(map(str, loader.load([tmp_path / "a.yml", tmp_path / "b.csv"]).problems)) == [
        "a.yml:1: The file cannot be read: Is a directory.",
        "b.csv:1: The file cannot be read: No such file or directory.",
    ]


def test_what_is_encrypted(load: Load) -> None:
    plain = "subscribers:\n  - subscriber: b@x.example\n    faxserver_settings: {active: true}\n"

    def decrypt(text: str) -> str:
        if text == VAULTED:
            return plain
        if text == "broken":
            raise ValueError("No.")
        return f"{{{{ {text} }}}}"

    text = "subscribers:\n  - subscriber: a@x.example\n    mailtofax_settings:\n      secret_key: !vault |\n        first\n"
    entries = load({"a.yml": text, "b.yaml": VAULTED}, decrypt)
    assert entries.problems == []
    # What is encrypted is taken as it stands.
    assert entries[0].declared == {"mailtofax_settings": {"secret_key": "{{ first\n }}"}}
    assert str(entries[1]) == "b@x.example"

    bad = (
        "subscribers:\n"
        "  - subscriber: a@x.example\n"
        "    mailtofax_settings: {secret_key_renew: !vault hidden}\n"
        "  - external_id: !vault hidden\n"
        "    mailtofax_settings:\n"
        "      secret_key: !vault broken\n"
        "  - external_id: !vault hidden\n"
        "    mailtofax_settings: {active: true}\n"
        "  - match: {domain: !vault hidden}\n"
        "    mailtofax_settings: {active: true}\n"
        "version: !vault hidden\n"
    )
    found = list(map(str, load({"a.yml": bad}, decrypt).problems))
    assert found == [
        "a.yml:3: a@x.example: mailtofax_settings.secret_key_renew must be one of never, daily, weekly, monthly, not 'VALUE_SPECIFIED_IN_NO_LOG_PARAMETER'.",
        "a.yml:4: external_id must not hold a space or a line break.",
        "a.yml:4: external_id is shown in messages; it cannot be encrypted.",
        "a.yml:6: No.",
        "a.yml:7: external_id must not hold a space or a line break.",
        "a.yml:7: external_id is shown in messages; it cannot be encrypted.",
        "a.yml:9: match is shown in messages; it cannot be encrypted.",
        "a.yml:11: version must be 1, not 'VALUE_SPECIFIED_IN_NO_LOG_PARAMETER': this release of ngcp.fax knows no other format.",
    ]


UNSEEN = "which is invisible; remove it."


def test_characters_that_nobody_sees(load: Load) -> None:
    """In every format, written as they are or as escapes; by whom an entry is about, in addresses and in rules."""
    acl = "mailtofax_settings.acl"
    entries = load(
        {
            "a.yml": (
                "subscribers:\n"
                "  - subscriber: a\u200b@x.example\n"
                "    faxserver_settings: {active: true}\n"
                "  - subscriber: b@x.example\n"
                "    mailtofax_settings:\n"
                "      acl:\n"
                '        - {from_email: ok, received_from: "boss\\u202e"}\n'
                "  - match: {domain: x\u2060.example}\n"
                "    faxserver_settings: {active: true}\n"
                "  - match: {customer_external_id: c\u00a0}\n"
                "    faxserver_settings: {active: true}\n"
                "defaults:\n"
                "  mailtofax_settings: {secret_renew_notify: [{destination: a@x.example\u00ad}]}\n"
            ),
            "b.json": '{"subscribers": [{"external_id": "\\u202dx", "faxserver_settings": {"active": true}}]}',
            "c.csv": f"subscriber,{acl}\nc@x.example,\u200e^a$\n",
        }
    )
    assert list(map(str, entries.problems)) == [
        f"a.yml:2: a\u200b@x.example: subscriber holds U+200B (zero width space, character 2), {UNSEEN}",
        f"a.yml:7: b@x.example: {acl}[0].received_from holds U+202E (right-to-left override, character 5), {UNSEEN}",
        f"a.yml:8: match domain x\u2060.example: match.domain holds U+2060 (word joiner, character 2), {UNSEEN}",
        f"a.yml:10: match customer_external_id c: match.customer_external_id holds U+00A0 (no-break space, character 2), {UNSEEN}",
        f"a.yml:13: defaults.mailtofax_settings.secret_renew_notify[0].destination holds U+00AD (soft hyphen, character 12), {UNSEEN}",
        f"b.json:1: external_id \u202dx: external_id holds U+202D (left-to-right override, character 1), {UNSEEN}",
        f"c.csv:2: c@x.example: {acl}[0].from_email holds U+200E (left-to-right mark, character 1), {UNSEEN}",
    ]


def test_what_the_server_takes_is_told_with_its_place(load: Load) -> None:
    entries = load(
        {
            "a.yml": (
                "defaults: {mailtofax_settings: {secret_renew_notify: [{destination: nobody}]}}\n"
                "subscribers:\n"
                "  - {subscriber: a@x.example, faxserver_settings: {name: Ärzte}}\n"
                "  - {subscriber: b@x.example, faxserver_settings: {name: \u0645\u06cc\u200c}}\n"
            ),
            "b.csv": "subscriber,mailtofax_settings.secret_renew_notify\n"
            + "".join(f"{n}@x.example,x\n" for n in range(30)),
        }
    )
    assert entries.problems == []
    told = notices(entries)
    wrong = "secret_renew_notify[0].destination is not an e-mail address; the server takes it, and its mails arrive nowhere. Correct it."
    assert told[:3] == [
        f"a.yml:1: mailtofax_settings.{wrong}",
        "a.yml:4: b@x.example: faxserver_settings.name holds U+200C (zero width non-joiner, character 3), which is invisible; remove it if it is not meant.",
        f"b.csv:2: 0@x.example: mailtofax_settings.{wrong}",
    ]
    assert (len(told), told[-1]) == (21, "And 12 more like these.")


def test_a_value_nested_deep_is_one_sentence(load: Load) -> None:
    text = '{"subscribers": [{"subscriber": "a@x.example", "faxserver_settings": ' + "[" * 700 + "]" * 700 + "}]}"
    (problem,) = load({"a.json": text}).problems
    assert "must be a mapping" in problem.text or "nested too deep" in problem.text


def test_what_only_begins_like_templates_is_looked_at_once() -> None:
    assert not text_rules.holds_template("{{" * 200_000)
    assert not text_rules.holds_template("}} and {{")
    assert text_rules.holds_template("a {{ b }}")
    assert text_rules.holds_template("a {% b %}")


def test_find(tmp_path: Path) -> None:
    for name in ("a/2.yml", "a/1.csv", "a/b/3.json", "a/.hidden.yml", "a/.git/x.yml", "a/README.md", "empty/x.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("", encoding="utf-8")
    (tmp_path / "a" / "link.yml").symlink_to("2.yml")

    def find(*sources: str) -> tuple[list[str], list[str]]:
        paths, problems = discovery.find(sources, tmp_path)
        return [str(path.relative_to(tmp_path)) for path in paths], list(map(str, problems))

    everything = ["a/1.csv", "a/2.yml", "a/b/3.json"]
    assert find("a") == (everything, [])
    assert find("a/b/3.json", "a", str(tmp_path / "a/2.yml"), "a/b/../2.yml") == (
        ["a/b/3.json", "a/1.csv", "a/2.yml"],
        [],
    )
    assert find("a/*") == (everything, [])
    assert find("**/*.yml", "a/[1]*") == (["a/2.yml", "a/1.csv"], [])
    names = ".yml, .yaml, .json, .csv"
    assert find("empty", "a/README.md", "a/*.md", "no.yml", "x*/*.yml", "", "a/.hidden.yml") == (
        ["a/.hidden.yml"],
        [
            f"empty: There is no state file in this folder; their names end in {names}.",
            f"a/README.md: This is not the name of a state file; they end in {names}.",
            f"a/*.md: No state file fits this glob; their names end in {names}.",
            "no.yml: There is no such file or folder.",
            f"x*/*.yml: No state file fits this glob; their names end in {names}.",
            "Give the path of a file or folder, or a glob.",
        ],
    )


ODD = (
    *(
        "yes",
        "No",
        "1e3",
        "0x1F",
        "017",
        "12:30:45",
        "2024-01-31",
        "~",
        "null",
        "<<",
        "=",
        "",
        " a ",
        "#x",
        "a: b",
        "- x",
    ),
    *(
        "!vault",
        "*a",
        "&a",
        "[x",
        "{x",
        "'",
        '"',
        "\\",
        "Ärzte 😀",
        "a\u2028b",
        "\u00a0",
        "\x85",
        "%x",
        "@x",
        "a\nb\n",
        ",;|",
    ),
)
odd = st.sampled_from(ODD)
texts = odd | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)


def quoted(declared: dict[str, Any], text: str) -> dict[str, Any]:
    """The same settings, texts without rules replaced by an odd one."""
    return {
        name: text if name in ("name", "password", "secret_key") and value else value
        for name, value in declared.items()
    }


@st.composite
def entries_of_files(draw: st.DrawFn) -> dict[str, Any]:
    found = {}
    for name, resource in SETTINGS.items():
        options = draw(declared(resource, modes=("exact",)))
        usable = {n: v for n, v in options.items() if n not in ("destinations", "secret_renew_notify")}
        if "secret_key" not in usable:
            usable.pop("update_secret_key", None)
        found[name] = quoted(usable, draw(texts))
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries_of_files(), st.sampled_from([None, True, False]), st.booleans())
def test_what_a_dumper_writes_is_read_as_it_was(
    tmp_path: Path, wanted: dict[str, Any], flow: bool | None, ascii_only: bool
) -> None:
    """`safe_load` of PyYAML, and `json.loads`, are what it is compared with."""
    content = {"subscribers": [{"subscriber": "a@x.example", **wanted}]}
    in_yaml = yaml.safe_dump(content, default_flow_style=flow, allow_unicode=not ascii_only)
    in_json = json.dumps(content, ensure_ascii=ascii_only, indent=2 if flow else None)
    # Not what was written: PyYAML writes U+0085 bare, and reads it as the end of a line.
    for name, text, parsed in (("a.yml", in_yaml, yaml.safe_load(in_yaml)), ("a.json", in_json, json.loads(in_json))):
        wanted = {key: value for key, value in parsed["subscribers"][0].items() if key != "subscriber"}
        path = tmp_path / name
        path.write_bytes(text.encode())
        entries = loader.load([path])
        if any(text_rules.holds_template(str(each)) for one in wanted.values() for each in one.values()):
            continue
        if not any(wanted.values()):
            assert "Nothing is declared" in str(entries.problems[0])
            continue
        assert entries.problems == []
        read = entries[0].own
        assert {name: plain(options) for name, options in read.items()} == {n: plain(o) for n, o in wanted.items()}


def plain(options: dict[str, Any]) -> dict[str, Any]:
    """Without what null means nothing of: a value of an entry."""
    return {
        name: [{n: v for n, v in entry.items() if v is not None} for entry in value]
        if isinstance(value, list)
        else value
        for name, value in options.items()
    }


scalars = odd | st.text(alphabet="yesno01239-+.:eExX_~ ", min_size=1, max_size=8)


@given(scalars)
def test_a_plain_text_means_what_pyyaml_takes_it_for(text: str) -> None:
    """Bare, in a list: dates, and whole numbers that look like another one, are errors here; all else is the same."""
    written = f"subscribers: [{{external_id: {text}}}]"
    try:
        expected = yaml.safe_load(written)["subscribers"][0]["external_id"]
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError):
        return
    try:
        found = [part for part in yaml_reader.items(io.StringIO(written), lambda text: text) if part.name == ""]
    except ParseError:
        pytest.fail(f"{text!r} is refused")
    (part,) = found
    if part.problems:
        assert not isinstance(expected, (str, float)), part
        assert not isinstance(expected, int) or str(expected) != text, part
    else:
        assert repr(part.value["external_id"]) == repr(expected)


def test_merged_mappings_are_those_of_pyyaml() -> None:
    text = (
        "version: &a {x: 1, y: 1}\n"
        "defaults: &b {y: 2, z: 2}\n"
        "subscribers:\n"
        "- {x: 3, <<: *a}\n"
        "- {<<: [*a, *b], w: 4}\n"
        "- {<<: [*b, *a, {z: 5, v: 5}]}\n"
    )
    parts = [part.value for part in yaml_reader.items(io.StringIO(text), lambda text: text) if part.name == ""]
    assert parts == yaml.safe_load(text)["subscribers"]


def test_the_columns_of_csv_are_the_options() -> None:
    names = [*SELECTOR, *(f"match.{name}" for name in MATCH)]
    names += [f"{name}.{option}" for name, resource in SETTINGS.items() for option in settings_options(resource)]
    assert list(COLUMNS) == names


def rows() -> Iterator[str]:
    for name, column in COLUMNS.items():
        yield f"| `{name}` | {form(column)} |"


def form(column: Column) -> str:
    """Describe the values of a column as the documentation does."""
    if column.values:
        return "elements of `" + "\\|".join(column.values) + "`"
    if "choices" in column.spec:
        return ", ".join(f"`{choice}`" for choice in column.spec["choices"])
    return {"bool": "`true`, `false`", "int": "number", "str": "text"}[column.spec["type"]]


def test_the_page_names_every_column_and_its_examples_are_right(load: Load) -> None:
    page = (ROOT / "docs" / "state-files.md").read_text(encoding="utf-8")
    assert "\n".join(rows()) in page
    blocks = page.split("```")[1::2]
    short, example, named = (block.removeprefix("yaml\n") for block in blocks if block.startswith("yaml"))
    table = next(block for block in blocks if block.startswith("\nsubscriber,")).removeprefix("\n")
    assert example.startswith("# yaml-language-server: $schema=")
    for name, content in {"short.yml": short, "a.yml": example, "named.yml": named, "a.csv": table}.items():
        assert load({name: content}, lambda text: "secret").problems == []
    assert len(list(csv.reader(io.StringIO(table)))) == 3


def test_all_of_an_entry_in_csv(load: Load) -> None:
    """What is in a row of all columns is what a list of entries in JSON would say."""
    assert of_one(
        load(
            {
                "a.csv": (
                    "external_id,mailtofax_settings.secret_renew_notify,mailtofax_settings.secret_renew_notify_mode\n"
                    "x,a@x.example;b@x.example,add\n"
                )
            }
        )
    ) == {
        "mailtofax_settings": {
            "secret_renew_notify": [{"destination": "a@x.example"}, {"destination": "b@x.example"}],
            "secret_renew_notify_mode": "add",
        }
    }
    assert of_one(load({"a.yml": in_yaml({"faxserver_settings": {"name": None}})})) == {
        "faxserver_settings": {"name": None}
    }
