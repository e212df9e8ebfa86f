# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules beside those of one subscriber's settings take, and what is wrong with it. Plain data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils import (
    baseline,
    guards,
    modes,
    recordings,
    reviewed,
    times,
    workers,
)
from ansible_collections.ngcp.fax.plugins.module_utils.entries import (
    ENTRY,
    MATCH,
    SETTINGS_OPTIONS,
    match_problems,
    of_task,
    read_settings,
)
from ansible_collections.ngcp.fax.plugins.module_utils.journal import digits
from ansible_collections.ngcp.fax.plugins.module_utils.options import (
    LONGEST,
    SELECTOR,
    SHORTEST,
    Options,
    OptionSpecs,
    Problems,
    Spec,
    hidden_problems,
    instead,
    not_between,
    selector_problems,
    spec,
)
from ansible_collections.ngcp.fax.plugins.module_utils.pages import Paging
from ansible_collections.ngcp.fax.plugins.module_utils.quoting import in_quotes
from ansible_collections.ngcp.fax.plugins.module_utils.recordings import FORMATS
from ansible_collections.ngcp.fax.plugins.module_utils.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils.subscribers import FILTERS, filter_problems

# The longest text that the server takes, in characters, read in the panel's source.
LONGEST_TEXT = 1 << 20
# The longest name of a file, in bytes.
LONGEST_NAME = 255
# How an export names a subscriber, the default first.
SELECTOR_ORDER = ("subscriber", "subscriber_id", "external_id")
DIRECTIONS = ("in", "out", "mtf")

PAGING: OptionSpecs = {
    "page_size": {"type": "int", "default": Paging.page_size},
    "workers": {"type": "int", "default": Paging.workers},
}
FILTER_OPTIONS: OptionSpecs = {**{each.name: {"type": each.type} for each in FILTERS}, "active": {"type": "bool"}}
WINDOW: OptionSpecs = {
    "since": {"type": "str"},
    "until": {"type": "str"},
    "direction": {"type": "str", "choices": list(DIRECTIONS)},
    "status": {"type": "str"},
}
MODES: OptionSpecs = {"mode": {"type": "raw"}, "directory_mode": {"type": "raw"}}
FORMAT: OptionSpecs = {
    "format": {"type": "str", "choices": list(FORMATS), "default": "tiff"},
    "max_size": {"type": "bytes", "default": recordings.LARGEST},
}


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


def spec_of_fleet() -> Spec:
    """The spec of `fax_subscribers`."""
    options: OptionSpecs = {
        "subscribers": {"type": "list", "elements": "dict", "options": ENTRY},
        "src": {"type": "list", "elements": "path"},
        "defaults": {"type": "dict", "options": SETTINGS_OPTIONS},
        "allow_empty": {"type": "bool", "default": False},
        "only": {"type": "list", "elements": "str"},
        "unmanaged": {"type": "str", "choices": ["ignore", "report", "deactivate"], "default": "ignore"},
        "scope": {"type": "dict", "options": MATCH},
        "max_changes": {"type": "raw"},
        "max_deactivations": {"type": "int"},
        "max_failures": {"type": "int"},
        "verify_at_end": {"type": "str", "choices": ["lists", "all", "none"], "default": "lists"},
        "plan": {"type": "raw"},
        "return_report": {"type": "bool", "default": False},
        "return_rows": {"type": "str", "choices": ["full", "brief", "none", "file"]},
        "check_options": {"type": "bool", "default": False},
        "return_unchanged": {"type": "bool", "default": False},
        "progress": {"type": "bool", "default": True},
        **PAGING,
    }
    # Thousands of entries would take Ansible's own validation minutes.
    own = frozenset({"subscribers", "defaults", "scope", "only", "plan"})
    return spec(options, _fleet_problems, selector=None, own=own)


def spec_of_drift() -> Spec:
    """The spec of `fax_drift`."""
    fleet = spec_of_fleet()
    shared = ("subscribers", "src", "defaults", "allow_empty", "only", "scope", "progress")
    names = (*shared, "check_options", *PAGING)
    options: OptionSpecs = {
        **{name: fleet.options[name] for name in names},
        "unmanaged": {"type": "str", "choices": ["ignore", "report"], "default": "report"},
        "baseline": {"type": "raw"},
        "return_rows": {"type": "str", "choices": ["full", "file"], "default": "full"},
    }
    return spec(options, _drift_problems, selector=None, own=fleet.own)


