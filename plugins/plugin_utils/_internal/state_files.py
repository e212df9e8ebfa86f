# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read state files on the controller, found like a task's `src` and decrypted with the run's vault passwords."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import printable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entries, Layer
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import discovery, loader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import Decrypt, NoPassword
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.problems import merged
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import Vault, VaultTexts
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import ansible_internals, controller, stderr_progress

if TYPE_CHECKING:
    from ansible.plugins.action import ActionBase


# Number of problems in one message.
MOST_NAMED = 100


def find(action: ActionBase, sources: Iterable[str]) -> tuple[list[Path], list[Problem]]:
    """Return the files that `sources` (files, folders, globs) name, each once, and the problems of the sources."""
    paths: dict[Path, Path] = {}
    problems: list[Problem] = []
    bases = {source: _base(action, source) for source in sources}
    beside = [base / source for source, base in bases.items() if source]
    for source, base in bases.items():
        found, wrong = discovery.find([source], base, beside)
        paths.update({path.resolve(): path for path in found if path.resolve() not in paths})
        problems += wrong
    return list(paths.values()), problems


def load(action: ActionBase, sources: Iterable[str], below: Sequence[Layer]) -> Entries:
    """Return the entries of all files that `sources` name, above the settings `below`.

    Their `problems` are those of the sources and of the files.
    """
    paths, problems = find(action, sources)
    found = read(action, paths, below)
    return Entries(found, [*problems, *found.problems])


def read(action: ActionBase, paths: Iterable[Path], below: Sequence[Layer] = ()) -> Entries:
    """Return the entries of files, above the settings `below`.

    Encrypted values are decrypted beforehand and concurrently, which is reported as progress of the task.
    """
    quiet = action._task.no_log or not boolean(action._task.args.get("progress", True), strict=False)
    progress = Progress(None if quiet else stderr_progress.listener(action._task.action))
    vault_texts = VaultTexts(Vault(None, decrypter(action)), True, progress)
    try:
        return loader.load(paths, vault_texts.decrypt, below, vault_texts.decrypt_ahead)
    finally:
        progress.end()


def decrypter(action: ActionBase) -> Decrypt:
    """Return a function that decrypts with the vault passwords of the run, also in several threads."""

    def decrypt(text: str) -> str:
        vault = ansible_internals.vault(action)
        if not vault.secrets:
            raise NoPassword("This needs a vault password; give it by --vault-password-file or --ask-vault-pass.")
        try:
            return str(vault.decrypt(text).decode())
        except AnsibleError:
            # Ansible's text is long, differs between releases, and names the temporary source.
            what = "No vault password of this run decrypts this; check the password, and that the text is whole."
            raise NoPassword(what) from None
        except UnicodeDecodeError:
            raise ValueError("What is encrypted here is not UTF-8.") from None

    return decrypt


def encrypter(action: ActionBase, vault_id: str | None) -> Callable[[str], str]:
    """Return a function that encrypts with the password that `vault_id`, or else `ANSIBLE_VAULT_ENCRYPT_IDENTITY`,
    names, or with the only one of the run.

    Raises ValueError if the run has no such password, or several and none is named.
    """
    vault = ansible_internals.vault(action)
    known = [name for name, dummy in vault.secrets or []]
    chosen = vault_id or ansible_internals.configured("DEFAULT_VAULT_ENCRYPT_IDENTITY")
    if not known:
        which = f"of the vault id '{chosen}'" if chosen else f"for {option_name('secrets')}: vault"
        raise ValueError(f"This run has no password {which}; give it by --vault-id or --vault-password-file.")
    if not chosen and len(known) > 1:
        names = ", ".join(f"'{name}'" for name in known)
        which = f"{option_name('vault_id')} or ANSIBLE_VAULT_ENCRYPT_IDENTITY"
        what = f"This run has {len(known)} vault passwords, of the vault ids {names}"
        raise ValueError(f"{what}; say which one encrypts, by {which}.")
    try:
        name, secret = ansible_internals.encryption_secret(vault, chosen)
    except AnsibleError:
        origin = "" if vault_id else " (ANSIBLE_VAULT_ENCRYPT_IDENTITY)"
        raise ValueError(
            f"This run has no password of the vault id '{chosen}'{origin}; give it by --vault-id or "
            "--vault-password-file."
        ) from None
    # Ansible omits the id from the header if it is `default`.
    return lambda text: str(vault.encrypt(text, secret, name).decode())


def failure(problems: Iterable[Problem]) -> dict[str, Any]:
    """Return the result of a task that found problems: all in a list, and many in its message, one line each."""
    lines = list(map(printable, merged(problems)))
    more = [f"And {len(lines) - MOST_NAMED} more."] if len(lines) > MOST_NAMED else []
    message = "\n".join([*lines[:MOST_NAMED], *more])
    return {**controller.refusal(message), "problems": lines}


def _base(action: ActionBase, source: str) -> Path:
    """Return the folder of a source: that of the role or play, or the current directory."""
    fixed = Path(source)
    while glob.has_magic(str(fixed)):
        fixed = fixed.parent
    try:
        found = Path(action._find_needle("files", str(fixed)))
    except AnsibleError:
        return Path.cwd()
    # If nothing there matches a glob, something in another folder may.
    base = Path(str(found)[: -len(str(fixed))]) if str(fixed) != "." else found
    fits = fixed == Path(source) or any(discovery.matching(Path(source), base))
    return base if fits else Path.cwd()
