# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an export."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.file_modes import FileModes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import group
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import Vault

# The options by which an export can name a subscriber, the default first.
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
    """The option by which entries name a subscriber, if the subscriber has a value for it."""
    ids: bool = True
    """Also write the ids of subscribers that entries name otherwise; False leaves those of the files as they are."""
    match: JsonMapping | None = None
    """The set of subscribers to export; all of them if None."""
    omit_defaults: bool = False
    """Leave out settings that equal the server's defaults."""
    secrets: str = "omit"
    """The treatment of secrets: leave out (`omit`), encrypt (`vault`) or write in the clear (`plain`)."""
    adopt: bool = False
    """Also update files that no export wrote."""
    allow_empty: bool = False
    """Do not fail if there is no subscriber to export."""
    progress: bool = True
    _vault: Vault | None = None
    _diff: bool = False

    @property
    def vault(self) -> Vault | None:
        """The run's vault, which the action plugin adds."""
        return self._vault

    @property
    def diff(self) -> bool:
        """True if the action plugin asks for a diff in the result."""
        return self._diff

    @property
    def is_private(self) -> bool:
        """True if files hold secrets and no mode is given: then only their owner may read them, even existing ones."""
        return self.secrets == "plain" and self.modes.mode is None
