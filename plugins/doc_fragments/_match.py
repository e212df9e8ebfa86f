# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option that selects subscribers by what they are."""

from __future__ import annotations

from typing import Any

import yaml

MATCH = {
    "domain": {"description": ["Subscribers of this domain. Case does not matter."], "type": "str"},
    "customer_id": {"description": ["Subscribers of the customer with this id."], "type": "int"},
    "customer_external_id": {
        "description": ["Subscribers of the customer with this external id. Quote it if it looks like a number."],
        "type": "str",
    },
    "reseller_id": {"description": ["Subscribers of the reseller with this id."], "type": "int"},
    "profile_id": {"description": ["Subscribers with this subscriber profile, by its id."], "type": "int"},
    "alias": {
        "description": [
            "The subscriber that has this number, as its primary number or as an alias.",
            "Give the whole number with country code, digits only, in quotes.",
        ],
        "type": "str",
    },
}
NOTE = (
    "The server ignores a filter that it does not know. So each value of C(match) is checked against the answer. The"
    " server does not show the reseller and the customer's external id; for these, it is first asked for a value that"
    " nobody has."
)


def match_option(*description: str) -> dict[str, Any]:
    """Return the documentation of an option that takes the suboptions of `match`."""
    return {
        "description": [*description, "Give whole values, without wildcards."],
        "type": "dict",
        "suboptions": MATCH,
    }


def _fragment(*description: str) -> str:
    return yaml.safe_dump({"options": {"match": match_option(*description)}, "notes": [NOTE]}, sort_keys=False)


class ModuleDocFragment:
    # The annotations keep sanity tests, which evaluate a plain assignment as a literal, from failing.
    DOCUMENTATION: str = _fragment(
        "Only subscribers that match all the given values. The default is everybody that the login can see.",
    )
    EXPORT: str = _fragment(
        "Restricts the export to subscribers that match all the given values. The default is everybody that the login"
        " can see.",
        "Other subscribers in the export's files stay as they are. If neither the file nor the name shows that a"
        " subscriber is another one, the module looks it up, and removes its entry if it is gone from the server.",
    )
