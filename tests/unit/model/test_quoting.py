# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No message about a broken file, or about wrong options, quotes what may be a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import (
    notices,
    parse_entries,
    parse_settings,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift import baseline_file
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret, but_is, may_show
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import MAILTOFAX_SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import match_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.settings import settings_options
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import loader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_text import parse as read_text

CANARY = "Zm6Qx7canary"
# What a message may hold of it at most: the parser names the character that it stumbles over.
PIECE = CANARY[:4]
HEAD = "subscribers:\n  - subscriber: a@x.example\n    faxserver_settings:\n"
# Where a secret stands without quotes, in block style and in flow style.
PLACES = (
    HEAD + "      password: {}\n      active: true\n",
    HEAD + "      active: true\n      password: {}\n",
    HEAD + "      password:\n        {}\n",
    HEAD + "      {}\n",
    HEAD + "      {}: true\n",
    HEAD + "      {0}: true\n      {0}: false\n",
    HEAD.replace("s:\n  -", "s:\n  - {}\n  -") + "      active: true\n",
    "{}\n" + HEAD + "      active: true\n",
    "{}: true\n{}: true\n" + HEAD + "      active: true\n",
    "version: {}\n" + HEAD + "      active: true\n",
    HEAD + "      active: true\n    mailtofax_settings: {{secret_key: {}, active: true}}\n",
    HEAD + "      active: true\n    mailtofax_settings: {{secret_key, {}}}\n",
    HEAD + "      active: true\n    mailtofax_settings: {{secret_key:{}}}\n",
    HEAD + "      active: true\n    mailtofax_settings: [secret_key, {}]\n",
    HEAD + "      active: true\n    mailtofax_settings: {}\n",
    HEAD + "      active: true\n    {}: {{active: true}}\n",
    HEAD + "      name: 'x\n      password: {}'\n",
    HEAD + "      active: 'true\n      password: {}'\n",
    HEAD + "      active: true\n    mailtofax_settings:\n      secret_key_renew: 'never\n      secret_key: {}'\n",
    HEAD + "      active: true\n      destinations:\n        - filetype: 'PDF\n      password: {}'\n",
    HEAD + "      active: true\n      destinations:\n        - destination: 'a@x.example\n      password: {}'\n",
    HEAD + "      active: true\n      destinations:\n        - {{destination: a@x.example, {}}}\n",
    "subscribers:\n  - subscriber: 'a@x.example\n    faxserver_settings:\n      password: {}'\n",
    "subscribers:\n  - external_id: 'x\n    faxserver_settings:\n      password: {}'\n",
    "subscribers:\n  - match: {{domain: 'x.example* password: {}'}}\n",
    "subscribers:\n  - match: {{domain: x.example, {}}}\n    faxserver_settings: {{active: true}}\n",
    "subscribers:\n  - match: {{customer_id: {}}}\n    faxserver_settings: {{active: true}}\n",
    "subscribers:\n  - subscriber: {{{}}}\n    faxserver_settings: {{active: true}}\n",
    "defaults:\n  faxserver_settings: {{password, {}}}\nsubscribers: []\n",
    "defaults: {{{}}}\nsubscribers: []\n",
)
BEFORE = ("", *"*&!@%`'\"#{[|>-?:=~,$\\", "!!", "!<", "<<: *", "- ", "? ", "{{ ", "&a *", "!vault ", "%YAML ")


BEHIND = ("", " x", ": x", "!x", "'")


def decrypt(text: str) -> str:
    raise ValueError("No.")


def said(path: Path, content: str) -> list[str]:
    """All that is said of a file with this content: as a state file, by an export, and as a baseline."""
    path.write_bytes(content.encode())
    found = loader.load([path], decrypt)
    messages = [*map(str, found.problems), *notices(found)]
    if path.suffix == ".yml":
        messages += map(str, baseline_file.read(content, "b.yml")[1])
        try:
            read_text(content, "a.yml", decrypt)
        except BadOption as error:
            messages.append(str(error))
    return messages


@pytest.mark.parametrize("parser", ["libyaml", "python"])
def test_a_secret_without_quotes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parser: str) -> None:
    """Each kind of a beginning at each place; what is behind it goes round, and so does all with the slow parser."""
    monkeypatch.setattr(yaml, "__with_libyaml__", parser == "libyaml")
    cases = [(before, place) for before in BEFORE for place in PLACES]
    step = 4 if parser == "libyaml" else 13
    for number, (before, place) in enumerate(cases):
        if (number + number // len(PLACES)) % step == 0:
            secret = before + CANARY + BEHIND[number % len(BEHIND)]
            content = place.format(secret, secret)
            for message in said(tmp_path / "a.yml", content):
                assert PIECE not in message, content


IN_YAML = (
    "version: 1\nsubscribers:\n  - subscriber: a@x.example\n    faxserver_settings:\n      active: true\n"
    f"      password: '{CANARY}'\n      destinations:\n        - {{destination: a@x.example, filetype: PDF}}\n"
    f'  - external_id: b\n    mailtofax_settings: {{secret_key: "{CANARY}", secret_key_renew: never}}\n'
)
IN_JSON = """{"version": 1, "subscribers": [{"subscriber": "a@x.example", "faxserver_settings": {"active": true,
"password": "CANARY", "name": "x"}}, {"external_id": "b", "mailtofax_settings": {"secret_key": "CANARY",
"active": false}}]}
""".replace("CANARY", CANARY)
IN_CSV = (
    "subscriber,faxserver_settings.active,faxserver_settings.password,faxserver_settings.destinations,"
    f"mailtofax_settings.secret_key_renew\na@x.example,true,{CANARY},a@x.example|PDF,never\n"
    f'b@x.example,false,"{CANARY}",b@x.example|PS|true;c@x.example|TIFF,daily\n'
)
EDITS = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.integers(0, 3),
        st.sampled_from(["", *"\"'\\{}[],:;|#&*!-?\n\t ", "\n    ", ": ", ", ", "- ", "<<"]),
    ),
    min_size=1,
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.sampled_from([("a.yml", IN_YAML), ("a.json", IN_JSON), ("a.csv", IN_CSV)]), EDITS)
def test_a_secret_in_a_broken_file(tmp_path: Path, file: tuple[str, str], edits: list[tuple[int, int, str]]) -> None:
    name, text = file
    for at, gone, new in edits:
        at %= len(text)
        if CANARY not in text[at : at + gone + len(CANARY)] or gone == 0:  # leave the secret itself whole
            text = text[:at] + new + text[at + gone :]
    for message in said(tmp_path / name, text):
        assert PIECE not in message, text


