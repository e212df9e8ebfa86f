# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change an entry of a state file, keeping its comments, quotes and anchors. ruamel.yaml may be missing. No I/O."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import escape, is_visible
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import NAMES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import element_key
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_comments import (
    GONE,
    ROOT,
    attach,
    column_of,
    separate,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_writer import Encrypt

IMPORT_ERROR: ImportError | None = None
try:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
except ImportError as error:
    IMPORT_ERROR = error

# Wide enough that no line is folded.
WIDTH = 1 << 30
# The indent that ruamel writes before a dash at the top; with the same indent, comments keep their columns.
AT = "  "
# Stands for a character to be escaped until the text is written.
TOKEN = re.compile("\ue000([0-9a-f]+)\ue001")
LISTS = {field.name: field for resource in RESOURCES for field in resource.lists}


def rewrite(
    lines: Sequence[str],
    indent: int,
    before: object,
    raw: JsonMapping,
    encrypt: Encrypt,
    place: str,
) -> list[str]:
    """Return the lines of an entry, changed to say the same as `raw`, with its comments.

    `indent` is the column of its dash, `before` its current value, and `place` names it in errors. Raises `BadOption`
    if ruamel.yaml is missing or cannot read the entry.
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
        shifted = [f"{AT}{line[min(indent, column_of(line)) :]}" if line.strip() else line for line in lines]
        bare, comments = separate(shifted)
        document = yaml.load("".join(bare))
        change = _Change(encrypt)
        change.rename(document[0], raw)
        change.update(document[0], before, raw, ROOT)
        stream = io.StringIO()
        yaml.dump(document, stream)
        # ruamel would not write invisible characters as escapes.
        text = TOKEN.sub(lambda found: escape(chr(int(found[1], 16))), stream.getvalue())
        result = attach(text.splitlines(keepends=True), comments, change.moved)
    except YAMLError as error:
        raise BadOption(
            f"{place}: ruamel.yaml cannot read the entry, perhaps because it has an alias of a value outside of it",
            "Write it without one, or without comments.",
        ) from error
    return [f"{' ' * indent}{line[len(AT) :]}" if line.strip() else line for line in result]


class _Change:
    """The changes to one entry, made in place."""

    def __init__(self, encrypt: Encrypt) -> None:
        self._encrypt = encrypt
        self.moved: dict[str, str] = {}
        """The new last step of the path of a value that moved, by its old path; `GONE` if it was removed."""

    def rename(self, held: Any, raw: JsonMapping) -> None:
        """Replace the subscriber's name if `raw` has one of another kind, and keep its comments."""
        name = next(iter(raw))
        before = next((kind for kind in NAMES if kind in held and kind not in raw), None)
        if before and name not in held:
            held.insert(list(held).index(before), name, raw[name])
            del held[before]
            self.moved[f"{ROOT}.{before}"] = f".{name}"

    def update(self, held: Any, before: Any, raw: JsonMapping, path: str) -> None:
        """Change the mapping `held` to say the same as `raw`; `before` is its current value, as plain values."""
        for name in [name for name in held if name not in raw]:
            del held[name]
        for position, (name, value) in enumerate(raw.items()):
            current = held.get(name)
            if isinstance(value, Mapping) and isinstance(current, CommentedMap):
                self.update(current, before[name], value, f"{path}.{name}")
            elif isinstance(value, list) and isinstance(current, CommentedSeq) and value:
                self._update_list(current, before[name], name, value, f"{path}.{name}")
            elif name not in held:
                held.insert(position, name, _node(value, self._encrypt))
            elif not _is_same(current, value, self._encrypt):
                held[name] = _node(value, self._encrypt)

    def _update_list(self, held: Any, before: Sequence[Any], name: str, values: Sequence[Any], path: str) -> None:
        """Change a list; elements that stay keep their order."""
        added = list(values)
        kept: list[int] = []
        for index, element in enumerate(before):
            key = element_key(LISTS[name], element) if isinstance(element, Mapping) else None
            same = next((value for value in added if element_key(LISTS[name], value) == key), None)
            if same is not None:
                added.remove(same)
                self.update(held[index], element, same, f"{path}[{index}]")
                self.moved[f"{path}[{index}]"] = f"[{len(kept)}]"
                kept.append(index)
            else:
                self.moved[f"{path}[{index}]"] = GONE
        for index in reversed(range(len(before))):
            if index not in kept:
                del held[index]
        held.extend(_node(value, self._encrypt) for value in added)


def _is_same(node: object, value: object, encrypt: Encrypt) -> bool:
    """Return True if a node has `value`, so that it can keep its quotes."""
    if isinstance(value, Secret):
        return isinstance(node, TaggedScalar) and str(node.value).split() == encrypt(value).split()
    return (
        not isinstance(node, (TaggedScalar, float))
        and node == value
        and isinstance(node, bool) == isinstance(value, bool)
    )


def _token(character: str) -> str:
    """Return the stand-in for an invisible character until the text is written."""
    return f"\ue000{ord(character):x}\ue001" if character not in "\n\r\t" else character


def _node(value: object, encrypt: Encrypt) -> object:
    """Return a value as ruamel.yaml writes it: texts in quotes, secrets encrypted."""
    if isinstance(value, Secret):
        text = LiteralScalarString("\n".join(encrypt(value).split()) + "\n")
        return TaggedScalar(value=text, style="|", tag="!vault")
    if isinstance(value, str):
        return DoubleQuotedScalarString("".join(one if is_visible(one) else _token(one) for one in value))
    if isinstance(value, Mapping):
        mapping = CommentedMap()
        for name, part in value.items():
            mapping[name] = _node(part, encrypt)
        return mapping
    if isinstance(value, list):
        sequence = CommentedSeq(_node(part, encrypt) for part in value)
        if not value:
            sequence.fa.set_flow_style()
        return sequence
    return value
