# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired settings of many subscribers, documented as the modules of one subscriber document the same options."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ansible_collections.ngcp.fax.plugins.modules import faxserver_settings, mailtofax_settings

MODULES = {"faxserver_settings": faxserver_settings, "mailtofax_settings": mailtofax_settings}


def _settings(place: str) -> dict[str, Any]:
    """The settings of both modules as suboptions of the option at `place`, where references to them lead, too."""
    suboptions = {}
    for name, module in MODULES.items():
        options = yaml.safe_load(module.DOCUMENTATION)["options"]
        text = re.sub(r"O\((\w+)", rf"O({place}.{name}.\1", yaml.safe_dump(options))
        suboptions[name] = {
            "description": [f"What M(ngcp.fax.{name}) takes. What is not given stays as it is on the server."],
            "type": "dict",
            "suboptions": yaml.safe_load(text),
        }
    return suboptions


MATCH = {
    "domain": {"description": ["The subscribers of this domain, upper or lower case."], "type": "str"},
    "customer_id": {"description": ["The subscribers of the customer with this id."], "type": "int"},
    "customer_external_id": {
        "description": ["The subscribers of the customer with this external id. Quote it if it looks like a number."],
        "type": "str",
    },
    "profile_id": {"description": ["The subscribers with the subscriber profile of this id."], "type": "int"},
}
ENTRY = {
    "subscriber_id": {"description": ["The subscriber's id. Nobody is looked up."], "type": "int"},
    "subscriber": {"description": ["The subscriber's name, V(user@domain), upper or lower case."], "type": "str"},
    "external_id": {
        "description": ["The subscriber's external id. Quote it if it looks like a number."],
        "type": "str",
    },
    "match": {
        "description": [
            "A set of subscribers instead of one: those that fit all that is given here.",
            "Sets apply first, in the order given, and then the entry of the single subscriber, field by field.",
        ],
        "type": "dict",
        "suboptions": MATCH,
    },
    **_settings("subscribers[]"),
    "place": {
        "description": [
            "Where the entry comes from, such as C(customers.csv:17), for whoever makes entries from something else.",
            "Messages and results name it. Without it they name the entry's number in the list.",
        ],
        "type": "str",
    },
    "below": {
        "description": [
            "Settings that hold where neither the entry nor a set declares anything, such as the defaults of a file.",
            "For whoever makes entries from something else.",
            "Entries with the same O(subscribers[].below[].place) share them.",
        ],
        "type": "list",
        "elements": "dict",
        "suboptions": {
            "place": {"description": ["Where these settings come from."], "type": "str"},
            **_settings("subscribers[].below[]"),
        },
    },
}
OPTIONS = {
    "subscribers": {
        "description": [
            "Desired settings, an entry for each subscriber or set of subscribers.",
            "Each has O(subscribers[].subscriber_id), O(subscribers[].subscriber) or O(subscribers[].external_id).",
            "Or it has O(subscribers[].match), and is about a set of them.",
            "No subscriber may be named by two entries.",
        ],
        "type": "list",
        "elements": "dict",
        "suboptions": ENTRY,
    },
    "defaults": {
        "description": ["Settings that hold for every entry, below what files, sets and the entry itself declare."],
        "type": "dict",
        "suboptions": _settings("defaults"),
    },
    "scope": {
        "description": [
            "Among whom O(unmanaged) looks: those that fit all that is given here, or everybody that the login sees."
        ],
        "type": "dict",
        "suboptions": MATCH,
    },
}


class ModuleDocFragment:
    # Annotated, for sanity tests take a plain assignment for a literal text.
    DOCUMENTATION: str = yaml.safe_dump({"options": OPTIONS}, sort_keys=False)
