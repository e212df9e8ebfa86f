# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write entries as YAML that all YAML readers understand in the same way. No I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import escape, is_visible
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret

# A text that every YAML reader reads unchanged without quotes: words, or an address.
PLAIN = re.compile(r"[A-Za-z][\w.@+-]*(?: [A-Za-z][\w.@+-]*)*|\d[\w.+-]*@[A-Za-z][\w.-]*", re.ASCII)
WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
# Characters that may have to be escaped.
BEYOND = re.compile("[^ -~]")

# Encrypts a text as ansible-vault does.
Encrypt = Callable[[str], str]


def lines_of(raw: JsonMapping, encrypt: Encrypt) -> Iterator[str]:
    """Yield the lines of an entry in block style, without line ends."""
    lines = (line for name, value in raw.items() for line in _value_lines(name, value, encrypt))
    yield from (f"{'  ' if number else '- '}{line}" for number, line in enumerate(lines))


def _value_lines(name: str, value: object, encrypt: Encrypt) -> Iterator[str]:
    if isinstance(value, Secret):
        yield f"{name}: !vault |"
        yield from (f"  {line}" for line in encrypt(value).split())
    elif isinstance(value, Mapping) and value:
        yield f"{name}:"
        for key, part in value.items():
            yield from (f"  {line}" for line in _value_lines(key, part, encrypt))
    elif isinstance(value, list) and value:
        yield f"{name}:"
        for entry in value:
            yield from (f"  {line}" for line in lines_of(entry, encrypt)) if entry else ["  - {}"]
    else:
        yield f"{name}: {scalar(value)}"


def scalar(value: object) -> str:
    """Format a value in one line: a text, a number, a boolean, None, or an empty list or mapping."""
    if not isinstance(value, str):
        return json.dumps(value)
    return value if is_plain(value) else flow(value)


def flow(value: object) -> str:
    """Format any value in one line, as JSON, which is also YAML; invisible characters are escaped."""
    return escaped(json.dumps(value, ensure_ascii=False))


def escaped(text: str) -> str:
    """Return a text with YAML escapes for invisible characters and those that YAML must not hold."""
    return BEYOND.sub(lambda found: found[0] if is_visible(found[0]) else escape(found[0]), text)


def is_plain(text: str) -> bool:
    """Return True if a text needs no quotes."""
    return bool(PLAIN.fullmatch(text)) and text.casefold() not in WORDS
