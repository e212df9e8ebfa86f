# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options for the desired settings of many subscribers."""

from __future__ import annotations

from typing import Any

import yaml

from ansible_collections.ngcp.fax.plugins.doc_fragments._match import match_option
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS

# The suboptions are documented once, with the modules. The argument spec leaves them out, too (`Spec.referring`).
OF_MODULES: dict[str, Any] = {
    name: {
        "description": [f"Options of M(ngcp.fax.{name}). An option that is not given stays as it is on the server."],
        "type": "dict",
    }
    for name in SETTINGS
}
BELOW = {name: {"description": [f"As O(subscribers[].{name})."], "type": "dict"} for name in SETTINGS}
ENTRY = {
    "subscriber_id": {
        "description": [
            "Id of the subscriber. It needs no lookup.",
            (
                "Beside O(subscribers[].subscriber) or O(subscribers[].external_id), the id finds the subscriber, and"
                " the name is verified (O(verify_names))."
            ),
        ],
        "type": "int",
    },
    "subscriber": {"description": ["Name of the subscriber, V(user@domain). Case does not matter."], "type": "str"},
    "external_id": {
        "description": ["External id of the subscriber. Quote it if it looks like a number."],
        "type": "str",
    },
    "match": match_option(
        "Set of subscribers instead of one: those that match all the given values.",
        "Sets apply first, in the given order. The subscriber's own entry overrides them, field by field.",
    ),
    **OF_MODULES,
    "place": {
        "description": [
            "Place of the entry, such as C(customers.csv:17), if you generate entries from something else.",
            "Messages and results name it. The default is the position of the entry in the list.",
        ],
        "type": "str",
    },
    "below": {
        "description": [
            "Settings that apply where neither the entry nor a set declares a value, such as the defaults of a file.",
            "Use it if you generate entries from something else.",
            "Entries with the same O(subscribers[].below[].place) share them.",
        ],
        "type": "list",
        "elements": "dict",
        "suboptions": {
            "place": {"description": ["Place of these settings."], "type": "str"},
            **BELOW,
        },
    },
}
OPTIONS = {
    "subscribers": {
        "description": [
            "Declared settings, with one entry for each subscriber or set of subscribers.",
            (
                "Name a subscriber by O(subscribers[].subscriber_id), O(subscribers[].subscriber) or"
                " O(subscribers[].external_id), or by its id and one of these names; or a set of subscribers by"
                " O(subscribers[].match)."
            ),
            "Two entries must not be about the same subscriber.",
        ],
        "type": "list",
        "elements": "dict",
        "suboptions": ENTRY,
    },
    "defaults": {
        "description": ["Settings that apply to every entry. The files, the sets and the entry itself override them."],
        "type": "dict",
        "suboptions": BELOW,
    },
    "only": {
        "description": [
            (
                "Restricts the run to these subscribers, each V(user@domain) or an id, whoever else is declared or in a"
                " set. An entry whose name or id shows that it is about somebody else is not looked up."
            ),
            (
                "A subscriber that is not on the server is a failure, or V(missing) in a drift report, whether an entry"
                " names it or not, because its name may be misspelt."
            ),
            (
                "Use C(ansible_play_hosts_all) with the inventory plugin P(ngcp.fax.subscribers#inventory) to follow"
                " C(--limit) and the slices of a job (C(docs/scaling.md))."
            ),
        ],
        "type": "list",
        "elements": "str",
    },
    "verify_names": {
        "description": [
            (
                "Whose names to verify if their entries give an id and a name. The id finds the subscriber, which needs"
                " no lookup. If the id is gone or belongs to somebody else by now, the subscriber is looked up by name,"
                " and is listed in RV(renumbered)."
            ),
            (
                "V(changed) verifies everybody who is written to, or has a row in the result or the report, with one"
                " request each. Names that are read anyway are verified, too. RV(names_not_verified) counts the others."
            ),
            "V(always) verifies everybody.",
        ],
        "type": "str",
        "choices": ["changed", "always"],
        "default": "changed",
    },
    "unmanaged_match": {
        "description": [
            "Restricts O(unmanaged) to subscribers that match all the given values.",
            "The default is everybody that the login can see.",
            "The suboptions are those of O(subscribers[].match).",
        ],
        "type": "dict",
    },
}


class ModuleDocFragment:
    # The annotation keeps sanity tests, which evaluate a plain assignment as a literal, from failing.
    DOCUMENTATION: str = yaml.safe_dump({"options": OPTIONS}, sort_keys=False)
