# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an export, as its parts read them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.file_modes import FileModes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import group
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import Vault

# How an export names a subscriber, the default first.
SELECTOR_ORDER = ("subscriber", "subscriber_id", "external_id")


@dataclass(frozen=True)
class ExportOptions:
    """The options of `fax_export`."""

    paging: Paging = field(default=Paging(), metadata=group(Paging))
    modes: FileModes = field(default=FileModes(), metadata=group(FileModes))
    dest: str = ""
    """The path of the folder with the state files."""
    layout: str = "customer"
    """One file per `customer` or `domain`, or `one` for all."""
    name_by: str = SELECTOR_ORDER[0]
    """The name that entries have for a subscriber, where it has that name."""
    scope: JsonMapping | None = None
    """Filters by name: who is exported; everybody if it is None or empty."""
    omit_defaults: bool = False
    """Leave out settings that equal the server's defaults."""
    secrets: str = "omit"
    """What becomes of secrets: `omit` them, encrypt them (`vault`) or write them as they are (`plain`)."""
    adopt: bool = False
    """Bring a file up to date that no export wrote."""
    allow_empty: bool = False
    """Do not fail if there is nobody to export."""
    progress: bool = True
    _vault: Vault | None = None
    _diff: bool = False

    @property
    def vault(self) -> Vault | None:
        """The run's vault, which the action plugin adds."""
        return self._vault

    @property
    def diff(self) -> bool:
        """True if the result shall have a diff, as the action plugin says."""
        return self._diff

    @property
    def is_private(self) -> bool:
        """True if files hold secrets and no mode is given: then they are for their owner only, whatever they were."""
        return self.secrets == "plain" and self.modes.mode is None