def spec_of_fax_info() -> Spec:
    """The spec of `fax_info`."""
    options: OptionSpecs = {
        "id": {"type": "int"},
        **WINDOW,
        "caller": {"type": "str"},
        "callee": {"type": "str"},
        "limit": {"type": "int"},
        **PAGING,
    }
    return spec(options, _fax_info_problems, selector=False)


def spec_of_fax() -> Spec:
    """The spec of `fax`."""
    options: OptionSpecs = {
        "state": {"type": "str", "required": True, "choices": ["absent"]},
        "id": {"type": "list", "elements": "int"},
        "older_than": {"type": "str"},
        "confirm_all": {"type": "bool", "default": False},
        "max_deletions": {"type": "int", "default": 100},
        **PAGING,
    }
    which = (("id", "older_than"),)
    return spec(options, _fax_problems, selector=False, mutually_exclusive=which, required_one_of=which)


def spec_of_recording() -> Spec:
    """The spec of `fax_recording`."""
    options: OptionSpecs = {
        "id": {"type": "int", "required": True},
        "dest": {"type": "path", "required": True},
        **FORMAT,
        "force": {"type": "bool", "default": True},
    }
    return spec(options, _recording_problems, selector=None, file=True)


def spec_of_archive() -> Spec:
    """The spec of `fax_archive`."""
    options: OptionSpecs = {
        "dest": {"type": "path", "required": True},
        **WINDOW,
        **FORMAT,
        "delete_after": {"type": "bool", "default": False},
        **MODES,
        **PAGING,
    }
    return spec(options, _archive_problems, selector=False)


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


def spec_of_login() -> Spec:
    """The spec of `login`."""
    return spec({}, _login_problems, selector=None)


def spec_of_sending() -> Spec:
    """The spec of `fax_send`; the action plugin hands in what became of earlier tries of the task."""
    options: OptionSpecs = {
        "destination": {"type": "str"},
        "destinations": {"type": "list", "elements": "str"},
        "src": {"type": "path"},
        "content": {"type": "str"},
        "remote_src": {"type": "bool", "default": False},
        "max_size": {"type": "bytes", "default": "64M"},
        "force": {"type": "bool", "default": False},
        "receipt": {"type": "path"},
        "mode": MODES["mode"],
        "on_uncertain": {"type": "str", "choices": ["fail", "resend", "assume_sent"], "default": "fail"},
        "retry_failed": {"type": "int", "default": 0},
        "retry_pause": {"type": "float", "default": 60.0},
        "workers": PAGING["workers"],
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 300.0},
        "poll_interval": {"type": "float", "default": 5.0},
    }
    either = (("destination", "destinations"), ("src", "content"))
    return spec(
        options, _sending_problems, mutually_exclusive=either, required_one_of=either, own=frozenset({"_tries"})
    )


def inventory_problems(options: Options) -> Problems:
    """What is wrong with the inventory plugin's own options."""
    filters = options.get("filters") or {}
    unknown = sorted(map(str, filters.keys() - FILTER_OPTIONS.keys()))
    if unknown:
        yield f"filters: {', '.join(unknown)} is no filter; there are {', '.join(FILTER_OPTIONS)}."
    for name, value in filters.items():
        kind = FILTER_OPTIONS.get(name, {}).get("type")
        if kind == "bool" and not isinstance(value, bool):
            yield f"filters: {name} must be true or false{instead(value)}."
        elif kind == "int" and (isinstance(value, bool) or not isinstance(value, int)):
            yield f"filters: {name} must be a number{instead(value)}."
        elif kind == "str" and not isinstance(value, str):
            yield f"filters: {name} must be a text{in_quotes(value)}."
    yield from (f"filters: {problem}" for problem in filter_problems(filters))
    if filters.get("active") is not None and not options.get("with_settings"):
        yield "filters: active needs with_settings: true, for it is a setting."
    yield from _paging_problems(options)


