# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the comments out of the text of an entry, and put them back after it was changed. No I/O.

ruamel.yaml attaches a comment to the preceding value, which may be deleted. So the comments are taken out first, each
with the path of its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

IMPORT_ERROR: ImportError | None = None
try:
    from ruamel.yaml import YAML
    from ruamel.yaml.events import (
        AliasEvent,
        MappingEndEvent,
        MappingStartEvent,
        ScalarEvent,
        SequenceEndEvent,
        SequenceStartEvent,
    )
except ImportError as error:
    IMPORT_ERROR = error

# The path of the whole entry.
ROOT = "[0]"
# The step of a path whose value was removed.
GONE = "[gone]"
STEP = re.compile(r"\[\d+\]|\.?[^.\[]+")
SAME_LINE = re.compile(r"\s+(#.*)")


class _Outline:
    """The positions of an entry's values in its text."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.at: dict[str, int] = {}
        """The line of each value, by its path, such as `[0].faxserver_settings.acl[1]`."""
        self.inside: set[int] = set()
        """The lines that continue a text of several lines."""
        self.ends: dict[int, int] = {}
        """The column where the last value of a line ends."""
        self._events: Iterator[Any] = YAML(typ="safe", pure=True).parse("".join(lines))
        self._take()  # the beginning of the stream
        self._take()  # the beginning of the document
        self._walk(self._take(), "")
        self.first = {line: path for path, line in reversed(self.at.items())}
        """The path of the first value of each line."""

    def _take(self) -> Any:
        """Return the next event of the parser, and note where its text ends."""
        event = next(self._events)
        if isinstance(event, (ScalarEvent, AliasEvent)):
            block = getattr(event, "style", None) in ("|", ">")
            end = event.end_mark
            self.inside.update(range(event.start_mark.line + 1, end.line + (not block)))
            if not block:
                self.ends[end.line] = end.column
        return event

    def _walk(self, event: object, path: str) -> None:
        """Note the lines of all values in the one that an event begins."""
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
        """Return the line after all parts of a value, None if they end with the last line."""
        paths = list(self.at)
        last = max((number for number, other in enumerate(paths) if _is_part(other, path)), default=-1)
        return self.at[paths[last + 1]] if last + 1 < len(paths) else None


@dataclass(frozen=True)
class Comment:
    """Lines of comments that belong to one value of an entry."""

    path: str
    """The value's path."""
    lines: list[str]
    at_end: bool = False
    """True if they follow the value's last part, instead of preceding the value."""
    column: int = 0
    """The column of a comment in the value's own line; 0 for lines of their own."""
    is_sure: bool = True
    """True if they surely belong to the value. Above the first element of a list, or in another column, they may be
    about the list.
    """


def separate(lines: Sequence[str]) -> tuple[list[str], list[Comment]]:
    """Split an entry into its lines, without comments and blank lines, and its comments."""
    outline = _Outline(lines)
    bare: list[str] = []
    comments: list[Comment] = []
    waiting: list[str] = []
    for number, line in enumerate(lines):
        is_text = number in outline.inside
        if not is_text and (not line.strip() or line.lstrip().startswith("#")):
            waiting.append(line)
            continue
        path = outline.first.get(number)
        if path:
            comments += _about(waiting, outline, lines, number)
            waiting = []
        end = outline.ends.get(number, 0)
        found = None if is_text and not end else SAME_LINE.search(line, end)
        if found:
            column = found.start(1)
            if path:
                comments.append(Comment(path, [found[1]], column=column))
            else:
                waiting.append(f"{' ' * column}{found[1]}\n")
            line = f"{line[: found.start()]}\n"
        bare.append(line)
    return bare, [*comments, *_about(waiting, outline, lines, len(lines))]


def _about(waiting: Sequence[str], outline: _Outline, lines: Sequence[str], number: int) -> Iterator[Comment]:
    """Yield the comments above a line: about its value or, if they are indented like it, about a value that ends before
    the line.
    """
    path = outline.first.get(number)
    column = column_of(lines[number]) if path else -1
    rest: list[str] = []
    for line in waiting:
        if rest or not line.strip() or column_of(line) <= column:
            rest.append(line)
            continue
        before = [
            above
            for earlier, above in outline.first.items()
            if earlier < number and column_of(lines[earlier]) <= column_of(line)
        ]
        around = _parent(max(before, key=lambda above: outline.at[above], default=ROOT))
        if path and _is_part(path, around):
            rest.append(line)
        else:
            yield Comment(around, [line], at_end=True)
    if path and rest:
        columns = {column_of(line) for line in rest if line.strip()}
        yield Comment(path, rest, is_sure=columns <= {column} and not path.endswith("[0]"))


def attach(lines: Sequence[str], comments: Sequence[Comment], moved: Mapping[str, str]) -> list[str]:
    """Return the lines of a changed entry with its comments, except those about removed values.

    `moved`: the new last step of a path, by the old path; `GONE` if the value is gone.
    """
    outline = _Outline(lines)
    same_line: dict[int, Comment] = {}
    # By line, the comments above it: about a value that ends there, about a removed value, and about the line itself.
    above: dict[int, tuple[list[str], list[str], list[str]]] = {}

    def put(number: int | None, rank: int, text: Sequence[str]) -> None:
        above.setdefault(len(lines) if number is None else number, ([], [], []))[rank].extend(text)

    for comment in comments:
        path = _new_path(comment.path, moved)
        if comment.at_end:
            if path in outline.at or not path:
                put(outline.behind(path), 0, comment.lines)
        elif comment.column:
            if path in outline.at:
                same_line[outline.at[path]] = comment
        elif path in outline.at:
            put(outline.at[path], 2, comment.lines)
        elif _parent(path) in outline.at:
            # As above whole entries, lines above a blank line stay.
            blank = _count_set_apart(comment.lines)
            number = outline.at[_parent(path)]
            rest = [
                line.strip() for line in (comment.lines[:blank] if comment.is_sure else comment.lines) if line.strip()
            ]
            put(number, 1, [f"{' ' * column_of(lines[number])}{line}\n" for line in rest])
    result: list[str] = []
    for number, line in enumerate(lines):
        ending, orphaned, own = above.get(number, ([], [], []))
        blank = _count_set_apart(own)
        result += [*ending, *own[:blank], *orphaned, *own[blank:]]
        comment_here = same_line.get(number)
        if comment_here:
            result.append(f"{line.rstrip().ljust(comment_here.column - 1)} {comment_here.lines[0]}\n")
        else:
            result.append(line)
    return result + (above[len(lines)][0] if len(lines) in above else [])


def _count_set_apart(lines: Sequence[str]) -> int:
    """Return how many lines are set apart from the text below them: those up to the last blank line."""
    return max((number + 1 for number, line in enumerate(lines) if not line.strip()), default=0)


def _new_path(path: str, moved: Mapping[str, str]) -> str:
    """Return the path in the changed entry of a value that had `path`."""
    old = new = ""
    for step in STEP.findall(path):
        old += step
        new += moved.get(old, step)
    return new


def _parent(path: str) -> str:
    return path[: max(path.rfind("."), path.rfind("["), 0)]


def _is_part(path: str, whole: str) -> bool:
    return path == whole or path.startswith((f"{whole}.", f"{whole}["))


def column_of(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
