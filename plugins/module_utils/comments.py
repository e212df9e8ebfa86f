# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry of a state file changed with its comments kept; the only file that imports ruamel.yaml, which may be
missing. No I/O.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils.entries import NAMES
from ansible_collections.ngcp.fax.plugins.module_utils.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils.parts import Secret

IMPORT_ERROR: ImportError | None = None
try:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
except ImportError as error:
    IMPORT_ERROR = error

# No line is folded.
WIDTH = 1 << 30
# What ruamel puts before a dash at the top: comments stay in the column that they are read in.
AT = "  "


def rewritten(
    lines: Sequence[str], indent: int, raw: Mapping[str, Any], seal: Callable[[str], str], place: str
) -> list[str]:
    """The lines of an entry that says what `raw` does, with the comments that it has. `place` is named in errors."""
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
        document = yaml.load("".join(f"{AT}{line[indent:]}" if line.strip() else line for line in lines))
        _rename(document[0], raw)
        _bring(document[0], raw, seal)
        stream = io.StringIO()
        yaml.dump(document, stream)
    except YAMLError as error:
        raise BadOption(
            f"{place}: ruamel.yaml cannot read the entry, perhaps for an alias of what stands outside of it",
            "Write it without one, or without comments.",
        ) from error
    found = stream.getvalue().splitlines(keepends=True)
    return [f"{' ' * indent}{line[len(AT) :]}" if line.strip() else line for line in found]


def _rename(held: Any, raw: Mapping[str, Any]) -> None:
    """An entry names its subscriber in another way by now: what is said beside the name stays."""
    name = next(iter(raw))
    before = next((each for each in NAMES if each in held and each not in raw), None)
    if before and name not in held:
        said = held.ca.items.pop(before, None)
        held.insert(list(held).index(before), name, raw[name])
        if said:
            held.ca.items[name] = said
        del held[before]


def _bring(held: Any, raw: Mapping[str, Any], seal: Callable[[str], str]) -> None:
    """Change a mapping in place to what `raw` says."""
    for name in [name for name in held if name not in raw]:
        del held[name]
    for position, (name, value) in enumerate(raw.items()):
        there = held.get(name)
        if isinstance(value, Mapping) and isinstance(there, CommentedMap):
            _bring(there, value, seal)
        elif isinstance(value, list) and isinstance(there, CommentedSeq) and value:
            _bring_list(there, value, seal)
        elif name not in held:
            held.insert(position, name, _made(value, seal))
        elif not _is(there, value, seal):
            held[name] = _made(value, seal)


def _bring_list(held: Any, values: Sequence[Any], seal: Callable[[str], str]) -> None:
    """The entries that are there stay where they are, with their comments."""
    left = list(values)
    for index in reversed(range(len(held))):
        if held[index] in left:
            left.remove(held[index])
        else:
            same = next((value for value in left if _same_name(held[index], value)), None)
            if same is None:
                del held[index]
            else:
                _bring(held[index], same, seal)
                left.remove(same)
    held.extend(_made(value, seal) for value in left)


def _same_name(there: Any, value: Any) -> bool:
    name = value.get("destination") if isinstance(value, Mapping) else None
    return bool(name) and isinstance(there, CommentedMap) and there.get("destination") == name


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


def _made(value: Any, seal: Callable[[str], str]) -> Any:
    if isinstance(value, Secret):
        text = LiteralScalarString("\n".join(seal(value).split()) + "\n")
        return TaggedScalar(value=text, style="|", tag="!vault")
    if isinstance(value, str):
        return DoubleQuotedScalarString(value)
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