def _settings_info_problems(options: Options) -> Problems:
    named = [name for name in ("subscribers", *SELECTOR) if name in options]
    others = [name for name in FILTER_OPTIONS if name in options]
    if named and others:
        yield f"{others[0]} cannot be given together with {named[0]}: name the subscribers, or filter all of them."
    if len(named) > 1 and "subscribers" in named:
        yield f"{named[1]} cannot be given together with subscribers; put it into the list."
    for index, entry in enumerate(_entries(options.get("subscribers"))):
        if isinstance(entry, Mapping):
            given = [name for name in SELECTOR if entry.get(name) not in (None, "")]
            if len(given) != 1:
                yield f"subscribers[{index}] must have exactly one of {', '.join(SELECTOR)}, not {len(given)}."
            yield from (f"subscribers[{index}].{problem}" for problem in selector_problems(entry))
    if options.get("resources") == []:
        yield "resources must not be empty; leave it out to have both."
    yield from filter_problems(options)
    yield from _paging_problems(options)


def _fleet_problems(options: Options) -> Problems:
    found = of_task(options)
    yield from found.problems
    # If only the options are checked, the files were not read.
    if not found and not found.problems and not (options.get("check_options") and options.get("src")):
        yield "subscribers and src name nobody; declare the settings of one subscriber at least."
    if options.get("defaults") is not None:
        yield from read_settings(options["defaults"], "defaults")[1]
    only = options.get("only", [])
    if not isinstance(only, list):
        yield "only must be a list of subscribers, each user@domain or an id."
    for index, name in enumerate(only if isinstance(only, list) else ()):
        if isinstance(name, bool) or not isinstance(name, (str, int)) or not name:
            yield f"only[{index}] must be user@domain or an id{instead(name)}."
        else:
            yield from hidden_problems(f"only[{index}]", name)
    if options.get("scope") is not None:
        yield from match_problems(options["scope"], "scope")
        if options.get("unmanaged", "ignore") == "ignore":
            yield "scope is given without unmanaged; say what is to be done with who is found there."
    yield from guards.problems(options)
    yield from reviewed.problems(options.get("plan"))
    yield from _paging_problems(options)


def _drift_problems(options: Options) -> Problems:
    yield from _fleet_problems(options)
    yield from baseline.of_task(options.get("baseline"))[1]


def _fax_info_problems(options: Options) -> Problems:
    if "id" in options:
        others = (*SELECTOR, *WINDOW, "caller", "callee", "limit")
        yield from (f"{name} cannot be given together with id." for name in others if name in options)
    for name in ("caller", "callee"):
        if not str(options.get(name, "x")).strip():
            yield f"{name} must not be empty; leave it out to have all."
        yield from hidden_problems(name, options.get(name))
    yield from not_between(options, "id", 1, math.inf)
    yield from not_between(options, "limit", 1, math.inf)
    yield from _window_problems(options)
    yield from _paging_problems(options)


def _fax_problems(options: Options) -> Problems:
    named = [name for name in SELECTOR if name in options]
    if "id" in options:
        yield from (f"{name} cannot be given together with id." for name in named)
        if options["id"] == []:
            yield "id must not be an empty list; name the faxes to delete."
        for index, fax_id in enumerate(_entries(options["id"])):
            yield from not_between({f"id[{index}]": fax_id}, f"id[{index}]", 1, math.inf)
    if "older_than" in options:
        problem = _problem_of(times.span, options["older_than"])
        if problem:
            yield f"older_than: {problem}."
        elif not times.span(str(options["older_than"])):
            yield "older_than must be longer than nothing."
        else:
            yield from _too_early("older_than", options["older_than"])
        if not named and options.get("confirm_all") is not True:
            yield "older_than without a subscriber deletes everybody's faxes; name one, or set confirm_all: true."
    yield from not_between(options, "max_deletions", 0, math.inf)
    yield from _paging_problems(options)


def _recording_problems(options: Options) -> Problems:
    yield from not_between(options, "id", 1, math.inf)
    yield from not_between(options, "max_size", 1, math.inf)
    yield from _dest_problems(options)


