# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a run over many subscribers, whether it writes or not: which subscribers, and how to read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired import parser
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entries
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import (
    ENTRY,
    SETTINGS_OPTIONS,
    entries_of_task,
    parse_settings,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import (
    Options,
    OptionSpecs,
    hidden_problems,
    instead,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import PAGING
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import MATCH, match_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import group

# The option `unmanaged` is not among them: its choices differ.
SURVEY_OPTIONS: OptionSpecs = {
    "subscribers": {"type": "list", "elements": "dict", "options": ENTRY},
    "src": {"type": "list", "elements": "path"},
    "defaults": {"type": "dict", "options": SETTINGS_OPTIONS},
    "allow_empty": {"type": "bool", "default": False},
    "only": {"type": "list", "elements": "str"},
    "verify_names": {"type": "str", "choices": ["changed", "always"], "default": "changed"},
    "unmanaged_match": {"type": "dict", "options": MATCH},
    "check_options": {"type": "bool", "default": False},
    "progress": {"type": "bool", "default": True},
    **PAGING,
}
# Ansible's own validation would take minutes for thousands of entries.
OWN = frozenset({"subscribers", "defaults", "unmanaged_match", "only"})
# Documented once: with the settings modules, and with `match`.
REFERRING = frozenset({*SETTINGS_OPTIONS, "unmanaged_match"})


@dataclass(frozen=True)
class SurveyOptions:
    """The options that select the subscribers of a run over many, and say how to read them."""

    paging: Paging = field(metadata=group(Paging))
    subscribers: object = ()
    """The entries, as written in the task or as `Entries` that the action plugin has already read."""
    defaults: JsonMapping | None = None
    """Settings below all entries, by module."""
    allow_empty: bool = False
    """Accept an entry whose `match` matches no subscriber."""
    only: Sequence[str | int] | None = None
    """Names (`user@domain`) and ids of the subscribers that the run is limited to; None for no limit."""
    verify_names: str = "changed"
    """Whose names beside ids are verified: `changed` (of those who are written or reported), or `always`."""
    unmanaged: str = "ignore"
    """The treatment of active subscribers without an entry: `ignore`, `report` or `deactivate`."""
    unmanaged_match: JsonMapping | None = None
    """The set in which to look for unmanaged subscribers; None for all."""
    progress: bool = True
    """Show the progress on the standard error."""

    def entries(self) -> Entries:
        """Return the entries, with `defaults` below them."""
        return parser.entries_of_task({"subscribers": self.subscribers, "defaults": self.defaults})


def survey_problems(options: Options) -> Problems:
    """Yield the problems of the options that select the subscribers of a run."""
    entries = entries_of_task(options)
    yield from entries.problems
    # If only the options are checked, the files were not read.
    if not entries and not entries.problems and not (options.get("check_options") and options.get("src")):
        what = f"and {option_name('src')} name no subscriber; declare the settings of at least one."
        yield Problem(("subscribers",), what)
    if options.get("defaults") is not None:
        yield from parse_settings(options["defaults"], "defaults")[1]
    yield from _limit_problems(options.get("only", []))
    if options.get("unmanaged_match") is not None:
        yield from match_problems(options["unmanaged_match"], ("unmanaged_match",))
        if options.get("unmanaged", "ignore") == "ignore":
            what = f"is given without {option_name('unmanaged')}; say what to do with the subscribers found there."
            yield Problem(("unmanaged_match",), what)


def _limit_problems(only: object) -> Problems:
    if not isinstance(only, list):
        yield Problem(("only",), "must be a list of subscribers, each user@domain or an id.")
        return
    for index, name in enumerate(only):
        if isinstance(name, bool) or not isinstance(name, (str, int)) or not name:
            yield Problem(("only", index), f"must be user@domain or an id{instead(name)}.")
        else:
            yield from hidden_problems(("only", index), name)
