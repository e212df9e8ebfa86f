# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything public has the name, the type and the words that docs/design.md#glossary gives it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.simulator.client import ROOT
from tests.unit.public_names import Name, ansible_names, public_names

GLOSSARY = "docs/design.md#glossary"
PAGE = ROOT / "docs" / "design.md"
PROGRAM = ROOT / "plugins" / "module_utils" / "_internal"
# Where a word is somebody else's: the server's, in its paths, or GitLab's.
ELSEWHERE = {
    ROOT / "docs" / "ngcp-api.md": {"faxserversettings", "mailtofaxsettings"},
    PROGRAM / "model" / "resources.py": {"faxserversettings", "mailtofaxsettings"},
    PROGRAM / "client" / "bulk_read.py": {"faxserversettings", "mailtofaxsettings"},
    PROGRAM / "client" / "pagination.py": {"mailtofaxsettings"},
    ROOT / "example" / "demo.py": {"faxserversettings"},
    ROOT / "docs" / "examples" / "gitops" / "README.md": {"scope"},
}
# A name below the names of what holds it, as far as the glossary gives them.
Key = tuple[str, ...]


class Line(NamedTuple):
    """A line of a table of names."""

    keys: tuple[Key, ...]
    types: tuple[str, ...]
    says_where: bool
    """True if it says which of several types is used where."""


class Term(NamedTuple):
    """A line of the table of terms."""

    term: str
    not_names: tuple[str, ...]
    """Words that are no names for it."""
    not_words: tuple[str, ...]
    """Words that do not occur in sentences about it."""


def code_in(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


@cache
def tables() -> dict[str, list[list[str]]]:
    """Return the rows of the glossary's tables, cell by cell, by the first words of their heads."""
    text = PAGE.read_text(encoding="utf-8")
    glossary = re.split(r"^## ", text.partition("\n## Glossary\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    found: dict[str, list[list[str]]] = {"term": [], "name": [], "plugin": []}
    for table in re.findall(r"(?:^\|.*\n)+", glossary, re.MULTILINE):
        head, _rule, *rows = ([cell.strip() for cell in row.strip("|").split(" | ")] for row in table.splitlines())
        found[head[0]] += rows
    return found


@cache
def lines() -> list[Line]:
    return [
        Line(tuple(tuple(key.split(".")) for key in code_in(keys)), code_in(types), bool(re.search(r"\w \w", types)))
        for keys, types, _meaning in tables()["name"]
    ]


@cache
def terms() -> list[Term]:
    return [Term(row[0], code_in(row[-1]), tuple(re.findall('"(.+?)"', row[-1]))) for row in tables()["term"]]


def line_of(name: Name) -> tuple[Key, Line] | None:
    """Return the line about a name and its key there, the most exact one: `a.b.name`, `b.name`, else `name`."""
    keys = (name.path[start:] for start in range(len(name.path)))
    return next(((key, by_key()[key]) for key in keys if key in by_key()), None)


@cache
def by_key() -> dict[Key, Line]:
    return {key: line for line in lines() for key in line.keys}


def shown(key: Key) -> str:
    return ".".join(key)


def problem(advice: str, places: Iterable[str]) -> str:
    """Return the message of a failed assertion."""
    return "\n  ".join([f"{advice}:", *sorted(places)])


def test_every_public_name_is_in_the_glossary() -> None:
    missing = {f"{name.file}: {shown(name.path)}" for name in public_names() if not line_of(name)}
    assert not missing, problem(f"Use the name that {GLOSSARY} has for it, or add a line there", missing)


def test_every_name_in_the_glossary_is_used() -> None:
    used = {found[0] for name in public_names() if (found := line_of(name))}
    unused = set(map(shown, by_key().keys() - used))
    assert not unused, problem(
        f"Remove from {GLOSSARY}: nothing has these names, or more exact lines have them", unused
    )


def test_every_public_name_has_the_type_in_the_glossary() -> None:
    """Where an option is a list, the variable of a role may be a text with commas as well, and is `raw`."""
    wrong = []
    for name in public_names():
        _key, line = line_of(name) or (None, None)
        if line and name.type and name.type not in line.types:
            is_list_or_text = name.type == "raw" and name.file.startswith("roles/") and "list of" in line.types[0]
            wrong += [] if is_list_or_text else [f"{name.file}: {shown(name.path)} is {name.type}, not {line.types}"]
    assert not wrong, problem(f"Correct the type, or give it a line of its own in {GLOSSARY}", wrong)


def test_a_name_has_one_line_and_one_type_or_a_reason_for_more() -> None:
    times = Counter(key for line in lines() for key in line.keys)
    repeated = {shown(key) for key in times if times[key] > 1}
    assert not repeated, problem(f"Keep one line of each in {GLOSSARY}", repeated)
    bare = {shown(line.keys[0]) for line in lines() if len(line.types) != 1 and not line.says_where}
    assert not bare, problem(f"Say in {GLOSSARY} where each type is used", bare)


def test_no_public_name_is_a_word_that_the_glossary_refuses() -> None:
    refused = {word: term.term for term in terms() for word in term.not_names}
    wrong = {
        f"{name.file}: {shown(name.path)}, which is about: {refused[name.text]}"
        for name in public_names()
        if name.text in refused
    }
    assert not wrong, problem(f"Use the word that {GLOSSARY} has for it", wrong)


def test_no_sentence_uses_a_word_that_the_glossary_refuses() -> None:
    refused = {word: term.term for term in terms() for word in term.not_words}
    # Neither in a path of the server (/api/...), nor in a link to a heading about one (...md#...).
    words = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in refused)
    pattern = re.compile(rf"(?<![\w/#])(?:{words})(?!\w)", re.IGNORECASE)
    wrong = {
        f"{path.relative_to(ROOT)}: '{found}', which is about: {refused[word]}"
        for path, text in pages()
        if pattern.search(text)  # most have none, and parsing takes time
        for found in pattern.findall("\n".join(literals(text)) if path.suffix == ".py" else text)
        if (word := " ".join(found.split()).lower()) not in ELSEWHERE.get(path, ())
    }
    assert not wrong, problem(f"Use the word that {GLOSSARY} has for it", wrong)


def pages() -> Iterator[tuple[Path, str]]:
    """Yield the files that people read, and those that hold messages, with their texts."""
    for folder in ("changelogs/fragments", "docs", "example", "playbooks", "plugins", "roles", "."):
        paths = (ROOT / folder).glob("*" if folder == "." else "**/*")
        for path in (path for path in paths if path.suffix in (".md", ".py", ".yml")):
            text = path.read_text(encoding="utf-8")
            # The terms are followed by the words that are not used for them.
            yield path, re.sub(r"(?s)\n### Terms\n.*?\n### ", "", text) if path == PAGE else text


def literals(code: str) -> Iterator[str]:
    """Yield the texts in Python code, without the comments."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_the_glossary_names_the_options_that_come_from_ansible() -> None:
    listed = [name for _plugin, names in tables()["plugin"] for name in code_in(names)]
    assert sorted(listed) == sorted(ansible_names()), f"Correct the table of Ansible's own options in {GLOSSARY}."
