# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State files as text: a new one from entries, or one that is there with its entries brought up to date.

What is unchanged stays byte for byte: an entry's text is replaced only if it says something else than it must. No I/O.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import NAMES, SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import read as read_entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import read_settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import is_same
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import CHANGED_MASK
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import yaml_comments, yaml_reader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import (
    ENTRY,
    LIST,
    MARK,
    Decrypt,
    Item,
    ParseError,
    secrets,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_writer import Encrypt, lines_of

BOM = "\ufeff"
DASH = re.compile(r"( *)- +")
BEFORE, AFTER = "before", "after"
# Who is meant: a selector's name, and its value in lower case.
Key = tuple[str, str]


@dataclass(frozen=True)
class DesiredEntry:
    """An entry that a file must hold: `settings` by module and option; what is a `Secret` is written encrypted."""

    kind: str
    value: Any
    settings: dict[str, dict[str, Any]]
    # Where it stands in a new file.
    order: tuple[Any, ...]
    # All the ways to name the subscriber.
    keys: tuple[Key, ...]

    @property
    def raw(self) -> dict[str, Any]:
        return {self.kind: self.value, **self.settings}


@dataclass
class Block:
    """The lines of one entry of a file: what stands above it, its own, and what it says."""

    lead: list[str]
    lines: list[str]
    value: Any
    place: str
    # The encrypted text of each secret in it.
    sealed: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> list[Key]:
        """Whom the entry names; nobody where it is about a set."""
        given = self.value if isinstance(self.value, Mapping) else {}
        return [(name, str(given[name]).casefold()) for name in NAMES if name != "match" and given.get(name)]

    @property
    def commented(self) -> bool:
        return any("#" in line for line in self.lines)


@dataclass
class Text:
    """A state file: lines before the list of entries, the entries, and lines behind it; `beside` is what its other keys
    hold.
    """

    before: list[str]
    blocks: list[Block]
    after: list[str]
    indent: str = "  "
    beside: dict[str, Any] = field(default_factory=dict)
    # Its line ends: git may have converted them to those of Windows.
    newline: str = "\n"

    @property
    def head(self) -> list[str]:
        """What an export has said in it."""
        return [line[len(MARK) :].rstrip("\n") for line in self.before if line.startswith(MARK)]

    @property
    def defaults(self) -> dict[str, JsonObject]:
        """What holds for all whom entries of it are about."""
        return read_settings(self.beside.get("defaults") or {}, "defaults", escaped=True)[0]

    @property
    def sets(self) -> list[tuple[dict[str, Any], dict[str, JsonObject]]]:
        """Its sets: who is in one, and what is declared of them."""
        given = [block for block in self.blocks if isinstance(block.value, Mapping) and "match" in block.value]
        read = [read_entry(block.value, block.place, escaped=True)[0] for block in given]
        return [(entry.value, entry.own) for entry in read if entry]

    def __str__(self) -> str:
        before = self.before
        if not self.blocks:
            before = [*before[:-1], f"{LIST}: []\n"]
        lines = [*before, *(line for block in self.blocks for line in [*block.lead, *block.lines]), *self.after]
        return "".join(lines).replace("\n", self.newline)


def new() -> Text:
    return Text(["version: 1\n", f"{LIST}:\n"], [], [], beside={"version": 1})


def read(text: str, name: str, decrypt: Decrypt) -> Text:
    """A file that is there. Raises `BadOption` where it is wrong or written in a way that cannot be kept."""
    if text.startswith(BOM):
        raise BadOption(f"{name} begins with a byte order mark (BOM)", "Save it as UTF-8 without BOM.")
    newline = "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"
    text = text.replace("\r\n", "\n")
    opened: list[tuple[str, str]] = []
    refused: list[str] = []

    def noted(sealed: str) -> str:
        try:
            plain = decrypt(sealed)
        except ValueError:
            refused.append(sealed)
            raise
        opened.append((plain, sealed))
        return plain

    parts, sealed = [], []
    try:
        for part in yaml_reader.items(io.StringIO(text), noted):
            if part.problems or part.twice:
                line, sentence = next(iter(part.problems), (part.span.line, "A key stands twice in here; keep one."))
                raise ParseError((line, sentence))
            parts.append(part)
            sealed.append(dict(opened))
            opened.clear()
    except ParseError as error:
        line, sentence = error.problems[0]
        advice = "Nothing was written." if refused else "Correct the file, or remove it."
        raise BadOption(f"{name}:{line + 1}: {sentence.rstrip('.')}", advice) from None
    lines = text.splitlines(keepends=True)
    if "".join(lines) != text or text.count("\n") != len(lines) - (not text.endswith("\n")):
        raise BadOption(f"{name} holds line breaks that are none of YAML's", "Correct the file, or remove it.")
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    at = next((part.span.line for part in parts if part.name == LIST), None)
    if at is None or not re.fullmatch(rf"{LIST}: *(\[\])? *(#.*)?\n", lines[at]):
        raise BadOption(
            f"{name}: the list {LIST} is missing, or does not stand in a line of its own", "Correct or remove the file."
        )
    found = [(part, own) for part, own in zip(parts, sealed, strict=True) if part.name == ENTRY]
    made = _split(lines, at, found, name)
    made.beside = {part.name: part.value for part in parts if part.name not in (ENTRY, LIST)}
    made.newline = newline
    return made


def _split(lines: list[str], at: int, found: Sequence[tuple[Item, dict[str, str]]], name: str) -> Text:
    starts = []
    for part, _own in found:
        line = part.span.line
        if not DASH.fullmatch(lines[line][: part.span.column]):
            raise BadOption(f"{name}:{line + 1}: the entry does not begin with '- '", "Correct or remove the file.")
        starts.append(line)
    before = [*lines[:at], f"{LIST}:\n" if "[]" in lines[at] else lines[at]]
    if not starts:
        return Text(before, [], lines[at + 1 :])
    indent = lines[starts[0]][: len(lines[starts[0]]) - len(lines[starts[0]].lstrip(" "))]
    end = starts[-1] + 1
    while end < len(lines) and (_outside(lines[end], len(indent)) or lines[end].startswith(indent + " ")):
        end += 1
    # What is further left than the entries belongs to what comes behind them.
    while _outside(lines[end - 1], len(indent)):
        end -= 1
    blocks = []
    first = at + 1
    for index, ((part, own), start) in enumerate(zip(found, starts, strict=True)):
        stop = starts[index + 1] if index + 1 < len(starts) else end
        while stop > start + 1 and _outside(lines[stop - 1], len(indent)):
            stop -= 1
        blocks.append(Block(lines[first:start], lines[start:stop], part.value, f"{name}:{start + 1}", own))
        first = stop
    return Text(before, blocks, lines[end:], indent)


def _outside(line: str, indent: int) -> bool:
    """Whether a line is a blank one, or a comment that stands no further right than the entries do."""
    bare = line.lstrip(" ")
    return not bare.strip() or (bare.startswith("#") and len(line) - len(bare) <= indent)


def update(
    text: Text, head: Sequence[str], wanted: Sequence[DesiredEntry], keeps: Callable[[Block], bool], seal: Encrypt
) -> Text:
    """`text` with the lines of `head` and the entries of `wanted`. Of the entries that name somebody else those stay
    that `keeps` says.
    """
    by_key: dict[Key, DesiredEntry] = {}
    for one in wanted:
        for key in one.keys:
            by_key[key] = one
    left = {id(one): one for one in wanted}
    blocks: list[tuple[DesiredEntry | None, Block]] = []
    held: list[str] = []
    for block in text.blocks:
        meant = next((by_key[key] for key in block.keys if key in by_key), None)
        if meant is not None and id(meant) in left:
            del left[id(meant)]
            updated = block if holds(block.value, meant) else _rewritten(block, meant, text.indent, seal)
            blocks.append((meant, _below(held, updated)))
        elif meant is None and (not block.keys or keeps(block)):
            blocks.append((None, _below(held, block)))
        else:
            # Its own comments go with it, what stands apart above them stays.
            blank = [number for number, line in enumerate(block.lead) if not line.strip()]
            held += block.lead[: blank[-1]] if blank else []
    placed = _placed(blocks, left.values(), text.indent, seal)
    return Text(_headed(text.before, head), placed, held + text.after, text.indent, text.beside, text.newline)


def _below(held: list[str], block: Block) -> Block:
    """`block` below lines that stood above an entry which is gone."""
    if not held:
        return block
    lead = [*held, *block.lead]
    held.clear()
    return Block(lead, block.lines, block.value, block.place, block.sealed)


def _placed(
    blocks: Sequence[tuple[DesiredEntry | None, Block]], added: Iterable[DesiredEntry], indent: str, seal: Encrypt
) -> list[Block]:
    """The blocks with those of new entries: each before the first one that comes after it, or at the end."""
    rest = sorted(added, key=lambda one: one.order)
    result = []
    for one, block in blocks:
        while one is not None and rest and rest[0].order < one.order:
            result.append(_written(rest.pop(0), indent, seal))
        result.append(block)
    return result + [_written(one, indent, seal) for one in rest]


def _written(one: DesiredEntry, indent: str, seal: Encrypt) -> Block:
    return Block([], [f"{indent}{line}\n" for line in lines_of(one.raw, seal)], one.raw, "")


def _rewritten(block: Block, one: DesiredEntry, indent: str, seal: Encrypt) -> Block:
    """An entry that says something else by now; its comments are kept, and its policies."""

    def sealed(text: str) -> str:
        return block.sealed.get(text) or seal(text)

    raw = {one.kind: one.value}
    for name, settings in one.settings.items():
        raw[name] = {**settings, **_policies(name, settings, block.value)}
    if not block.commented:
        lines = [f"{indent}{line}\n" for line in lines_of(raw, sealed)]
    else:
        lines = yaml_comments.rewritten(block.lines, len(indent), block.value, raw, sealed, block.place)
    return Block(block.lead, lines, raw, block.place, block.sealed)


def _policies(name: str, settings: Mapping[str, Any], there: Any) -> dict[str, Any]:
    """What somebody has said of when a secret is written, as far as the secret is there."""
    held = there.get(name) if isinstance(there, Mapping) else None
    renewed = [each for each in SETTINGS[name].fields if each.renewal and each.name in settings]
    options = [each.renewal.policy for each in renewed if each.renewal]
    return {option: held[option] for option in options if isinstance(held, Mapping) and held.get(option)}


def holds(value: Any, one: DesiredEntry) -> bool:
    """Whether an entry says what it must, in whatever order and words."""
    if str(value.get(one.kind)).casefold() != str(one.value).casefold():
        return False
    if {*value} - {one.kind} != {*one.settings}:
        return False
    for name, settings in one.settings.items():
        held = value[name]
        if not isinstance(held, Mapping) or {*held} - {*_policies(name, settings, value)} != {*settings}:
            return False
        fields = {each.name: each for each in SETTINGS[name].fields}
        for option, wanted in settings.items():
            there = held[option]
            if bool(secrets(there)) != bool(secrets(wanted)) or not _alike(there, wanted):
                return False
            if not is_same(fields[option], there, wanted):
                return False
    return True


def _alike(one: Any, other: Any) -> bool:
    """Whether two values are of one type, so that no number stands for a text; null and an empty one are alike."""
    if isinstance(other, list):
        keys = {frozenset(entry) for entry in other}
        fits = isinstance(one, list) and all(isinstance(entry, dict) and frozenset(entry) in keys for entry in one)
        return fits and all(isinstance(value, (str, bool, type(None))) for entry in one for value in entry.values())
    return isinstance(one, type(other)) or not (one or other)


def _headed(before: Sequence[str], head: Sequence[str]) -> list[str]:
    """The first lines of a file with those of the export's head as they are now."""
    at = next((number for number, line in enumerate(before) if line.startswith(MARK)), 0)
    rest = [line for line in before if not line.startswith(MARK)]
    return [*rest[:at], *(f"{MARK}{line}\n" for line in head), *rest[at:]]


def shown(before: Text, after: Text) -> dict[str, str]:
    """Both texts for a diff: heads and entries in the form of a new file, without any secret."""
    held: dict[Key, Any] = {key: block.value for block in before.blocks for key in block.keys}
    texts = {}
    for name, text in ((BEFORE, before), (AFTER, after)):
        lines = [line for line in text.before if line.startswith("#")]
        for block in text.blocks:
            there = next((held[key] for key in block.keys if key in held), None) if name == AFTER else block.value
            lines += [f"  {line}\n" for line in lines_of(_masked(block.value, there), lambda text: MASK)]
        texts[name] = "".join(lines)
    return texts


def _masked(raw: Any, before: Any) -> dict[str, Any]:
    """An entry without secrets; those that were others before show as changed."""
    result = {}
    for name, value in raw.items():
        if name not in SETTINGS or not isinstance(value, Mapping):
            result[name] = value
            continue
        was = before.get(name) if isinstance(before, Mapping) else None
        result[name] = {
            option: _mask(each, was.get(option) if isinstance(was, Mapping) else None)
            if option in SETTINGS[name].secrets or secrets(each)
            else each
            for option, each in value.items()
        }
    return result


def _mask(value: Any, before: Any) -> Any:
    return value if value in (None, "") else MASK if value == before else CHANGED_MASK
