# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan an export: read all subscribers, and make all files in memory before the first one is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.folder import FileChange, Folder, file_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.options import ExportOptions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.serializer import EntryBuilder, Unwritten, label
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.filters import may_select
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import all_settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.all_settings import SubscriberSettings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import given_match
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SubscriberKey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import editor, yaml_text
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import secrets
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.text_rules import may_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import VaultTexts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_text import (
    Block,
    DesiredEntry,
    StateText,
)

# The field whose value the subscribers of one file share, by layout.
COMMON_FIELD = {"customer": "customer_id", "domain": "domain"}
# The most subscribers that a warning or a file's head names.
MOST_NAMED = 20


class Planner:
    """Decides what an export does to each file."""

    def __init__(
        self, client: Client, options: ExportOptions, folder: Folder, vault_texts: VaultTexts, progress: Progress
    ) -> None:
        self._client, self._options = client, options
        self._folder, self._vault_texts, self._progress = folder, vault_texts, progress
        self._builder = EntryBuilder(options, ())
        self._match = given_match(options.match)
        self.subscribers = 0
        """How many subscribers the export covers."""
        self.stale_ids: list[str] = []
        """Sentences about ids in the files that were gone or somebody else's."""
        self.lost_secrets = 0
        """How many entries lose their secrets because of `secrets: omit`."""

    @property
    def unwritten(self) -> dict[str, Unwritten]:
        """The subscribers with values that no state file can hold, by their `label`."""
        return self._builder.unwritten

    @property
    def not_covered(self) -> list[str]:
        """Descriptions of the values that drift reports on these files will not see."""
        words = {
            "secrets (password, secret_key)": self._options.secrets == "omit",
            "what equals the server's defaults": self._options.omit_defaults,
        }
        return [text for text, applies in words.items() if applies]

    def changes(self) -> list[FileChange]:
        """Read the folder and the server, and return the changes of all files, by path.

        Raises `BadOption` if a file cannot be updated, or if there is no subscriber and `allow_empty` is not set.
        """
        texts = self._folder.read_owned()
        rows = all_settings.matching(
            self._client, RESOURCES, self._match, self._options.paging, progress=self._progress
        )
        rows.sort(key=lambda row: (*row.name, int(row.item["id"])))
        if not rows and not self._options.allow_empty:
            raise self._nobody(bool(texts))
        self.subscribers = len(rows)
        self._builder = EntryBuilder(self._options, rows)
        for path in {self._folder.path_of(row.item) for row in rows} | self._folder.required_paths():
            foreign = None if path in texts else self._folder.read_foreign(path)
            if foreign is not None:
                texts[path] = foreign
        entries = self._entries_by_path(rows, texts)
        keeps = self._keeps(texts, {key for group in entries.values() for entry in group for key in entry.keys})
        if self._vault_texts.can_encrypt:
            self._vault_texts.encrypt_ahead(_new_secrets(texts.values(), entries.values()))
        paths = sorted({*entries, *texts})
        return [self._change(path, texts.get(path), entries.get(path, []), keeps) for path in paths]

    def warnings(self) -> list[str]:
        """Return warnings about values that the files do not hold."""
        found = self.stale_ids[:MOST_NAMED]
        if len(self.stale_ids) > MOST_NAMED:
            found.append(f"And {len(self.stale_ids) - MOST_NAMED:,} more ids like these.")
        if self.unwritten:
            names = _listed(self._unwritten_of(name) for name in sorted(self.unwritten))
            vault = f"{option_name('secrets')}: vault"
            advice = "" if self._options.secrets == "vault" else f" Texts with a template can be written by {vault}."
            found.append(
                f"A state file cannot hold these values of the server, so they are not watched: {names}.{advice}"
            )
        if self.lost_secrets:
            found.append(
                f"Secrets in the files of {self.lost_secrets} subscribers are left out now; "
                f"{option_name('secrets')}: vault keeps them."
            )
        return found

    def _nobody(self, has_files: bool) -> BadOption:
        """Return the error for an export without subscribers into a folder that has files of exports or not."""
        selected = " and ".join(f"{name} {value}" for name, value in self._match.items())
        what = f"This login sees nobody with {selected}" if selected else "This login sees no subscriber"
        end = ", and the export would empty its files" if has_files else ""
        advice = f"Correct {option_name('match')} or the login, or set {option_name('allow_empty')}: true."
        return BadOption(f"{what}{end}", advice)

    def _entries_by_path(
        self, rows: Iterable[SubscriberSettings], texts: Mapping[Path, StateText]
    ) -> dict[Path, list[DesiredEntry]]:
        """Return the entries of each file."""
        entries: dict[Path, list[DesiredEntry]] = {path: [] for path in self._folder.required_paths()}
        declared_beside = self._declared_beside(texts)
        for row in rows:
            entry = self._builder.entry(row, declared_beside(row))
            if entry.settings:  # with omit_defaults there may be none
                entries.setdefault(self._folder.path_of(row.item), []).append(entry)
        return entries

    def _declared_beside(
        self, texts: Mapping[Path, StateText]
    ) -> Callable[[SubscriberSettings], list[Mapping[str, JsonObject]]]:
        """Return a function that lists the settings declared for a subscriber outside its own entry: by its file's
        defaults, and by sets and their files' defaults. Only the server knows who is in a set, so any set that may
        contain the subscriber counts.
        """
        defaults = {path: text.defaults for path, text in texts.items()}
        sets = [(match, [own, defaults[path]]) for path, text in texts.items() for match, own in text.sets]

        def declared(row: SubscriberSettings) -> list[Mapping[str, JsonObject]]:
            found = [layer for match, layers in sets if may_select(match, row.item) for layer in layers]
            return [*found, defaults.get(self._folder.path_of(row.item), {})]

        return declared

    def _keeps(self, texts: Mapping[Path, StateText], exported: set[SubscriberKey]) -> Callable[[Block], bool]:
        """Return a function that returns True for an entry to keep, although its subscriber is not exported.

        With `match`, entries stay if it does not select their subscribers, or may not and they still exist.
        """
        if not self._match:
            return lambda block: False
        unsure: dict[SubscriberKey, str] = {}
        for path, text in texts.items():
            for block in text.blocks:
                if block.keys and exported.isdisjoint(block.keys) and not self._is_outside(path, block):
                    kind = block.keys[0].option
                    value = str(block.value[kind])
                    # A name that no task accepts is a mistake in the file: do not ask the server for it.
                    if value.isdecimal() if kind == "subscriber_id" else may_name(kind, value):
                        unsure[block.keys[0]] = value
        gone = unsure.keys() - all_settings.present(self._client, unsure, self._options.paging)
        return lambda block: exported.isdisjoint(block.keys) and block.keys[0] not in gone

    def _is_outside(self, path: Path, block: Block) -> bool:
        """Return True if `match` certainly does not select an entry's subscriber, by its name or its file's name."""
        kind, name = block.keys[0]
        if "domain" in self._match and kind == "subscriber":
            return name.rpartition("@")[2] != str(self._match["domain"]).casefold()
        layout = path.name.partition("-")[0]
        return COMMON_FIELD.get(layout) in self._match and path.name != file_name(layout, self._match)

    def _change(
        self, path: Path, before: StateText | None, entries: list[DesiredEntry], keeps: Callable[[Block], bool]
    ) -> FileChange:
        """Return the change of one file. Raises `BadOption` if it cannot be updated."""
        self.stale_ids += _stale_ids(before, entries)
        after = editor.update(
            before or yaml_text.new(), self._head(before, entries, keeps), entries, keeps, self._vault_texts.encrypt
        )
        if not after.blocks and path.name != file_name("one", {}):
            return FileChange(path, before, None, 0, before is not None)
        text = str(after)
        if before is not None and text == str(before):
            is_open = self._options.is_private and path.stat().st_mode & 0o077
            return FileChange(path, before, after, len(after.blocks), bool(is_open))
        if before is not None and self._options.secrets == "omit":
            self.lost_secrets += sum(_has_secret(block) for block in before.blocks)
        self._check(after, text, path, entries)
        return FileChange(path, before, after, len(after.blocks), True)

    def _check(self, after: StateText, text: str, path: Path, entries: Iterable[DesiredEntry]) -> None:
        """Raise `BadOption` unless a file's text has the desired meaning: an anchor may have been removed with its
        entry, or have changed its meaning.
        """
        expected = {key: entry for entry in entries for key in entry.keys}
        try:
            parsed = self._folder.parse(text, path)
            is_right = parsed.beside == after.beside
            for block, found in zip(after.blocks, parsed.blocks, strict=True):
                entry = next((expected[key] for key in block.keys if key in expected), None)
                is_right = is_right and (editor.says(found.value, entry) if entry else found.value == block.value)
        except (BadOption, ValueError):
            is_right = False
        if not is_right:
            raise BadOption(
                f"'{path}' cannot be brought up to date as it is written, perhaps for its anchors",
                "Write the entries without them, or remove the file.",
            )

    def _head(self, before: StateText | None, entries: list[DesiredEntry], keeps: Callable[[Block], bool]) -> list[str]:
        """Return the lines of a file's head."""
        head = list(self._head_of(entries))
        if before and any(keeps(block) for block in before.blocks if block.keys):
            # The head's lines about the entries that stay are still true.
            return [*head, *(line for line in before.head if line not in head)] if entries else before.head
        return head

    def _head_of(self, entries: Iterable[DesiredEntry]) -> Iterator[str]:
        yield "entries are added, changed and removed by each export, comments stay."
        for words in self.not_covered:
            yield f"not watched: {words}."
        labels = {label(entry.kind, entry.value) for entry in entries}
        names = [self._unwritten_of(name) for name in sorted(labels & self.unwritten.keys())]
        if names:
            yield f"not watched, for no state file can hold it: {_listed(names)}."

    def _unwritten_of(self, name: str) -> str:
        """Return a subscriber's label with the options that are not written."""
        return f"{name} ({', '.join(self.unwritten[name]['options'])})"


