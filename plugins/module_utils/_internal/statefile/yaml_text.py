# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A YAML state file as text: its lines, split at its entries, each with its value. No I/O."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import parse_entry as read_entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import parse_settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SELECTOR, SubscriberKey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import yaml_reader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.id_line import ID
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import (
    ENTRY,
    LIST,
    MARK,
    Decrypt,
    Item,
    ParseError,
)

BOM = "\ufeff"
DASH = re.compile(r"( *)- +")


@dataclass(frozen=True)
class DesiredEntry:
    """An entry that a file must hold."""

    kind: str
    """The selector that names the subscriber."""
    value: Any
    """The selector's value."""
    settings: dict[str, JsonObject]
    """By module and option; a value that is a `Secret` is written encrypted."""
    order: tuple[Any, ...]
    """The key that sorts the entries of a new file."""
    keys: tuple[SubscriberKey, ...]
    """All names of the subscriber."""
    id: int | None = None
    """The id that the entry gives beside the name; None to leave a file's ids as they are."""

    @property
    def raw(self) -> JsonObject:
        """The entry as a file holds it."""
        return {**self.selectors(self.id), **self.settings}

    def selectors(self, number: int | None) -> JsonObject:
        """Return the selectors with the id `number` beside the name, if any."""
        return {self.kind: self.value, **({ID: number} if number and self.kind != ID else {})}


@dataclass
class Block:
    """One entry of a file, as text."""

    lead: list[str]
    """The lines above it: comments and blank lines."""
    lines: list[str]
    """Its own lines."""
    value: Any
    """Its value, decrypted."""
    place: str
    """The file and the line, for messages; empty if the entry is new."""
    encrypted: dict[str, str] = field(default_factory=dict)
    """The encrypted text of each of its secrets."""

    @property
    def keys(self) -> list[SubscriberKey]:
        """Its names for a subscriber, or its id if it gives that alone: beside a name, an id may be stale. None for a
        set.
        """
        fields = self.value if isinstance(self.value, Mapping) else {}
        given = [name for name in SELECTOR if fields.get(name)]
        names = [name for name in given if name != ID]
        return [SubscriberKey.of(name, fields[name]) for name in names or given]

    @property
    def id(self) -> Any:
        """The id that it gives, beside a name or alone; None if it gives none."""
        return self.value.get(ID) if isinstance(self.value, Mapping) else None

    @property
    def has_comments(self) -> bool:
        """True if there may be a comment in its own lines."""
        return any("#" in line for line in self.lines)


@dataclass
class StateText:
    """A state file as text; `str()` of it is the file's content."""

    before: list[str]
    """The lines up to the key of the list of entries."""
    blocks: list[Block]
    after: list[str]
    """The lines below the list."""
    indent: str = "  "
    """The spaces before the dash of an entry."""
    beside: JsonObject = field(default_factory=dict)
    """The values of the file's other keys."""
    newline: str = "\n"
    """Its line ending: git may have converted it to that of Windows."""

    @property
    def head(self) -> list[str]:
        """The lines that an export wrote into the file's head, without their mark."""
        return [line[len(MARK) :].rstrip("\n") for line in self.before if line.startswith(MARK)]

    @property
    def defaults(self) -> dict[str, JsonObject]:
        """The settings that apply to all of the file's subscribers, by module."""
        return parse_settings(self.beside.get("defaults") or {}, "defaults", escaped=True)[0]

    @property
    def sets(self) -> list[tuple[JsonObject, dict[str, JsonObject]]]:
        """Its sets: the conditions of each, and the settings that it declares, by module."""
        blocks = [block for block in self.blocks if isinstance(block.value, Mapping) and "match" in block.value]
        entries = [read_entry(block.value, block.place, escaped=True)[0] for block in blocks]
        return [(entry.value, entry.own) for entry in entries if entry]

    def __str__(self) -> str:
        before = self.before
        if not self.blocks:
            before = [*before[:-1], f"{LIST}: []\n"]
        lines = [*before, *(line for block in self.blocks for line in [*block.lead, *block.lines]), *self.after]
        return "".join(lines).replace("\n", self.newline)


