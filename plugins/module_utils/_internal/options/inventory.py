# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that the inventory plugin has beside those of the connection. No I/O."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import PAGING, paging_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import MATCH, match_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.value_check import checks_of

INVENTORY: OptionSpecs = {
    "match": {"type": "dict", "options": MATCH},
    "active": {"type": "bool"},
    "with_settings": {"type": "bool", "default": False},
    **PAGING,
}
_CHECKS = checks_of(INVENTORY)


def malformed_options(options: Options) -> Problems:
    """Yield problems of options, as written, that Ansible would turn into something else or refuse in its own words."""
    if options.get("match") is not None and not isinstance(options["match"], Mapping):
        yield from match_problems(options["match"])
    for name, check in _CHECKS.items():
        yield from check.wrong_type((name,), options.get(name))


def inventory_problems(options: Options) -> Problems:
    """Yield problems of options that are well formed."""
    if options.get("match") is not None:
        yield from match_problems(options["match"])
    if options.get("active") is not None and not options.get("with_settings"):
        yield Problem(("active",), "needs with_settings: true, because it is a setting.")
    yield from paging_problems(options)