def _stale_ids(before: StateText | None, entries: Iterable[DesiredEntry]) -> list[str]:
    """Return a sentence about each entry of a file that gives a name, and the id of somebody else or of nobody."""
    by_key = {key: entry for entry in entries if entry.id for key in entry.keys}
    found = []
    for block in before.blocks if before else ():
        own = next((by_key[key] for key in block.keys if key in by_key), None)
        if own and block.id not in (None, own.id):
            found.append(f"{block.place}: {label(own.kind, own.value)} is subscriber {own.id} now, not {block.id}.")
    return found


def _new_secrets(texts: Iterable[StateText], groups: Iterable[list[DesiredEntry]]) -> list[str]:
    """Return the secrets of entries that no file holds encrypted yet."""
    encrypted = {key: block.encrypted for text in texts for block in text.blocks for key in block.keys}
    new: list[str] = []
    for entry in (entry for group in groups for entry in group):
        known = next((encrypted[key] for key in entry.keys if key in encrypted), {})
        new += [text for text in secrets(entry.settings) if text not in known]
    return new


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _has_secret(block: Block) -> bool:
    value = block.value if isinstance(block.value, Mapping) else {}
    settings = ((resource, value.get(name)) for name, resource in SETTINGS.items())
    return any(
        isinstance(fields, Mapping) and any(fields.get(name) for name in resource.secrets)
        for resource, fields in settings
    )