def new() -> StateText:
    """Return a new file without entries."""
    return StateText(["version: 1\n", f"{LIST}:\n"], [], [], beside={"version": 1})


def parse(text: str, name: str, decrypt: Decrypt) -> StateText:
    """Parse the content of a state file; `name` names it in errors.

    Raises `BadOption` if the file is invalid, holds a secret that cannot be decrypted, or has a form that an update
    could not preserve.
    """
    if text.startswith(BOM):
        raise BadOption(f"{name} begins with a byte order mark (BOM)", "Save it as UTF-8 without BOM.")
    newline = "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"
    text = text.replace("\r\n", "\n")
    decrypted: list[tuple[str, str]] = []
    refused: list[str] = []

    def decrypt_and_note(encrypted: str) -> str:
        try:
            plain = decrypt(encrypted)
        except ValueError:
            refused.append(encrypted)
            raise
        decrypted.append((plain, encrypted))
        return plain

    items, encrypted = [], []
    try:
        for item in yaml_reader.items(io.StringIO(text), decrypt_and_note):
            if item.problems or item.twice:
                line, sentence = next(iter(item.problems), (item.span.line, "A key occurs twice in here; keep one."))
                raise ParseError((line, sentence))
            items.append(item)
            encrypted.append(dict(decrypted))
            decrypted.clear()
    except ParseError as error:
        line, sentence = error.problems[0]
        advice = "Nothing was written." if refused else "Correct the file, or remove it."
        raise BadOption(f"{name}:{line + 1}: {sentence.rstrip('.')}", advice) from None
    lines = text.splitlines(keepends=True)
    if "".join(lines) != text or text.count("\n") != len(lines) - (not text.endswith("\n")):
        raise BadOption(f"{name} holds line breaks that YAML does not know", "Correct the file, or remove it.")
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    at = next((item.span.line for item in items if item.name == LIST), None)
    if at is None or not re.fullmatch(rf"{LIST}: *(\[\])? *(#.*)?\n", lines[at]):
        raise BadOption(
            f"{name}: the list {LIST} is missing, or is not in a line of its own", "Correct or remove the file."
        )
    found = [(item, own) for item, own in zip(items, encrypted, strict=True) if item.name == ENTRY]
    result = _split(lines, at, found, name)
    result.beside = {item.name: item.value for item in items if item.name not in (ENTRY, LIST)}
    result.newline = newline
    return result


def _split(lines: list[str], at: int, found: Sequence[tuple[Item, dict[str, str]]], name: str) -> StateText:
    """Split the lines of a file at its entries. `at` is the line with the key of their list."""
    starts = []
    for item, _own in found:
        line = item.span.line
        if not DASH.fullmatch(lines[line][: item.span.column]):
            raise BadOption(f"{name}:{line + 1}: the entry does not begin with '- '", "Correct or remove the file.")
        starts.append(line)
    before = [*lines[:at], f"{LIST}:\n" if "[]" in lines[at] else lines[at]]
    if not starts:
        return StateText(before, [], lines[at + 1 :])
    indent = lines[starts[0]][: len(lines[starts[0]]) - len(lines[starts[0]].lstrip(" "))]
    end = starts[-1] + 1
    while end < len(lines) and (_outside(lines[end], len(indent)) or lines[end].startswith(indent + " ")):
        end += 1
    # Lines further left than the entries belong to what follows the list.
    while _outside(lines[end - 1], len(indent)):
        end -= 1
    blocks = []
    first = at + 1
    for index, ((item, own), start) in enumerate(zip(found, starts, strict=True)):
        stop = starts[index + 1] if index + 1 < len(starts) else end
        while stop > start + 1 and _outside(lines[stop - 1], len(indent)):
            stop -= 1
        blocks.append(Block(lines[first:start], lines[start:stop], item.value, f"{name}:{start + 1}", own))
        first = stop
    return StateText(before, blocks, lines[end:], indent)


def _outside(line: str, indent: int) -> bool:
    """Return True for a blank line, and for a comment that is not indented more than the entries."""
    bare = line.lstrip(" ")
    return not bare.strip() or (bare.startswith("#") and len(line) - len(bare) <= indent)
