# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the positions of options in a YAML text. No I/O."""

from __future__ import annotations

from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import OptionPath
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import quoting
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import Located, ParseError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_reader import (
    IMPORT_ERROR,
    MOST_LEVELS,
    TAG,
    line_of,
    make_loader,
    wording_of,
)

try:
    import yaml
    from yaml.events import MappingEndEvent, MappingStartEvent, SequenceEndEvent, SequenceStartEvent
except ImportError:  # `yaml_reader` keeps it
    pass


class Positions:
    """The positions of options in a text in YAML or JSON.

    An option is named by its path, such as `("faxserver_settings", "destinations", 0, "filetype")`. If a text cannot be
    read to its end, the options up to the error are known.
    """

    def __init__(self, text: str, path: OptionPath) -> None:
        """`path` is that of the text's own value."""
        self.lines: dict[OptionPath, int] = {}
        """The line, from 0, of each option, also by the number that `quoting.unknown` gives its key."""
        self.columns: dict[OptionPath, int] = {}
        """The column, from 1, of each key by its number."""
        self.twice: list[tuple[OptionPath, int]] = []
        """The options that occur twice, each with the line of the second occurrence."""
        if IMPORT_ERROR:
            return
        self._next = make_loader(text).get_event
        try:
            self._next()
            self._next()
            self._walk(self._next(), path)
        except (yaml.YAMLError, RecursionError):
            return

    def _walk(self, event: object, path: OptionPath) -> None:
        if isinstance(event, SequenceStartEvent):
            index = 0
            while not isinstance(event := self._next(), SequenceEndEvent):
                inner = (*path, index)
                self.lines[inner] = line_of(event)
                self._walk(event, inner)
                index += 1
        elif isinstance(event, MappingStartEvent):
            number = 0
            while not isinstance(key := self._next(), MappingEndEvent):
                number += 1
                text = str(getattr(key, "value", ""))
                inner, numbered = (*path, text), (*path, f"#{number}")
                self._walk(key, ("?",))
                if inner in self.lines:
                    visible_path = inner if quoting.may_show(text, quoting.NAMES) else numbered
                    self.twice.append((visible_path, line_of(key)))
                self.lines[inner] = self.lines[numbered] = line_of(key)
                self.columns[numbered] = key.start_mark.column + 1
                self._walk(self._next(), inner)

    def line(self, path: OptionPath) -> int | None:
        """Return the line of an option or, without one, of the nearest value around it; None if neither has a line."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def located(text: str) -> Located:
    """Read a small YAML file as a whole. Scalars are texts as written: an id of digits is not a number.

    Raises ParseError for invalid YAML, and for a key that occurs twice in a mapping.
    """
    if IMPORT_ERROR:
        raise ParseError((0, "Python's yaml (PyYAML) is missing here, which reads YAML."))
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column + 1) if mark else (0, 1)
        raise ParseError((line, f"The YAML is wrong at column {column}: {wording_of(error)}.")) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ParseError((0, f"The YAML cannot be read: {' '.join(str(error).split())}.")) from None
    return Located(0, None) if node is None else _located(node, 0)


def _located(node: Any, level: int) -> Located:
    line = node.start_mark.line
    if level >= MOST_LEVELS:
        raise ParseError((line, f"This is nested more than {MOST_LEVELS} levels deep."))
    if isinstance(node, yaml.SequenceNode):
        return Located(line, [_located(each, level + 1) for each in node.value])
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Located] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                label = (
                    name if quoting.may_show(name, quoting.NAMES) else f"The key at column {key.start_mark.column + 1}"
                )
                raise ParseError((key.start_mark.line, f"{label} occurs twice; keep one."))
            found[name] = Located(key.start_mark.line, _located(value, level + 1).value)
        return Located(line, found)
    return Located(line, None if node.tag == f"{TAG}null" else node.value)