@pytest.mark.parametrize(
    "text",
    [
        # The columns are shifted.
        f"{IN_CSV.splitlines()[0]}\na@x.example,{CANARY},true,,\nb@x.example,true,,{CANARY},\nc@x.example,true,,,{CANARY}\n",
        f"subscriber_id,faxserver_settings.active\n{CANARY},true\n",
        # The file has no line of headings.
        f"a@x.example,{CANARY},true\nb@x.example,{CANARY},true\n",
        f"subscriber,{CANARY}\na@x.example,true\n",
        f"subscriber;faxserver_settings.password\na@x.example;{CANARY}\n",
        # A quote does not end.
        f'{IN_CSV.splitlines()[0]}\n"a@x.example,true,{CANARY},,\nb@x.example",false,x,,never\n',
        f'{IN_CSV.splitlines()[0]}\na@x.example,"true,{CANARY},,\nb@x.example,false",x,,never\n',
        f'{IN_CSV.splitlines()[0]}\na@x.example,true,x,,"never\nb@x.example,true,{CANARY},,"\n',
    ],
)
def test_a_secret_in_the_wrong_cell(tmp_path: Path, text: str) -> None:
    messages = said(tmp_path / "a.csv", text)
    assert messages
    assert not [message for message in messages if PIECE in message]


@pytest.mark.parametrize(
    "options",
    [
        {"faxserver_settings": {"active": CANARY, "password": [CANARY], CANARY: None, "destinations_mode": CANARY}},
        {"faxserver_settings": {"destinations": [{"destination": CANARY, "filetype": CANARY, CANARY: 1}] * 2}},
        {"mailtofax_settings": {"secret_key_renew": CANARY, "secret_key": {CANARY: 1}, "acl": [{CANARY: CANARY}]}},
        {"match": {"customer_id": CANARY, CANARY: CANARY}, CANARY: CANARY},
        {"subscriber_id": f"1 {CANARY}"},
    ],
)
def test_a_secret_among_the_options_of_a_task(options: dict[str, Any]) -> None:
    problems = parse_entries([{"subscriber": "a@x.example", **options}], "subscribers").problems
    problems += parse_settings({name: value for name, value in options.items() if "_s" in name}, "defaults")[1]
    problems += match_problems(options.get("match", {}), ("unmanaged_match",))
    assert problems
    assert not [problem for problem in problems if PIECE in str(problem)]


def test_the_place_of_a_key_that_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    messages = said(path, f"{HEAD}      active: true\n    mailtofax_settings: {{secret_key, {CANARY}}}\n")
    options = ", ".join(settings_options(MAILTOFAX_SETTINGS))
    assert messages[0] == (
        f"{path}:5: a@x.example: mailtofax_settings.#2 at column 38 is not an option (the key is not shown, it might "
        f"be a secret); use one of {options}."
    )
    assert said(path, f"{HEAD}      password: *{CANARY}\n")[0] == (
        f"{path}:4: a@x.example: The alias at column 17 stands for nothing: no anchor of its name is complete above. "
        "Put a text that begins with * in quotes."
    )
    assert said(path, f"{HEAD}      password: !{CANARY}\n")[0] == (
        f"{path}:4: a@x.example: The tag at column 17 is not known here; there is !vault, and texts are put in quotes."
    )
    # Nothing would be left of the secret, and the server's would be wiped.
    assert said(path, f"{HEAD}      password: &{CANARY}\n")[0] == (
        f"{path}:4: a@x.example: The anchor at column 17 has no value; put a text that begins with & in quotes."
    )


@pytest.mark.parametrize("key", ["actve", "Active", "filetyp", "mailtofax", "password", "x", "destination."])
def test_a_misspelt_option_is_shown(key: str) -> None:
    assert may_show(key, ["active", "filetype", "mailtofax_settings", "t38", "destination"])


@pytest.mark.parametrize("key", [CANARY, "0017", "active1", "password:x", "geheim", "passwords are", "7"])
def test_what_may_be_a_secret_is_not(key: str) -> None:
    assert not may_show(key, ["active", "password"])


@pytest.mark.parametrize(
    ("value", "choices", "end"),
    [
        ("maybe", (), ", not 'maybe'"),
        ("PDF15", ("PDF", "PDF14"), ", not 'PDF15'"),
        (7, (), ", not '7'"),
        ("0017", (), ""),
        (4711, (), ""),
        ("PDF password: x", ("PDF",), ""),
        (Secret("never"), ("never",), ", not 'VALUE_SPECIFIED_IN_NO_LOG_PARAMETER'"),
    ],
)
def test_a_wrong_value(value: Any, choices: tuple[str, ...], end: str) -> None:
    assert but_is(value, choices) == end
