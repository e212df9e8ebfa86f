# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return the settings of many subscribers: `fax_settings_info`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotFound, together
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES, Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import all_settings, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.all_settings import SubscriberSettings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import (
    PAGING,
    elements_in,
    paging_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import MATCH, given_match, match_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import (
    SELECTOR,
    Selector,
    is_one_subscriber,
    selector_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, read_options, spec


@dataclass(frozen=True)
class SettingsInfoOptions:
    """Options of `fax_settings_info`."""

    paging: Paging
    selectors: tuple[Selector, ...] | None
    """The named subscribers; None for all that `match` selects."""
    match: JsonMapping
    """The given keys of `match`."""
    active: bool | None
    """Only subscribers with active settings, or with False those without; None for both."""
    settings: tuple[Resource, ...]
    return_secrets: bool
    """Show secrets in plain text."""


def spec_of_settings_info() -> Spec:
    """Return the spec of `fax_settings_info`."""
    names = [each.module for each in RESOURCES]
    options: OptionSpecs = {
        "subscribers": {"type": "list", "elements": "dict", "options": SELECTOR},
        "match": {"type": "dict", "options": MATCH},
        "active": {"type": "bool"},
        "settings": {"type": "list", "elements": "str", "choices": names, "default": names},
        "return_secrets": {"type": "bool", "default": False},
        **PAGING,
    }
    return spec(options, _problems, selector=False, own=frozenset({"match"}))


def _problems(options: Options) -> Problems:
    named = [name for name in ("subscribers", *SELECTOR) if name in options]
    others = [name for name in ("match", "active") if name in options]
    if named and others:
        alone = option_name(named[0])
        what = f"cannot be given together with {alone}: name subscribers, or select them by what they are."
        yield Problem((others[0],), what)
    if named[1:] and "subscribers" in named:
        yield Problem((named[1],), f"cannot be given together with {option_name('subscribers')}; put it into the list.")
    for index, entry in enumerate(elements_in(options.get("subscribers"))):
        if isinstance(entry, Mapping):
            given = [name for name in SELECTOR if entry.get(name) not in (None, "")]
            if not is_one_subscriber(given):
                what = f"must have one of {', '.join(SELECTOR)}, or an id and one of the names."
                yield Problem(("subscribers", index), what)
            yield from (problem.below("subscribers", index) for problem in selector_problems(entry))
    if options.get("settings") == []:
        yield Problem(("settings",), "must not be empty; leave it out to have both.")
    if options.get("match") is not None:
        yield from match_problems(options["match"])
    yield from paging_problems(options)


def settings_info(client: Client, options: SettingsInfoOptions, check_mode: bool) -> Result:
    """Return the settings of the named or matching subscribers, sorted by domain and username."""
    odd: list[FaxError] = []
    if options.selectors is None:
        found = all_settings.matching(
            client, options.settings, options.match, options.paging, options.active, on_odd=odd.append
        )
    else:
        found = _named(client, options, options.selectors)
    rows = [_row(each, options) for each in sorted(found, key=lambda each: each.name)]
    if odd:
        error = together(odd, f"{len(odd)} answers of the server make no sense")
        error.facts = {"subscribers": rows}
        raise error
    # A misspelt value of match matches nobody, too.
    warnings = [] if rows else ["No subscriber fits what was asked for, or this login sees none."]
    return Result(changed=False, facts={"subscribers": rows}, warnings=warnings)


def _row(found: SubscriberSettings, options: SettingsInfoOptions) -> JsonObject:
    settings = {
        resource.module: plan.displayed(resource, found.settings[resource.module], options.return_secrets)
        for resource in options.settings
    }
    return {**subscribers.of(found.item).as_dict(), **settings}


def _named(client: Client, options: SettingsInfoOptions, selectors: Sequence[Selector]) -> list[SubscriberSettings]:
    """Return the settings of the named subscribers, each once. Raises an error that names all missing ones."""
    items = _items(client, selectors, options.paging)
    found = all_settings.with_settings(client, options.settings, items, options.paging)
    if len(found) < len(items):
        present = {subscribers.of(each.item) for each in found}
        missing = ", ".join(str(each) for each in map(subscribers.of, items) if each not in present)
        raise NotFound(f"The server has no settings of {missing}", "Run it again: they may have been terminated.")
    return found


def _items(client: Client, selectors: Sequence[Selector], paging: Paging) -> list[JsonObject]:
    found = concurrency.map_concurrently(
        lambda selector: subscribers.get(client, subscribers.find(client, selector)), selectors, paging.workers
    )
    errors = [each for each in found if isinstance(each, FaxError)]
    if errors:
        raise together(errors, f"{len(errors)} of {len(selectors)} subscribers cannot be read")
    return list({int(item["id"]): item for item in found if not isinstance(item, FaxError)}.values())


def _read_options(given: Options) -> SettingsInfoOptions:
    own, listed = read_options(Selector, given), given.get("subscribers")
    return SettingsInfoOptions(
        paging=read_options(Paging, given),
        selectors=(own,) if own else _selectors(listed) if listed is not None else None,
        match=given_match(given.get("match")),
        active=given.get("active"),
        settings=tuple(resource for resource in RESOURCES if resource.module in given["settings"]),
        return_secrets=given["return_secrets"],
    )


def _selectors(entries: Sequence[Options]) -> tuple[Selector, ...]:
    return tuple(read_options(Selector, entry) for entry in entries)


JOB = Job(spec_of_settings_info(), settings_info, _read_options)