def _archive_problems(options: Options) -> Problems:
    yield from not_between(options, "max_size", 1, math.inf)
    yield from _dest_problems(options)
    yield from modes.problems(options)
    yield from _window_problems(options)
    yield from _paging_problems(options)


def _export_problems(options: Options) -> Problems:
    yield from _dest_problems(options)
    yield from modes.problems(options)
    if options.get("scope") is not None:
        yield from match_problems(options["scope"], "scope")
    if options.get("vault_id") is not None and options.get("secrets") != "vault":
        yield "vault_id is given without secrets: vault; nothing would be encrypted."
    yield from _paging_problems(options)


def _login_problems(options: Options) -> Problems:
    if options.get("auth") == "basic":
        yield "auth: basic has no token; leave auth out, or do not log in."
    if not options.get("api_username") and (options.get("api_token") or options.get("client_cert")):
        yield "api_username and api_password are missing; a token is given for these only."


def _sending_problems(options: Options) -> Problems:
    if not str(options.get("destination", "x")).strip():
        yield "destination must not be empty; give the number to send to."
    yield from hidden_problems("destination", options.get("destination"))
    # Zeros and a + before a number make no other phone of it: two ways to write one are one too many.
    seen: dict[str, int] = {}
    for index, number in enumerate(_entries(options.get("destinations"))):
        place = f"destinations[{index}]"
        yield from hidden_problems(place, number)
        if not str(number).strip():
            yield f"{place} must not be empty; give the number to send to."
        elif seen.setdefault(digits(str(number)), index) != index:
            first = seen[digits(str(number))]
            yield f"{place}: '{number}' stands already in destinations[{first}]; keep one of them."
    if options.get("destinations") == []:
        yield "destinations must not be empty; give the numbers to send to."
    content = str(options.get("content", "x"))
    if not content.strip():
        yield "content must not be empty; give the text to send, or a file as src."
    if len(content) > LONGEST_TEXT:
        yield f"content is {len(content)} characters long; the server takes at most {LONGEST_TEXT}. Send it as a file."
    if options.get("src") == "":
        yield "src must not be empty; give the file to send, or a text as content."
    if options.get("receipt") == "":
        yield "receipt must not be empty; give a file, or leave it out."
    yield from modes.problems(options)
    if options.get("mode") is not None and not options.get("receipt"):
        yield "mode needs receipt: it applies to no other file."
    yield from not_between(options, "max_size", 1, math.inf)
    yield from not_between(options, "retry_failed", 0, 100)
    yield from not_between(options, "workers", 1, workers.MOST)
    for name in ("wait_timeout", "poll_interval", "retry_pause"):
        yield from not_between(options, name, SHORTEST, LONGEST)
    if options.get("retry_failed") and options.get("wait") is False:
        yield "retry_failed needs wait: without it nobody knows that a fax failed."


def _dest_problems(options: Options) -> Problems:
    if options.get("dest") == "":
        yield "dest must not be empty; give a path."
    if any(len(part.encode()) > LONGEST_NAME for part in str(options.get("dest", "")).split("/")):
        yield f"dest holds a name of more than {LONGEST_NAME} bytes; no file system takes it."


def _window_problems(options: Options) -> Problems:
    at = times.now()
    moments = {}
    for name in ("since", "until"):
        if name in options:
            problem = _problem_of(lambda text: times.moment(text, at), options[name])
            if problem:
                yield f"{name}: {problem}."
            else:
                moments[name] = times.moment(str(options[name]), at)
    if len(moments) == 2 and moments["since"] >= moments["until"]:
        yield f"since ({options['since']}) must be before until ({options['until']})."
    if not str(options.get("status", "x")).strip():
        yield "status must not be empty; leave it out to have all."


def _too_early(name: str, text: Any) -> Problems:
    problem = _problem_of(lambda one: times.moment(one, times.now()), text)
    if problem:
        yield f"{name}: {problem}."


def _problem_of(function: Callable[[str], Any], text: Any) -> str:
    """What a function that raises ValueError has against a text."""
    try:
        function(str(text))
    except ValueError as error:
        return str(error)
    return ""


def _paging_problems(options: Options) -> Problems:
    yield from not_between(options, "page_size", 1, 1000)
    yield from not_between(options, "workers", 1, workers.MOST)


def _entries(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()
