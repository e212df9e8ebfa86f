# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Export the server's settings to state files: the module `fax_export`."""

from __future__ import annotations

from functools import partial

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import file_modes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.garbage import rare_collection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.folder import Folder
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.options import SELECTOR_ORDER, ExportOptions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.planner import Planner
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import (
    MODES,
    PAGING,
    dest_problems,
    paging_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import MATCH, match_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, read_options, spec
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.discovery import display_path
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import Vault, VaultTexts, refuse_all


def spec_of_export() -> Spec:
    """Return the spec of `fax_export`. The action plugin adds `_vault` and `_diff`."""
    options: OptionSpecs = {
        "dest": {"type": "path", "required": True},
        "layout": {"type": "str", "choices": ["customer", "domain", "one"], "default": "customer"},
        "name_by": {"type": "str", "choices": list(SELECTOR_ORDER), "default": SELECTOR_ORDER[0]},
        "ids": {"type": "bool", "default": True},
        "match": {"type": "dict", "options": MATCH},
        "omit_defaults": {"type": "bool", "default": False},
        "secrets": {"type": "str", "choices": ["omit", "vault", "plain"], "default": "omit", "no_log": False},
        "vault_id": {"type": "str", "no_log": False},
        "adopt": {"type": "bool", "default": False},
        **MODES,
        "allow_empty": {"type": "bool", "default": False},
        "progress": {"type": "bool", "default": True},
        **PAGING,
    }
    return spec(options, _export_problems, selector=None, own=frozenset({"match", "_vault", "_diff"}))


def _export_problems(options: Options) -> Problems:
    yield from dest_problems(options)
    yield from file_modes.problems(options)
    if options.get("match") is not None:
        yield from match_problems(options["match"])
    if options.get("vault_id") is not None and options.get("secrets") != "vault":
        yield Problem(("vault_id",), f"is given without {option_name('secrets')}: vault; nothing would be encrypted.")
    yield from paging_problems(options)


@rare_collection()
def export(client: Client, options: ExportOptions, check_mode: bool) -> Result:
    """Bring the state files of a folder to what the server has; entries of others than `match` selects stay.

    Raises `BadOption` if a file cannot be read, updated or written; its `changed` tells whether files were written.
    """
    progress = Progress(client.listener if options.progress else None)
    vault_texts = VaultTexts(options.vault or Vault(None, refuse_all), options.secrets != "omit", progress)
    if options.secrets == "vault" and not vault_texts.can_encrypt:
        raise BadOption(f"{option_name('secrets')}: vault needs Ansible's vault", "Run the task by its action plugin.")
    folder = Folder(options, vault_texts)
    planner = Planner(client, options, folder, vault_texts, progress)
    try:
        with folder.hold(check_mode):
            changes = planner.changes()
            changed = [change for change in changes if change.changed]
            if changed and not check_mode:
                folder.write(changed)
    except BadOption as error:
        error.facts = {**error.facts, "changed": folder.was_changed}
        raise
    finally:
        progress.end()
    facts = {
        "dest": options.dest,
        "files": [
            {"path": display_path(file.path), "entries": file.entries, "status": file.status} for file in changes
        ],
        "totals": {"subscribers": planner.subscribers},
        "not_written": [row for _label, row in sorted(planner.unwritten.items())],
        "not_covered": planner.not_covered,
    }
    diff = [change.diff() for change in changed] if options.diff else None
    return Result(bool(changed), facts, diff, planner.warnings())


JOB = Job(spec_of_export(), export, partial(read_options, ExportOptions))
