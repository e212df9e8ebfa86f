# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options for the desired settings of many subscribers, documented as in the modules for one subscriber."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ansible_collections.ngcp.fax.plugins.doc_fragments._match import option
from ansible_collections.ngcp.fax.plugins.modules import faxserver_settings, mailtofax_settings

MODULES = {"faxserver_settings": faxserver_settings, "mailtofax_settings": mailtofax_settings}


def _settings(place: str) -> dict[str, Any]:
    """Return the settings of both modules as suboptions of the option at `place`; references lead there, too."""
    suboptions = {}
    for name, module in MODULES.items():
        options = yaml.safe_load(module.DOCUMENTATION)["options"]
        text = re.sub(r"O\((\w+)", rf"O({place}.{name}.\1", yaml.safe_dump(options))
        suboptions[name] = {
            "description": [
                f"Options of M(ngcp.fax.{name}). An option that is not given stays as it is on the server."
            ],
            "type": "dict",
            "suboptions": yaml.safe_load(text),
        }
    return suboptions


ENTRY = {
    "subscriber_id": {"description": ["Id of the subscriber. It needs no lookup."], "type": "int"},
    "subscriber": {"description": ["Name of the subscriber, V(user@domain). Case does not matter."], "type": "str"},
    "external_id": {
        "description": ["External id of the subscriber. Quote it if it looks like a number."],
        "type": "str",
    },
    "match": option(
        "Set of subscribers instead of one: those that match all the given values.",
        "Sets apply first, in the given order. The subscriber's own entry overrides them, field by field.",
    ),
    **_settings("subscribers[]"),
    "place": {
        "description": [
            "Source of the entry, such as C(customers.csv:17), if you generate entries from something else.",
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
            "place": {"description": ["Source of these settings."], "type": "str"},
            **_settings("subscribers[].below[]"),
        },
    },
}
OPTIONS = {
    "subscribers": {
        "description": [
            "Desired settings, with one entry for each subscriber or set of subscribers.",
            (
                "Name a subscriber by O(subscribers[].subscriber_id), O(subscribers[].subscriber) or"
                " O(subscribers[].external_id), or a set of subscribers by O(subscribers[].match)."
            ),
            "Two entries must not name the same subscriber.",
        ],
        "type": "list",
        "elements": "dict",
        "suboptions": ENTRY,
    },
    "defaults": {
        "description": ["Settings that apply to every entry. The files, the sets and the entry itself override them."],
        "type": "dict",
        "suboptions": _settings("defaults"),
    },
    "unmanaged_match": option(
        "Restricts O(unmanaged) to subscribers that match all the given values.",
        "The default is everybody that the login can see.",
    ),
}


class ModuleDocFragment:
    # The annotation keeps sanity tests, which evaluate a plain assignment as a literal, from failing.
    DOCUMENTATION: str = yaml.safe_dump({"options": OPTIONS}, sort_keys=False)
