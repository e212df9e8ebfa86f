# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comments inside of an entry that changes: none is lost unless what it is about went, or is about another thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_rewrite import rewrite
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_writer import lines_of

INDENT = 2
# What names a line: the keys that it stands below, and its own; an entry of a list by its first line.
Name = tuple[str, ...]

addresses = st.lists(st.sampled_from(["a@x.example", "b@x.example", "c@x.example", "d@x.example"]), unique=True)
names = st.sampled_from([None, "Clinic", "a # b", "#", "two\nlines # c", " "])


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


entries = optional(
    faxserver_settings=optional(
        name=names,
        t38=st.booleans(),
        destinations=addresses.map(lambda each: [{"destination": one, "filetype": "PDF"} for one in each]),
    ),
    mailtofax_settings=optional(
        secret_renew_notify=addresses.map(lambda each: [{"destination": one} for one in each]),
        # By nothing but all of it is a rule known.
        acl=addresses.map(lambda each: [{"from_email": one, "destination": "1", "use_regex": False} for one in each]),
    ),
).map(lambda settings: {"subscriber": "user3@d1.example.org", **settings})


def plain(raw: dict[str, Any]) -> list[str]:
    return [f"{' ' * INDENT}{line}\n" for line in lines_of(raw, str)]


def column(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def named(lines: Sequence[str]) -> list[Name]:
    """Return the key of each line of a text in block style without comments."""
    above: list[tuple[int, str]] = []
    found = []
    for line in lines:
        text = line.strip()
        while above and above[-1][0] >= column(line):
            above.pop()
        above.append((column(line), text if text.startswith("- ") else text.partition(":")[0]))
        found.append(tuple(each for dummy, each in above))
    return found


def with_comments(lines: Sequence[str], columns: Sequence[int] = ()) -> list[str]:
    """A comment above and beside each line but the first, which tell by its number about which it is."""
    result = []
    for number, line in enumerate(lines):
        deep = columns[number % len(columns)] if columns else column(line)
        result += [f"{' ' * deep}# above {number}.\n"] if number else []
        result.append(f"{line.rstrip()}  # beside {number}.\n")
    return result


def meant(text: str) -> Any:
    """Return the value of a text, with lists in a fixed order."""
    return ordered(yaml.safe_load(text))


def ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: ordered(each) for name, each in value.items()}
    return sorted((ordered(each) for each in value), key=str) if isinstance(value, list) else value


def is_comment(line: str) -> bool:
    return line.lstrip().startswith("# above")


def change(lines: Sequence[str], before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return rewrite(lines, INDENT, before, after, str, "here")


def bare(lines: Sequence[str]) -> list[str]:
    return [line.partition("  # beside")[0].partition(" # beside")[0] for line in lines if not is_comment(line)]


@given(entries, entries)
def test_comments_stay_with_what_they_are_about(before: dict[str, Any], after: dict[str, Any]) -> None:
    lines = plain(before)
    made = change(with_comments(lines), before, after)
    assert meant("".join(made)) == ordered([after])
    was, now = named(lines), named(bare(made))
    text = "".join(made)
    for number, name in enumerate(was):
        above, beside = text.count(f"# above {number}.\n"), text.count(f"# beside {number}.\n")
        if name in now:
            assert (above, beside) == (number > 0, 1)
        else:
            assert (above, beside) in ((0, 0), (1, 0))
            first = name[-1].startswith("- ") and was[number - 1] == name[:-1]
            # It may be about the list, which is there.
            assert above == (first and name[:-1] in now)
    position = -1
    waiting: list[str] = []
    for line in made:
        if is_comment(line):
            waiting.append(line)
            continue
        position += 1
        if now[position] in was:
            number = was.index(now[position])
            assert number == 0 or f"# above {number}.\n" in waiting[-1]
            assert f"# beside {number}.\n" in line
        else:
            assert not waiting
        waiting = []
    assert not waiting
    assert change(made, yaml.safe_load("".join(made))[0], after) == made


@given(entries, entries, st.lists(st.integers(min_value=0, max_value=14), min_size=1, max_size=5))
def test_comments_in_any_column(before: dict[str, Any], after: dict[str, Any], columns: list[int]) -> None:
    """Nothing is said otherwise, or twice; it is lost only if something went."""
    lines = plain(before)
    made = change(with_comments(lines, columns), before, after)
    assert meant("".join(made)) == ordered([after])
    gone = not set(named(lines)) <= set(named(bare(made)))
    for number in range(1, len(lines)):
        assert "".join(made).count(f"# above {number}.\n") in ((0, 1) if gone else (1,))
    assert change(made, yaml.safe_load("".join(made))[0], after) == made


BEFORE = """\
  - subscriber: user3@d1.example.org
    faxserver_settings:
      name: "x"

      # Both are needed

      destinations:
        # the clinic

        # out of hours
        - {destination: A@x.example, filetype: PDF}   # by name
        - destination: b@x.example
          # since May
          filetype: PDF
          # b ends here
        # - destination: c@x.example

    # Ask Ann
    mailtofax_settings:
      acl: [
        # the gateway
        {from_email: g@x.example}
        # no more
      ]
      # the end
"""
CASES = {
    "one more": (
        ["a@x.example", "b@x.example", "z@x.example"],
        ("filetype: PDF\n          # b ends here\n        - destination: ",),
    ),
    "the first goes": (
        ["b@x.example"],
        ("# Both are needed\n\n      # the clinic\n      # out of hours\n      destinations:\n        - dest",),
    ),
    "the last goes": (
        ["a@x.example"],
        ('# out of hours\n        - {destination: "a@x.example", filetype: PDF} # by name\n        # - dest',),
    ),
    "all go": (
        [],
        (
            (
                "      # out of hours\n      destinations: []\n"
                "        # - destination: c@x.example\n\n    # Ask Ann\n    mailtofax"
            ),
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_comments_of_all_kinds(case: str) -> None:
    addresses, parts = CASES[case]
    (before,) = yaml.safe_load(BEFORE)
    after = {
        "subscriber": "user3@d1.example.org",
        "faxserver_settings": {
            "name": "x",
            "destinations": [{"destination": each, "filetype": "PDF"} for each in addresses],
        },
        "mailtofax_settings": {"acl": [{"from_email": "g@x.example"}]},
    }
    text = "".join(change(BEFORE.splitlines(keepends=True), before, after))
    for part in (*parts, "    # Ask Ann\n    mailtofax_settings:\n"):
        assert part in text, text
    for comment in ("# Both are needed", "# the gateway", "# no more", "# the end"):
        assert comment in text
    assert [str(each).lower() for each in yaml.safe_load(text)] == [str(after).lower()]
