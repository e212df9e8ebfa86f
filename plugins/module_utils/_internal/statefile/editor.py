# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Update the text of a state file: add, change and remove entries.

Whatever is unchanged stays byte for byte: an entry's text is replaced only if it must say something else. No I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK, JsonMapping, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import is_same
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import CHANGED_MASK
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SubscriberKey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import id_line, yaml_rewrite
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.id_line import ID
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import (
    MARK,
    secrets,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_text import (
    Block,
    DesiredEntry,
    StateText,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_writer import Encrypt, lines_of

BEFORE, AFTER = "before", "after"


def update(
    text: StateText,
    head: Sequence[str],
    desired: Sequence[DesiredEntry],
    keeps: Callable[[Block], bool],
    encrypt: Encrypt,
) -> StateText:
    """Return `text` with the lines of `head` and the desired entries. Other entries stay only if `keeps(block)`; sets
    always stay.
    """
    by_key: dict[SubscriberKey, DesiredEntry] = {}
    for entry in desired:
        for key in entry.keys:
            by_key[key] = entry
    added = {id(entry): entry for entry in desired}
    blocks: list[tuple[DesiredEntry | None, Block]] = []
    orphaned: list[str] = []
    for block in text.blocks:
        own = next((by_key[key] for key in block.keys if key in by_key), None)
        if own is not None and id(own) in added:
            del added[id(own)]
            updated = _updated(block, own, text.indent, encrypt)
            blocks.append((own, _below(orphaned, updated)))
        elif own is None and (not block.keys or keeps(block)):
            blocks.append((None, _below(orphaned, block)))
        else:
            # Remove the entry's own comments with it; keep those set apart above them.
            blank = [number for number, line in enumerate(block.lead) if not line.strip()]
            orphaned += block.lead[: blank[-1]] if blank else []
    placed = _placed(blocks, added.values(), text.indent, encrypt)
    return StateText(_headed(text.before, head), placed, orphaned + text.after, text.indent, text.beside, text.newline)


def _below(orphaned: list[str], block: Block) -> Block:
    """Return a block below the lines of `orphaned`, which were above a removed entry, and empty that list."""
    if not orphaned:
        return block
    lead = [*orphaned, *block.lead]
    orphaned.clear()
    return Block(lead, block.lines, block.value, block.place, block.encrypted)


def _placed(
    blocks: Sequence[tuple[DesiredEntry | None, Block]], added: Iterable[DesiredEntry], indent: str, encrypt: Encrypt
) -> list[Block]:
    """Insert blocks of new entries, each before the first block that sorts after it, or at the end."""
    rest = sorted(added, key=lambda entry: entry.order)
    result = []
    for own, block in blocks:
        while own is not None and rest and rest[0].order < own.order:
            result.append(_written(rest.pop(0), indent, encrypt))
        result.append(block)
    return result + [_written(entry, indent, encrypt) for entry in rest]


def _written(entry: DesiredEntry, indent: str, encrypt: Encrypt) -> Block:
    return Block([], [f"{indent}{line}\n" for line in lines_of(entry.raw, encrypt)], entry.raw, "")


def _updated(block: Block, entry: DesiredEntry, indent: str, encrypt: Encrypt) -> Block:
    """Return a block that says the same as the entry: of a block that lacks only the id, all other bytes stay."""
    if not holds(block.value, entry):
        return _rewritten(block, entry, indent, encrypt)
    if has_id(block.value, entry):
        return block
    lines = id_line.with_id(block.lines, entry.kind, entry.id or 0, has_one=block.id is not None)
    if lines is None:
        return _rewritten(block, entry, indent, encrypt)
    return Block(block.lead, lines, {**block.value, ID: entry.id}, block.place, block.encrypted)


def _rewritten(block: Block, entry: DesiredEntry, indent: str, encrypt: Encrypt) -> Block:
    """Rewrite a block to say the same as the entry, and keep its comments, policies and encrypted texts."""

    def encrypt_once(text: str) -> str:
        return block.encrypted.get(text) or encrypt(text)

    # Without an id to write, one beside a name stays as it is.
    is_beside = any(key.option != ID for key in block.keys)
    raw = entry.selectors(entry.id or (block.id if is_beside else None))
    for name, settings in entry.settings.items():
        raw[name] = {**settings, **_policies(name, settings, block.value)}
    if not block.has_comments:
        lines = [f"{indent}{line}\n" for line in lines_of(raw, encrypt_once)]
    else:
        lines = yaml_rewrite.rewrite(block.lines, len(indent), block.value, raw, encrypt_once, block.place)
    return Block(block.lead, lines, raw, block.place, block.encrypted)


def _policies(module: str, settings: JsonMapping, value: object) -> JsonObject:
    """Return the policies in an entry's value for the secrets in `settings`, which say when each is written."""
    current = value.get(module) if isinstance(value, Mapping) else None
    fields = [field for field in SETTINGS[module].fields if field.name in settings]
    options = [field.renewal.policy for field in fields if field.renewal]
    return {option: current[option] for option in options if isinstance(current, Mapping) and current.get(option)}


def has_id(value: Any, entry: DesiredEntry) -> bool:
    """Return True if a file's entry gives the desired id, or if none is desired beside its name."""
    return entry.id is None or entry.kind == ID or value.get(ID) == entry.id


def holds(value: Any, entry: DesiredEntry) -> bool:
    """Return True if a file's entry says the same as the desired one, whatever its order and notation, and its id."""
    if str(value.get(entry.kind)).casefold() != str(entry.value).casefold():
        return False
    if {*value} - {entry.kind, ID} != {*entry.settings}:
        return False
    for name, settings in entry.settings.items():
        current = value[name]
        if not isinstance(current, Mapping) or {*current} - {*_policies(name, settings, value)} != {*settings}:
            return False
        fields = {field.name: field for field in SETTINGS[name].fields}
        for option, desired in settings.items():
            found = current[option]
            if bool(secrets(found)) != bool(secrets(desired)) or not _alike(found, desired):
                return False
            if not is_same(fields[option], found, desired):
                return False
    return True


def says(value: Any, entry: DesiredEntry) -> bool:
    """Return True if a file's entry says the same as the desired one."""
    return holds(value, entry) and has_id(value, entry)


def _alike(found: Any, desired: Any) -> bool:
    """Return True if two values have the same type, since a number is not a text. Empty values are alike."""
    if isinstance(desired, list):
        keys = {frozenset(entry) for entry in desired}
        fits = isinstance(found, list) and all(isinstance(entry, dict) and frozenset(entry) in keys for entry in found)
        return fits and all(isinstance(value, (str, bool, type(None))) for entry in found for value in entry.values())
    return isinstance(found, type(desired)) or not (found or desired)


def _headed(before: Sequence[str], head: Sequence[str]) -> list[str]:
    """Return the first lines of a file with the export's new head in place of the old one."""
    at = next((number for number, line in enumerate(before) if line.startswith(MARK)), 0)
    rest = [line for line in before if not line.startswith(MARK)]
    return [*rest[:at], *(f"{MARK}{line}\n" for line in head), *rest[at:]]


def masked_texts(before: StateText, after: StateText) -> dict[str, str]:
    """Return `before` and `after` for a diff: heads and entries as in a new file, with secrets masked."""
    earlier: dict[SubscriberKey, Any] = {key: block.value for block in before.blocks for key in block.keys}
    texts = {}
    for name, text in ((BEFORE, before), (AFTER, after)):
        lines = [line for line in text.before if line.startswith("#")]
        for block in text.blocks:
            was = next((earlier[key] for key in block.keys if key in earlier), None) if name == AFTER else block.value
            lines += [f"  {line}\n" for line in lines_of(_masked(block.value, was), lambda text: MASK)]
        texts[name] = "".join(lines)
    return texts


def _masked(raw: Any, before: Any) -> JsonObject:
    """Return an entry with its secrets masked; those that differ from `before` are masked as changed."""
    result = {}
    for name, value in raw.items():
        if name not in SETTINGS or not isinstance(value, Mapping):
            result[name] = value
            continue
        was = before.get(name) if isinstance(before, Mapping) else None
        result[name] = {
            option: _mask(current, was.get(option) if isinstance(was, Mapping) else None)
            if option in SETTINGS[name].secrets or secrets(current)
            else current
            for option, current in value.items()
        }
    return result


def _mask(value: object, before: object) -> object:
    return value if value in (None, "") else MASK if value == before else CHANGED_MASK
