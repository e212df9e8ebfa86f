# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry of a state file changed with its comments kept; the only file that imports ruamel.yaml, which may be
missing. No I/O.

ruamel.yaml keeps quotes and anchors. Comments it would hang on what is written before them, which may go: they are
taken out first, each by what it is about, and put back afterwards.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import escape, is_visible
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import NAMES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import entry_key
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES

IMPORT_ERROR: ImportError | None = None
try:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.events import (
        AliasEvent,
        MappingEndEvent,
        MappingStartEvent,
        ScalarEvent,
        SequenceEndEvent,
        SequenceStartEvent,
    )
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
except ImportError as error:
    IMPORT_ERROR = error

# No line is folded.
WIDTH = 1 << 30
# What ruamel puts before a dash at the top: comments stay in the column that they are read in.
AT = "  "
ROOT = "[0]"
# The part of a path behind which there is nothing any more.
GONE = "[gone]"
STEP = re.compile(r"\[\d+\]|\.?[^.\[]+")
BESIDE = re.compile(r"\s+(#.*)")
# Stands for a character to be escaped, until the text is written.
TOKEN = re.compile("\ue000([0-9a-f]+)\ue001")
LISTS = {field.name: field for resource in RESOURCES for field in resource.lists}


def rewritten(
    lines: Sequence[str],
    indent: int,
    before: Any,
    raw: Mapping[str, Any],
    seal: Callable[[str], str],
    place: str,
) -> list[str]:
    """The lines of an entry that says what `raw` does, with the comments that it has. `before` is what it says now,
    `place` is named in errors.
    """
    if IMPORT_ERROR:
        raise BadOption(
            f"{place}: the entry has comments and changes, and Python's ruamel.yaml is missing, which keeps comments",
            "Install it beside Ansible (pip install ruamel.yaml), or move the comments above the entry.",
        )
    yaml = YAML()
    yaml.width = WIDTH
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(
        type(None), lambda representer, value: representer.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    try:
        bare, said = _apart([f"{AT}{line[min(indent, _column(line)) :]}" if line.strip() else line for line in lines])
        document = yaml.load("".join(bare))
        change = _Change(seal)
        change.rename(document[0], raw)
        change.bring(document[0], before, raw, ROOT)
        stream = io.StringIO()
        yaml.dump(document, stream)
        # Write invisible characters as escapes, which ruamel would not do.
        text = TOKEN.sub(lambda found: escape(chr(int(found[1], 16))), stream.getvalue())
        found = _together(text.splitlines(keepends=True), said, change.moved)
    except YAMLError as error:
        raise BadOption(
            f"{place}: ruamel.yaml cannot read the entry, perhaps for an alias of what stands outside of it",
            "Write it without one, or without comments.",
        ) from error
    return [f"{' ' * indent}{line[len(AT) :]}" if line.strip() else line for line in found]


class _Outline:
    """Where things stand in the text of an entry: the line, by a path such as `[0].faxserver_settings.acl[1]`."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.at: dict[str, int] = {}
        # Lines that a text goes on in, and the column where the last value in a line ends.
        self.inside: set[int] = set()
        self.ends: dict[int, int] = {}
        self._events: Iterator[Any] = YAML(typ="safe", pure=True).parse("".join(lines))
        self._take()  # the stream
        self._take()  # the document
        self._walk(self._take(), "")
        # The first thing in each line.
        self.first = {line: path for path, line in reversed(self.at.items())}

    def _take(self) -> Any:
        event = next(self._events)
        if isinstance(event, (ScalarEvent, AliasEvent)):
            block = getattr(event, "style", None) in ("|", ">")
            end = event.end_mark
            self.inside.update(range(event.start_mark.line + 1, end.line + (not block)))
            if not block:
                self.ends[end.line] = end.column
        return event

    def _walk(self, event: Any, path: str) -> None:
        if isinstance(event, SequenceStartEvent):
            index = 0
            while not isinstance(event := self._take(), SequenceEndEvent):
                self.at[f"{path}[{index}]"] = event.start_mark.line
                self._walk(event, f"{path}[{index}]")
                index += 1
        elif isinstance(event, MappingStartEvent):
            while not isinstance(name := self._take(), MappingEndEvent):
                inner = f"{path}.{getattr(name, 'value', '')}"
                self.at[inner] = name.start_mark.line
                self._walk(self._take(), inner)

    def behind(self, path: str) -> int | None:
        """The line behind all that is part of something, None if that is the last line."""
        paths = list(self.at)
        last = max((number for number, each in enumerate(paths) if _is_part(each, path)), default=-1)
        return self.at[paths[last + 1]] if last + 1 < len(paths) else None


@dataclass(frozen=True)
class _Said:
    """Comments about what stands at `path`: above it, or at its `end`, or `beside` it, in that column.

    `surely`: they go with it. Above the first entry of a list, or in another column, they may be about the list.
    """

    path: str
    lines: list[str]
    end: bool = False
    beside: int = 0
    surely: bool = True


def _apart(lines: Sequence[str]) -> tuple[list[str], list[_Said]]:
    """The lines without comments and blank ones, and these."""
    outline = _Outline(lines)
    bare: list[str] = []
    said: list[_Said] = []
    waiting: list[str] = []
    for number, line in enumerate(lines):
        within = number in outline.inside
        if not within and (not line.strip() or line.lstrip().startswith("#")):
            waiting.append(line)
            continue
        path = outline.first.get(number)
        if path:
            said += _about(waiting, outline, lines, number)
            waiting = []
        end = outline.ends.get(number, 0)
        found = None if within and not end else BESIDE.search(line, end)
        if found:
            column = found.start(1)
            if path:
                said.append(_Said(path, [found[1]], beside=column))
            else:
                waiting.append(f"{' ' * column}{found[1]}\n")
            line = f"{line[: found.start()]}\n"
        bare.append(line)
    return bare, [*said, *_about(waiting, outline, lines, len(lines))]


def _about(waiting: Sequence[str], outline: _Outline, lines: Sequence[str], number: int) -> Iterator[_Said]:
    """What comments that stand above a line are about: what is there, or what ends before it, if they stand as deep."""
    path = outline.first.get(number)
    column = _column(lines[number]) if path else -1
    rest: list[str] = []
    for line in waiting:
        if rest or not line.strip() or _column(line) <= column:
            rest.append(line)
            continue
        before = [
            at for there, at in outline.first.items() if there < number and _column(lines[there]) <= _column(line)
        ]
        around = _parent(max(before, key=lambda at: outline.at[at], default=ROOT))
        if path and _is_part(path, around):
            rest.append(line)
        else:
            yield _Said(around, [line], end=True)
    if path and rest:
        columns = {_column(line) for line in rest if line.strip()}
        yield _Said(path, rest, surely=columns <= {column} and not path.endswith("[0]"))


def _together(lines: Sequence[str], said: Sequence[_Said], moved: Mapping[str, str]) -> list[str]:
    """The lines with what was said put back."""
    outline = _Outline(lines)
    beside: dict[int, _Said] = {}
    # Above each line: what ends there, what lost its place, and what is about it.
    above: dict[int, tuple[list[str], list[str], list[str]]] = {}

    def put(number: int | None, rank: int, what: Sequence[str]) -> None:
        above.setdefault(len(lines) if number is None else number, ([], [], []))[rank].extend(what)

    for one in said:
        path = _now(one.path, moved)
        if one.end:
            if path in outline.at or not path:
                put(outline.behind(path), 0, one.lines)
        elif one.beside:
            if path in outline.at:
                beside[outline.at[path]] = one
        elif path in outline.at:
            put(outline.at[path], 2, one.lines)
        elif _parent(path) in outline.at:
            # As above whole entries, what a blank line sets apart stays.
            blank = _apart_until(one.lines)
            number = outline.at[_parent(path)]
            left = [line.strip() for line in (one.lines[:blank] if one.surely else one.lines) if line.strip()]
            put(number, 1, [f"{' ' * _column(lines[number])}{line}\n" for line in left])
    result: list[str] = []
    for number, line in enumerate(lines):
        ending, lost, own = above.get(number, ([], [], []))
        blank = _apart_until(own)
        result += [*ending, *own[:blank], *lost, *own[blank:]]
        here = beside.get(number)
        result.append(f"{line.rstrip().ljust(here.beside - 1)} {here.lines[0]}\n" if here else line)
    return result + (above[len(lines)][0] if len(lines) in above else [])


def _apart_until(lines: Sequence[str]) -> int:
    """How many lines stand apart from what is below all of them: those up to the last blank one."""
    return max((number + 1 for number, line in enumerate(lines) if not line.strip()), default=0)


def _now(path: str, moved: Mapping[str, str]) -> str:
    """Where something is by now that was at a path."""
    was = now = ""
    for step in STEP.findall(path):
        was += step
        now += moved.get(was, step)
    return now


def _parent(path: str) -> str:
    return path[: max(path.rfind("."), path.rfind("["), 0)]


def _is_part(path: str, whole: str) -> bool:
    return path == whole or path.startswith((f"{whole}.", f"{whole}["))


def _column(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


class _Change:
    """Changes an entry in place. `moved`: of what is elsewhere by now, by its path before, the path's last step."""

    def __init__(self, seal: Callable[[str], str]) -> None:
        self._seal = seal
        self.moved: dict[str, str] = {}

    def rename(self, held: Any, raw: Mapping[str, Any]) -> None:
        """An entry names its subscriber in another way by now: what is said of the name stays."""
        name = next(iter(raw))
        before = next((each for each in NAMES if each in held and each not in raw), None)
        if before and name not in held:
            held.insert(list(held).index(before), name, raw[name])
            del held[before]
            self.moved[f"{ROOT}.{before}"] = f".{name}"

    def bring(self, held: Any, before: Any, raw: Mapping[str, Any], path: str) -> None:
        """Change a mapping to what `raw` says; `before` is what it says."""
        for name in [name for name in held if name not in raw]:
            del held[name]
        for position, (name, value) in enumerate(raw.items()):
            there = held.get(name)
            if isinstance(value, Mapping) and isinstance(there, CommentedMap):
                self.bring(there, before[name], value, f"{path}.{name}")
            elif isinstance(value, list) and isinstance(there, CommentedSeq) and value:
                self._bring_list(there, before[name], name, value, f"{path}.{name}")
            elif name not in held:
                held.insert(position, name, _made(value, self._seal))
            elif not _is(there, value, self._seal):
                held[name] = _made(value, self._seal)

    def _bring_list(self, held: Any, before: Sequence[Any], name: str, values: Sequence[Any], path: str) -> None:
        """The entries that are there stay where they are."""
        left = list(values)
        kept: list[int] = []
        for index, there in enumerate(before):
            named = entry_key(LISTS[name], there) if isinstance(there, Mapping) else None
            same = next((value for value in left if entry_key(LISTS[name], value) == named), None)
            if same is not None:
                left.remove(same)
                self.bring(held[index], there, same, f"{path}[{index}]")
                self.moved[f"{path}[{index}]"] = f"[{len(kept)}]"
                kept.append(index)
            else:
                self.moved[f"{path}[{index}]"] = GONE
        for index in reversed(range(len(before))):
            if index not in kept:
                del held[index]
        held.extend(_made(value, self._seal) for value in left)


def _is(there: Any, value: Any, seal: Callable[[str], str]) -> bool:
    """Whether what stands there is the value already, with its quotes."""
    if isinstance(value, Secret):
        return isinstance(there, TaggedScalar) and str(there.value).split() == seal(value).split()
    return (
        not isinstance(there, TaggedScalar)
        and not isinstance(there, float)
        and there == value
        and (isinstance(there, bool) == isinstance(value, bool))
    )


def _token(character: str) -> str:
    return f"\ue000{ord(character):x}\ue001" if character not in "\n\r\t" else character


def _made(value: Any, seal: Callable[[str], str]) -> Any:
    if isinstance(value, Secret):
        text = LiteralScalarString("\n".join(seal(value).split()) + "\n")
        return TaggedScalar(value=text, style="|", tag="!vault")
    if isinstance(value, str):
        return DoubleQuotedScalarString("".join(each if is_visible(each) else _token(each) for each in value))
    if isinstance(value, Mapping):
        made = CommentedMap()
        for name, each in value.items():
            made[name] = _made(each, seal)
        return made
    if isinstance(value, list):
        listed = CommentedSeq(_made(each, seal) for each in value)
        if not value:
            listed.fa.set_flow_style()
        return listed
    return value
