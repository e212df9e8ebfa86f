# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of an export: decide which of its files an export may write, and read and write them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files, folders, locks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import interruptible
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.options import ExportOptions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import discovery, editor, yaml_text
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.discovery import display_path
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import MARK
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import (
    VAULT,
    VaultTexts,
    encrypted_texts,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_text import StateText

SUFFIX = ".yml"
# The most characters of a domain's name in its file's name.
MOST_OF_NAME = 150
# The names that `file_name` makes.
FILE_NAME = re.compile(r"(subscribers|customer-(\d+|none)|domain-[a-z0-9._-]+)\.yml")


@dataclass(frozen=True)
class FileChange:
    """The change of one file by an export."""

    path: Path
    before: StateText | None
    """The file as it is; None if it is new."""
    after: StateText | None
    """The file as it will be; None if it is removed."""
    entries: int
    """The number of entries afterwards."""
    changed: bool

    @property
    def status(self) -> str:
        """The status of the file in the result."""
        if not self.changed:
            return "unchanged"
        return "removed" if self.after is None else "new" if self.before is None else "changed"

    def diff(self) -> JsonObject:
        """Return the file's diff, as Ansible shows it, without secrets."""
        empty = StateText([], [], [])
        name = display_path(self.path)
        texts = editor.masked_texts(self.before or empty, self.after or empty)
        return {**texts, "before_header": name, "after_header": name}


class Folder:
    """The folder that an export writes into."""

    was_changed = False
    """True once a file may have been written or removed."""

    def __init__(self, options: ExportOptions, vault_texts: VaultTexts) -> None:
        self.path = Path(options.dest)
        self._options = options
        self._vault_texts = vault_texts

    @contextmanager
    def hold(self, check_mode: bool) -> Iterator[None]:
        """Make the folder and lock it, because its files are read and written back; remove it again if it stays empty.
        In check mode, only check that it can be used. Raises `BadOption`.
        """
        exists = files.found(self.path, follow=False)
        folders.check_folder(self.path if exists else self.path.absolute().parent)
        if check_mode:
            yield
            return
        while True:
            is_new = files.found(self.path) is None
            folders.make_folders(self.path, self._folder_mode())
            before = files.found(self.path)
            with locks.held_folder(self.path):
                locked = files.found(self.path)
                if before is None or locked is None or not os.path.samestat(before, locked):
                    continue  # another export had made it, and removed it meanwhile
                files.remove_leftovers(self.path, lambda name: FILE_NAME.fullmatch(name) is not None)
                try:
                    yield
                finally:
                    if is_new:
                        with suppress(OSError):
                            self.path.rmdir()
                return

    def path_of(self, item: JsonObject) -> Path:
        """Return the path of the file for a subscriber."""
        return self.path / file_name(self._options.layout, item)

    def required_paths(self) -> set[Path]:
        """Return the paths of files that an export writes even without entries."""
        return {self.path / file_name("one", {})} if self._options.layout == "one" else set()

    def read_owned(self) -> dict[Path, StateText]:
        """Read the files in the folder that exports wrote. Raises `BadOption` if one cannot be read or updated."""
        if not files.found(self.path):
            return {}
        found, problems = discovery.files_in(self.path, SUFFIX)
        if problems:
            raise BadOption(" ".join(map(str, problems)), "Nothing was written.")
        texts = {}
        for path in found:
            text = _read(path)
            if text and any(line.startswith(MARK) for line in text.lstrip(yaml_text.BOM).splitlines()):
                texts[path] = text
        _check_no_links(texts)
        self._vault_texts.decrypt_ahead(encrypted_texts(texts))
        return {path: self.parse(text, path) for path, text in texts.items()}

    def read_foreign(self, path: Path) -> StateText | None:
        """Read a file that this export must write but no export wrote before; None if it does not exist. Raises
        `BadOption` unless it may be adopted.
        """
        existing = files.found(path)
        if existing is None:
            return None
        if stat.S_ISDIR(existing.st_mode):
            raise BadOption(f"'{path}' is a folder", "Move it: a file of the export goes there.")
        _check_no_links([path])
        text = _read(path)
        if text is None:
            raise BadOption(
                f"'{path}' is encrypted as a whole, and an export writes into plain files",
                f"Use 'ansible-vault decrypt' on it, and set {option_name('secrets')}: vault to encrypt its secrets.",
            )
        if not self._options.adopt:
            raise BadOption(
                f"'{path}' exists and was not written by an export",
                f"Move it, or set {option_name('adopt')}: true to bring it up to date",
            )
        return self.parse(text, path)

    def parse(self, text: str, path: Path) -> StateText:
        """Parse a file's text. Raises `BadOption` if it cannot be updated."""
        return yaml_text.parse(text, display_path(path), self._vault_texts.decrypt)

    def write(self, changes: Sequence[FileChange]) -> None:
        """Write all files under temporary names, then place them; signals wait until then. Raises `BadOption`."""
        with interruptible(lambda: None), ExitStack() as stack:
            new = []
            for change in changes:
                if change.after is not None:
                    file = stack.enter_context(files.beside(change.path, keep=not self._options.is_private))
                    with _reported(change.path):
                        file.file.write(str(change.after).encode())
                        file.finish()
                    new.append(file)
            for file in new:
                with _reported(file.target):
                    self.was_changed = True
                    file.place(self._file_mode())
            for change in changes:
                if change.after is None:
                    with _reported(change.path):
                        self.was_changed = True
                        change.path.unlink(missing_ok=True)

    def _file_mode(self) -> int:
        """Return the bits for new files: the system's usual ones, unless a mode is given or they hold secrets."""
        modes = self._options.modes
        return files.usual_mode() if modes.mode is None and self._options.secrets != "plain" else modes.file

    def _folder_mode(self) -> int | None:
        given = self._options.modes.folder
        return files.usual_folder_mode() if given is None and self._options.secrets != "plain" else given


def file_name(layout: str, item: JsonMapping) -> str:
    """Return the name of a subscriber's file, made of characters that every file system accepts."""
    if layout == "one":
        return f"subscribers{SUFFIX}"
    if layout == "customer":
        return f"customer-{item['customer_id'] if item.get('customer_id') else 'none'}{SUFFIX}"
    domain = str(item.get("domain")).casefold()
    safe = re.sub(r"[^a-z0-9._-]", "_", domain)[:MOST_OF_NAME]
    if safe != domain:
        safe += f"-{hashlib.sha256(domain.encode()).hexdigest()[:8]}"
    return f"domain-{safe}{SUFFIX}"


def _read(path: Path) -> str | None:
    """Return a file's text; None if it is encrypted as a whole. Raises `BadOption`."""
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


def _check_no_links(paths: Iterable[Path]) -> None:
    """Raise `BadOption` for a link: writing would replace it, or change a file elsewhere."""
    for path in paths:
        if path.is_symlink():
            raise BadOption(f"'{path}' is a link, and an export writes files only", "Put the file itself there.")


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Raise `BadOption` for an OSError while a file is written."""
    try:
        yield
    except OSError as error:
        raise BadOption(
            f"'{path}' cannot be written ({error.strerror})", "Make room, or change the folder's mode or owner."
        ) from error
