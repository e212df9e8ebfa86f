# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of many subscribers, as `fax_settings_info` returns them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotFound, together
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.result import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.all_settings import _with_settings, matching
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import (
    SELECTOR,
    Options,
    OptionSpecs,
    filter_problems,
    selector_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import (
    FILTER_OPTIONS,
    PAGING,
    Selector,
    _entries,
    _paging_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import (
    Job,
    Spec,
    as_given,
    read_options,
    spec,
)


def spec_of_settings_info() -> Spec:
    """The spec of `fax_settings_info`."""
    names = [each.name for each in RESOURCES]
    options: OptionSpecs = {
        "subscribers": {"type": "list", "elements": "dict", "options": SELECTOR},
        **FILTER_OPTIONS,
        "resources": {"type": "list", "elements": "str", "choices": names, "default": names},
        "secrets": {"type": "bool", "default": False},
        **PAGING,
    }
    return spec(options, _settings_info_problems, selector=False)


def _settings_info_problems(options: Options) -> Problems:
    named = [name for name in ("subscribers", *SELECTOR) if name in options]
    others = [name for name in FILTER_OPTIONS if name in options]
    if named and others:
        what = f"cannot be given together with {named[0]}: name the subscribers, or filter all of them."
        yield Problem((others[0],), what)
    if len(named) > 1 and "subscribers" in named:
        yield Problem((named[1],), "cannot be given together with subscribers; put it into the list.")
    for index, entry in enumerate(_entries(options.get("subscribers"))):
        if isinstance(entry, Mapping):
            given = [name for name in SELECTOR if entry.get(name) not in (None, "")]
            if len(given) != 1:
                what = f"must have exactly one of {', '.join(SELECTOR)}, not {len(given)}."
                yield Problem(("subscribers", index), what)
            yield from (problem.below("subscribers", index) for problem in selector_problems(entry))
    if options.get("resources") == []:
        yield Problem(("resources",), "must not be empty; leave it out to have both.")
    yield from filter_problems(options)
    yield from _paging_problems(options)


def settings_info(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    """The settings of one subscriber, of several or of all that fit, sorted by domain and username."""
    resources = [each for each in RESOURCES if each.name in options["resources"]]
    paging = Paging(options["page_size"], options["workers"])
    selectors = [options] if any(name in options for name in SELECTOR) else options.get("subscribers")
    odd: list[FaxError] = []
    if selectors is None:
        rows = matching(client, resources, options, paging, on_odd=odd.append)
    else:
        items = _named(client, selectors, paging)
        rows = _with_settings(client, resources, items, paging)
        if len(rows) < len(items):
            there = {subscribers.of(row.item) for row in rows}
            lost = ", ".join(str(who) for who in map(subscribers.of, items) if who not in there)
            raise NotFound(f"The server has no settings of {lost}", "Run it again: they may have been terminated.")
    shown = [
        {
            "subscriber": subscribers.of(row.item).as_dict(),
            **{each.name: plan.shown(each, row.settings[each.name], options["secrets"]) for each in resources},
        }
        for row in sorted(rows, key=lambda row: row.name)
        if options.get("active") in (None, row.active)
    ]
    if odd:
        error = together(odd, f"{len(odd)} answers of the server make no sense")
        error.facts = {"subscribers": shown}
        raise error
    # A misspelt filter finds nobody too.
    warnings = [] if shown else ["No subscriber fits what was asked for, or this login sees none."]
    return Result(changed=False, facts={"subscribers": shown}, warnings=warnings)


def _named(client: Client, selectors: Sequence[Mapping[str, Any]], paging: Paging) -> list[JsonObject]:
    """The subscribers that are named, each once. Raises an error that names all that are not there."""
    found = concurrency.map_concurrently(
        lambda selector: subscribers.get(client, subscribers.find(client, read_options(Selector, selector))),
        selectors,
        paging.workers,
    )
    errors = [each for each in found if isinstance(each, FaxError)]
    if errors:
        raise together(errors, f"{len(errors)} of {len(selectors)} subscribers cannot be read")
    return list({int(item["id"]): item for item in found if not isinstance(item, FaxError)}.values())


JOB = Job(spec_of_settings_info(), settings_info, as_given)
