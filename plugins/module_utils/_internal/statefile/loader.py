# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load state files: the desired settings of many subscribers, in YAML, JSON or CSV (docs/state-files.md).

The problems of all files are found in one pass, each with its place. Valid entries become `entry.Entry`.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.garbage import rare_collection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import OptionPath as ValuePath
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired import parser
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import (
    NAMES,
    SETTINGS,
    Entries,
    Entry,
    Layer,
    repeated,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import parse_settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import but_is, may_show, nearest
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import MATCH
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import (
    NAME_OPTIONS,
    SELECTOR,
    may_be_name,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import yaml_positions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.discovery import READERS, display_path
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import (
    ENTRY,
    KEYS,
    LIST,
    STREAM,
    Decrypt,
    Item,
    ParseError,
    Span,
    secrets,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.source import DecryptAhead, Source, sources
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.text_rules import FileCheck, odd_texts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import no_password

VERSION = 1
# The longest part of an entry's name that a message shows, in characters.
MOST_SHOWN = 100
# The most bad values for which the entry is parsed again, to find their lines.
MOST_EXACT = 1000
TWICE = "A key occurs twice in here; keep one."


@rare_collection()
def load(
    paths: Iterable[Path],
    decrypt: Decrypt | None = None,
    below: Sequence[Layer] = (),
    ahead: DecryptAhead | None = None,
) -> Entries:
    """Return the entries of state files, in order; their `problems` are those of all files.

    A problem has its place, `file:line`, and the entry's name if it has one. `decrypt` decrypts what ansible-vault has
    encrypted: single values, or a whole file; `ahead` receives many such texts beforehand. `below` are layers below
    everything in the files.
    """
    found: list[Entry] = []
    problems: list[Problem] = []
    for source in sources(paths, decrypt or no_password, ahead):
        file = _File(source, below)
        entries = file.read()
        if not file.is_right:
            # The problems, and how far the file is read, may depend on any part of it.
            file = _File(source, below)
            entries = file.read(look_first=True)
        found += entries
        problems += file.problems()
    return Entries(found, [*problems, *repeated(found)])


class _File:
    """One state file: its entries and its problems."""

    def __init__(self, source: Source, below: Sequence[Layer]) -> None:
        self.name = display_path(source.path)
        self._source = source
        self._check = FileCheck()
        self._keys: dict[str, int] = {}
        self._entries: list[Entry] = []
        # One object shared by all entries, because the defaults may follow them in the file.
        self._below: list[Layer] = [*below, ("", {})]
        # Problems whose line is known, and problems inside items.
        self._problems: list[tuple[int, Problem]] = []
        self._bad: list[tuple[Item, list[Problem]]] = []

    @property
    def is_right(self) -> bool:
        """True if there is no problem, and the end of the file did not change how the rest is read (`is_escaped`)."""
        check = self._check
        return not (self._problems or self._bad or check.error) and check.is_escaped == check.was_escaped

    def read(self, look_first: bool = False) -> list[Entry]:
        """Return the valid entries. `look_first`: check the text of the whole file before reading it, not meanwhile."""
        try:
            if look_first:
                self._source.look_through(self._check)
                if self._check.error:
                    raise ParseError(self._check.error)
            with self._source.text(None if look_first else self._check) as stream:
                for item in READERS[self._source.path.suffix.lower()](stream, self._source.decrypt):
                    try:
                        self._take(item)
                    except RecursionError:
                        self._wrong(item.span.line, "This value is nested too deep; no setting is.")
            if LIST not in self._keys:
                self._wrong(0, f"{LIST} is missing: the list of entries.")
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno == errno.EISDIR else error.strerror
            self._wrong(0, f"The file cannot be read: {reason}.")
        except ParseError as error:
            for line, sentence in error.problems:
                self._wrong(line, sentence)
        if not self._below[-1][1]:
            self._below.pop()
        if not self._below:
            self._entries = [entry for entry in self._entries if not self._empty(entry)]
        return self._entries

    def problems(self) -> list[Problem]:
        """Return the problems in the order of lines."""
        if self._bad:
            self._problems += self._located()
        ordered = sorted(self._problems, key=lambda problem: problem[0])
        return [replace(problem, place=f"{self.name}:{line + 1}", repeats=True) for line, problem in ordered]

    def _wrong(self, line: int, sentence: str, name: str = "") -> None:
        self._problems.append((line, Problem((), sentence, name=name)))

    def _take(self, item: Item) -> None:
        if item.name == ENTRY:
            self._take_entry(item)
            return
        line = item.span.line
        if item.name in self._keys:
            self._wrong(line, f"{self._key(item)} occurs twice; keep one.")
        elif item.name == "defaults":
            settings, problems = parse_settings(item.value, item.name, self._check.is_escaped)
            self._below[-1] = (f"{self.name}:{line + 1}", settings)
            self._note(item, problems)
        elif item.name == "version":
            number = isinstance(item.value, int) and not isinstance(item.value, bool)
            if not number or item.value != VERSION:
                given = f", not {item.value}" if isinstance(item.value, (int, float)) else ""
                if isinstance(item.value, str):
                    given = but_is(item.value)
                wrong = f"must be {VERSION}{given}: this release of ngcp.fax knows no other format."
                self._note(item, [Problem(("version",), wrong)])
        elif item.name == LIST:
            if item.value is not STREAM:
                self._wrong(line, f"{LIST} must be a list of entries; [] if there are none.")
        else:
            self._wrong(line, f"{self._key(item)} is not a key of a state file; {nearest(item.name, KEYS)}")
        self._keys.setdefault(item.name, line)

    def _key(self, item: Item) -> str:
        """Return a key of the file for a message, or its column if it might be a secret."""
        return item.name if may_show(item.name, KEYS) else f"The key at column {item.span.column + 1}"

    def _take_entry(self, item: Item) -> None:
        place = f"{self.name}:{item.span.line + 1}"
        check = self._check
        entry, problems = parser.parse_entry(item.value, place, self._below, check.is_escaped)
        encrypted = _encrypted(item.value) if check.may_be_encrypted else []
        if check.may_be_odd or not entry or item.problems or item.twice or encrypted:
            what = "is shown in messages; it cannot be encrypted."
            problems += [Problem((name,), what) for name in encrypted]
            if not self._note(item, problems):
                return
        self._entries.append(cast(Entry, entry))

    def _note(self, item: Item, problems: list[Problem]) -> bool:
        """Keep the problems of an item; return True if there are none.

        If a part could not be read, other problems in the same line may result from that, and are left out.
        """
        if self._check.may_be_odd:
            problems += odd_texts(item.value, _path(item))
        if not (problems or item.problems or item.twice):
            return True
        name = _name(item.value) if item.name == ENTRY else ""
        for line, sentence in item.problems:
            self._wrong(line, sentence, name)
        problems = [replace(problem, name=name) for problem in problems]
        if item.twice or item.span.line != item.span.end_line:
            self._bad.append((item._replace(value=name), problems))
        elif item.whole:
            self._problems += [(item.span.line, problem) for problem in problems]
        return False

    def _empty(self, entry: Entry) -> bool:
        """Return True, and keep a problem, if an entry declares nothing and has no defaults below it."""
        if any(entry.own.values()):
            return False
        line = int(entry.place.rpartition(":")[2]) - 1
        self._wrong(line, f"Nothing is declared; give {' or '.join(SETTINGS)}.", str(entry))
        return True

    def _located(self) -> Iterator[tuple[int, Problem]]:
        """Yield the problems inside items, each with the line of its option."""
        exact = self._bad[:MOST_EXACT]
        for (item, problems), text in zip(exact, self._texts([item.span for item, _problems in exact]), strict=True):
            positions = yaml_positions.Positions(text, _path(item))
            if item.twice and not positions.twice:
                yield item.span.line, Problem((), TWICE, name=item.value)
            for path, line in positions.twice:
                yield item.span.line + line, Problem(path, "occurs twice; keep one.", name=item.value)
            unread = set() if item.whole else {line for line, problem in item.problems}
            for problem in problems:
                line = item.span.line + (positions.line(problem.path) or 0)
                if line not in unread:
                    column = positions.columns.get(problem.path)
                    yield line, replace(problem, after=f" at column {column} ") if column else problem
        for item, problems in self._bad[MOST_EXACT:]:
            twice = [Problem((), TWICE, name=item.value)] if item.twice else []
            yield from ((item.span.line, problem) for problem in [*twice, *problems])

    def _texts(self, spans: Sequence[Span]) -> Iterator[str]:
        """Yield the text at each of `spans`, given in order; the rest of its first line is replaced by spaces."""
        with self._source.text() as stream:
            number, line = -1, ""
            for span in spans:
                while number < span.line:
                    number, line = number + 1, stream.readline()
                if span.line == span.end_line:
                    yield " " * span.column + line[span.column : span.end_column]
                    continue
                text = " " * span.column + line[span.column :]
                while number < span.end_line:
                    number, line = number + 1, stream.readline()
                    text += line if number < span.end_line else line[: span.end_column]
                yield text


def _path(item: Item) -> ValuePath:
    """Return the path of an item's value; it is empty for an entry, whose options have paths relative to it."""
    return (item.name,) if item.name != ENTRY else ()


def _name(raw: Any) -> str:
    """Return the name of an entry; an empty text if it has none that may be shown."""
    given = [name for name in NAMES if raw.get(name) is not None] if isinstance(raw, dict) else []
    if not given:
        return ""
    # Beside an id, the name is what people know.
    kind = next((name for name in given if name in NAME_OPTIONS), given[0])
    value = raw[kind]
    if secrets(value):
        return ""
    if kind == "match" and isinstance(value, dict):
        found = {name: _word(MATCH, name, each) for name, each in value.items() if may_show(name, MATCH)}
        text = ", ".join(f"{name} {each}" for name, each in found.items() if each)[:MOST_SHOWN]
    else:
        text = _word(SELECTOR, kind, value)[:MOST_SHOWN]
    if not text or (kind == "subscriber" and not may_be_name(text)):
        return ""
    return text if kind == "subscriber" else f"{kind} {text}"


def _word(options: Mapping[str, JsonMapping], name: str, value: object) -> str:
    """Return the first word of a value that names a subscriber, if it may be shown, since a missing quote may have
    swallowed the lines below; of a number, only its digits.
    """
    text = re.split(r"[\s,;|]", str(value).strip())[0] if isinstance(value, (str, int)) else ""
    is_number = options.get(name, {}).get("type") == "int"
    return text if not is_number or text.isdecimal() else ""


def _encrypted(raw: object) -> list[str]:
    """Return the selectors of an entry that are encrypted."""
    return [name for name in NAMES if secrets(raw.get(name))] if isinstance(raw, dict) else []
