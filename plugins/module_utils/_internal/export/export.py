# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is, as state files: everybody is read, then every file is made, and only then the first one is placed."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import file_modes, files, locks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import interruptible
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.result import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import MATCH, match_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.serializer import EntryBuilder, label, may_be_in
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import all_settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.all_settings import SubscriberSettings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import (
    MODES,
    PAGING,
    dest_problems,
    paging_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, as_given, spec
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import discovery, editor
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.discovery import shown
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.editor import Block, DesiredEntry, Key, Text
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import MARK, secrets
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.loader import may_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import (
    VAULT,
    Seals,
    Vault,
    no_vault,
    sealed,
)

SUFFIX = ".yml"
# What all those in a file have in common, by layout.
KEPT_APART = {"customer": "customer_id", "domain": "domain"}
# So much of a domain's name is in that of its file.
MOST_OF_NAME = 150
# So many of what cannot be written are named in a warning and in a file's head.
MOST_NAMED = 20
# The names of the files that exports write; see `_file_name`.
FILE_NAME = re.compile(r"(subscribers|customer-(\d+|none)|domain-[a-z0-9._-]+)\.yml")


@dataclass(frozen=True)
class FileChange:
    """What becomes of one file: its text before (None: new) and after (None: it goes)."""

    path: Path
    before: Text | None
    after: Text | None
    entries: int
    changed: bool


def export(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    """Bring the state files of a folder to what the server has."""
    made = _Export(client, options)
    try:
        with made.folder(check_mode):
            changes = made.changes()
            changed = [change for change in changes if change.changed]
            if changed and not check_mode:
                made.write(changed)
    except BadOption as error:
        error.facts = {**error.facts, "changed": made.touched}
        raise
    finally:
        made.progress.end()
    facts = {
        "dest": options["dest"],
        "files": [{"path": shown(each.path), "entries": each.entries, "state": _state(each)} for each in changes],
        "subscribers": made.written,
        "not_written": [{"subscriber": name, "options": names} for name, names in sorted(made.unwritten.items())],
        "not_watched": made.not_watched,
    }
    diff = [_diff(each) for each in changed] if options.get("_diff") else None
    return Result(bool(changed), facts, diff, made.warnings())


def _state(change: FileChange) -> str:
    if not change.changed:
        return "unchanged"
    return "removed" if change.after is None else "new" if change.before is None else "changed"


def _diff(change: FileChange) -> JsonObject:
    empty = Text([], [], [])
    texts = editor.shown(change.before or empty, change.after or empty)
    name = shown(change.path)
    return {**texts, "before_header": name, "after_header": name}


class _Export:
    """One export: what it reads, makes and writes."""

    def __init__(self, client: Client, options: Mapping[str, Any]) -> None:
        self._client, self._options = client, options
        self._paging = Paging(options["page_size"], options["workers"])
        self._secrets = options["secrets"]
        self._folder = Path(options["dest"])
        # Without a mode that is given, files with secrets in them are for their owner only, whatever they were before.
        self._private = self._secrets == "plain" and options.get("mode") is None
        self._left_out = 0
        self.touched = False
        self.progress = Progress(client.listener if options["progress"] else None)
        vault: Vault = options.get("_vault") or Vault(None, no_vault)
        self._seals = Seals(vault, self._secrets != "omit", self.progress)
        self._describer = EntryBuilder(options, ())
        self.written = 0
        self.not_watched = []
        if self._secrets == "omit":
            self.not_watched.append("secrets (password, secret_key)")
        if options["omit_defaults"]:
            self.not_watched.append("what equals the server's defaults (omit_defaults)")
        if self._secrets == "vault" and not self._seals.makes:
            raise BadOption("secrets: vault needs Ansible's vault", "Run the task by its action plugin.")

    @contextmanager
    def folder(self, check_mode: bool) -> Iterator[None]:
        """Hold the folder, for what is read there is written back. It is made, and goes again if it stays empty."""
        self._check_folder()
        if check_mode:
            yield
            return
        while True:
            is_new = files.found(self._folder) is None
            files.make_folders(self._folder, self._folder_mode())
            made = files.found(self._folder)
            with locks.held_folder(self._folder):
                there = files.found(self._folder)
                if made is None or there is None or not os.path.samestat(made, there):
                    continue  # another export made it, and has removed it
                files.remove_leftovers(self._folder, lambda name: FILE_NAME.fullmatch(name) is not None)
                try:
                    yield
                finally:
                    if is_new:
                        with suppress(OSError):
                            self._folder.rmdir()
                return

    def changes(self) -> list[FileChange]:
        """What becomes of each file that is the export's, by name."""
        there = self._owned()
        scope = self._options.get("scope") or {}
        rows = all_settings.matching(self._client, RESOURCES, scope, self._paging, self.progress)
        rows.sort(key=lambda row: (*row.name, int(row.item["id"])))
        if not rows and not self._options["allow_empty"]:
            raise self._nobody(bool(there))
        self.written = len(rows)
        self._describer = EntryBuilder(self._options, rows)
        for path in {self._path(row) for row in rows} | self._always():
            at = files.found(path)
            if at and stat.S_ISDIR(at.st_mode):
                raise BadOption(f"'{path}' is a folder", "Move it: a file of the export goes there.")
            if path not in there and at:
                there[path] = self._adopted(path)
        groups = self._groups(rows, there)
        named = {key for group in groups.values() for one in group for key in one.keys}
        keeps = self._keeps(there, named)
        if self._seals.makes:
            self._seals.seal_ahead(_not_sealed(there.values(), groups.values()))
        return [self._change(path, there.get(path), groups.get(path, []), keeps) for path in sorted({*groups, *there})]

    def write(self, changes: Sequence[FileChange]) -> None:
        """Write all files beside their places, and then place them. A signal takes effect when it is done."""
        with interruptible(lambda: None), ExitStack() as stack:
            new = []
            for change in changes:
                if change.after is not None:
                    file = stack.enter_context(files.beside(change.path, keep=not self._private))
                    with _writing(change.path):
                        file.file.write(str(change.after).encode())
                        file.finish()
                    new.append(file)
            for file in new:
                with _writing(file.target):
                    self.touched = True
                    file.place(self._mode())
            for change in changes:
                if change.after is None:
                    with _writing(change.path):
                        self.touched = True
                        change.path.unlink(missing_ok=True)

    def _mode(self) -> int:
        """The mode of a new file: without one that is given, state files that hold no secret are like any others."""
        if self._secrets == "plain" or self._options.get("mode") is not None:
            return file_modes.file_mode(self._options)
        return files.usual_mode()

    def _folder_mode(self) -> int | None:
        given = file_modes.folder_mode(self._options)
        return files.usual_folder_mode() if given is None and self._secrets != "plain" else given

    @property
    def unwritten(self) -> dict[str, list[str]]:
        """By what names a subscriber, the options that no state file can hold."""
        return self._describer.unwritten

    def warnings(self) -> list[str]:
        found = []
        if self.unwritten:
            what = _listed(f"{name} ({', '.join(options)})" for name, options in sorted(self.unwritten.items()))
            advice = "" if self._secrets == "vault" else " Texts with a template can be written by secrets: vault."
            found.append(
                f"A state file cannot hold these values of the server, so they are not watched: {what}.{advice}"
            )
        if self._left_out:
            found.append(
                f"Secrets in the files of {self._left_out} subscribers are left out now; secrets: vault keeps them."
            )
        return found

    def _nobody(self, there: bool) -> BadOption:
        """That nobody was found; `there` if files of exports are."""
        scope = self._options.get("scope") or {}
        which = ", ".join(f"{name} {value}" for name, value in scope.items() if value is not None)
        what = f"This login sees nobody in scope ({which})" if which else "This login sees no subscriber"
        end = ", and the export would empty its files" if there else ""
        return BadOption(f"{what}{end}", "Correct scope or the login, or set allow_empty: true.")

    def _check_folder(self) -> None:
        there = files.found(self._folder, follow=False)
        files.check_folder(self._folder if there else self._folder.absolute().parent)

    def _owned(self) -> dict[Path, Text]:
        """The files in the folder that exports have written."""
        if not files.found(self._folder):
            return {}
        texts = {}
        found, problems = discovery.files_in(self._folder, SUFFIX)
        if problems:
            raise BadOption(" ".join(map(str, problems)), "Nothing was written.")
        for path in found:
            text = self._text(path)
            if text and any(line.startswith(MARK) for line in text.lstrip(editor.BOM).splitlines()):
                texts[path] = text
        _check_no_links(texts)
        self._seals.open_ahead(sealed(texts))
        return {path: editor.read(text, shown(path), self._seals.open) for path, text in texts.items()}

    def _adopted(self, path: Path) -> Text:
        _check_no_links([path])
        text = self._text(path)
        if text is None:
            raise BadOption(
                f"'{path}' is encrypted as a whole, and an export writes into plain files",
                "Use 'ansible-vault decrypt' on it, and secrets: vault to have its secrets encrypted.",
            )
        if not self._options["adopt"]:
            raise BadOption(
                f"'{path}' is there and no export wrote it", "Move it, or set adopt: true to bring it up to date"
            )
        return editor.read(text, shown(path), self._seals.open)

    def _text(self, path: Path) -> str | None:
        """What a file says; None if it is encrypted as a whole."""
        try:
            content = files.read_regular(path)
        except OSError as error:
            raise BadOption(f"'{path}' cannot be read ({error.strerror})", "Change its mode or owner.") from error
        if content.startswith(VAULT):
            return None
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise BadOption(f"'{path}' is not UTF-8", "Correct the file, or remove it.") from None

    def _path(self, row: SubscriberSettings) -> Path:
        return self._folder / _file_name(self._options["layout"], row.item)

    def _always(self) -> set[Path]:
        """The file that there is even with nobody in it."""
        return {self._folder / _file_name("one", {})} if self._options["layout"] == "one" else set()

    def _groups(self, rows: Iterable[SubscriberSettings], there: Mapping[Path, Text]) -> dict[Path, list[DesiredEntry]]:
        groups: dict[Path, list[DesiredEntry]] = {path: [] for path in self._always()}
        below = self._below(there)
        for row in rows:
            wanted = self._describer.entry(row, below(row))
            if wanted.settings:  # all of it may be as it is by default
                groups.setdefault(self._path(row), []).append(wanted)
        return groups

    def _below(self, there: Mapping[Path, Text]) -> Callable[[SubscriberSettings], list[Mapping[str, JsonObject]]]:
        """What is declared of somebody beside its own entry: by its file's defaults, and by sets with those of theirs.

        Who is in a set only the server knows for sure: whoever may be counts.
        """
        defaults = {path: text.defaults for path, text in there.items()}
        sets = [(match, [own, defaults[path]]) for path, text in there.items() for match, own in text.sets]

        def of(row: SubscriberSettings) -> list[Mapping[str, JsonObject]]:
            found = [layer for match, layers in sets if may_be_in(match, row.item) for layer in layers]
            return [*found, defaults.get(self._path(row), {})]

        return of

    def _keeps(self, there: Mapping[Path, Text], named: set[Key]) -> Callable[[Block], bool]:
        """Which entries about others stay: of a scope all those that are outside of it, or of which nothing tells that
        they are not and that are still there.
        """
        if not self._options.get("scope"):
            return lambda block: False
        asked: dict[Key, str] = {}
        for path, text in there.items():
            for block in text.blocks:
                if block.keys and named.isdisjoint(block.keys) and not self._is_outside(path, block):
                    kind, name = block.keys[0]
                    value = str(block.value[kind])
                    # What no task may name anybody by is somebody's mistake, and not to be asked for.
                    if value.isdecimal() if kind == "subscriber_id" else may_name(kind, value):
                        asked[kind, name] = value
        gone = asked.keys() - all_settings.present(self._client, asked, self._paging)
        return lambda block: named.isdisjoint(block.keys) and block.keys[0] not in gone

    def _is_outside(self, path: Path, block: Block) -> bool:
        """Whether an entry is about none of the scope, as far as its file's name and its own tell."""
        scope = self._options["scope"]
        kind, name = block.keys[0]
        if scope.get("domain") and kind == "subscriber":
            return name.rpartition("@")[2] != str(scope["domain"]).casefold()
        layout = path.name.partition("-")[0]
        return bool(scope.get(KEPT_APART.get(layout, ""))) and path.name != _file_name(layout, scope)

    def _change(
        self, path: Path, before: Text | None, wanted: list[DesiredEntry], keeps: Callable[[Block], bool]
    ) -> FileChange:
        head = list(self._head(wanted))
        if before and any(keeps(block) for block in before.blocks if block.keys):
            # What was said of others is as true as before.
            head = [*head, *(line for line in before.head if line not in head)] if wanted else before.head
        after = editor.update(before or editor.new(), head, wanted, keeps, self._seals.seal)
        if not after.blocks and path.name != _file_name("one", {}):
            return FileChange(path, before, None, 0, before is not None)
        text = str(after)
        if before is not None and text == str(before):
            loose = self._private and path.stat().st_mode & 0o077
            return FileChange(path, before, after, len(after.blocks), bool(loose))
        if before is not None and self._secrets == "omit":
            self._left_out += sum(_has_secret(block) for block in before.blocks)
        self._check(after, path, wanted)
        return FileChange(path, before, after, len(after.blocks), True)

    def _check(self, made: Text, path: Path, wanted: Iterable[DesiredEntry]) -> None:
        """Read what is about to be written: an anchor, say, may have gone with an entry, or mean something else now."""
        meant = {key: one for one in wanted for key in one.keys}
        try:
            again = editor.read(str(made), shown(path), self._seals.open)
            good = again.beside == made.beside
            for block, there in zip(made.blocks, again.blocks, strict=True):
                one = next((meant[key] for key in block.keys if key in meant), None)
                good = good and (editor.holds(there.value, one) if one else there.value == block.value)
        except (BadOption, ValueError):
            good = False
        if not good:
            raise BadOption(
                f"'{path}' cannot be brought up to date as it is written, perhaps for its anchors",
                "Write the entries without them, or remove the file.",
            )

    def _head(self, wanted: Iterable[DesiredEntry]) -> Iterator[str]:
        yield "entries are added, changed and removed by each export, comments stay."
        for what in self.not_watched:
            yield f"not watched: {what}."
        labels = {label(one.kind, one.value) for one in wanted}
        lost = [f"{name} ({', '.join(self.unwritten[name])})" for name in sorted(labels & self.unwritten.keys())]
        if lost:
            yield f"not watched, for no state file can hold it: {_listed(lost)}."


def _check_no_links(paths: Iterable[Path]) -> None:
    """Raise `BadOption` if a file that the export writes is a link: it would write another file, or lose the link."""
    for path in paths:
        if path.is_symlink():
            raise BadOption(f"'{path}' is a link, and an export writes files only", "Put the file itself there.")


def _not_sealed(there: Iterable[Text], groups: Iterable[list[DesiredEntry]]) -> list[str]:
    """What is wanted encrypted and is not there yet."""
    held = {key: block.sealed for text in there for block in text.blocks for key in block.keys}
    new: list[str] = []
    for one in (one for group in groups for one in group):
        known = next((held[key] for key in one.keys if key in held), {})
        new += [text for text in secrets(one.settings) if text not in known]
    return new


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadOption(
            f"'{path}' cannot be written ({error.strerror})", "Make room, or change the folder's mode or owner."
        ) from error


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _file_name(layout: str, item: Mapping[str, Any]) -> str:
    """The name of a subscriber's file: a number, or letters that no file system minds."""
    if layout == "one":
        return f"subscribers{SUFFIX}"
    if layout == "customer":
        return f"customer-{item['customer_id'] if item.get('customer_id') else 'none'}{SUFFIX}"
    domain = str(item.get("domain")).casefold()
    safe = re.sub(r"[^a-z0-9._-]", "_", domain)[:MOST_OF_NAME]
    if safe != domain:
        safe += f"-{hashlib.sha256(domain.encode()).hexdigest()[:8]}"
    return f"domain-{safe}{SUFFIX}"


def _has_secret(block: Block) -> bool:
    held = block.value if isinstance(block.value, Mapping) else {}
    settings = ((resource, held.get(name)) for name, resource in SETTINGS.items())
    return any(
        isinstance(each, Mapping) and any(each.get(name) for name in resource.secrets) for resource, each in settings
    )


# How an export names a subscriber, the default first.
SELECTOR_ORDER = ("subscriber", "subscriber_id", "external_id")


def spec_of_export() -> Spec:
    """The spec of `fax_export`; the action plugin hands in `_vault` and `_diff`."""
    options: OptionSpecs = {
        "dest": {"type": "path", "required": True},
        "layout": {"type": "str", "choices": ["customer", "domain", "one"], "default": "customer"},
        "name_by": {"type": "str", "choices": list(SELECTOR_ORDER), "default": SELECTOR_ORDER[0]},
        "scope": {"type": "dict", "options": MATCH},
        "omit_defaults": {"type": "bool", "default": False},
        "secrets": {"type": "str", "choices": ["omit", "vault", "plain"], "default": "omit", "no_log": False},
        "vault_id": {"type": "str", "no_log": False},
        "adopt": {"type": "bool", "default": False},
        **MODES,
        "allow_empty": {"type": "bool", "default": False},
        "progress": {"type": "bool", "default": True},
        **PAGING,
    }
    return spec(options, _export_problems, selector=None, own=frozenset({"_vault", "_diff"}))


def _export_problems(options: Options) -> Problems:
    yield from dest_problems(options)
    yield from file_modes.problems(options)
    if options.get("scope") is not None:
        yield from match_problems(options["scope"], ("scope",))
    if options.get("vault_id") is not None and options.get("secrets") != "vault":
        yield Problem(("vault_id",), "is given without secrets: vault; nothing would be encrypted.")
    yield from paging_problems(options)


JOB = Job(spec_of_export(), export, as_given)
