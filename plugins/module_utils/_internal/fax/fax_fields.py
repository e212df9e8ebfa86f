# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the fields of a fax that the server sent. No I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import Unreadable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping

# Texts, or null. Numbers are accepted too: Perl does not always tell them apart.
TEXTS = ("time", "direction", "caller", "callee", "peer_number", "status", "reason", "quality", "filename")
NUMBERS = ("duration", "pages", "signal_rate")
ADVICE = "Look at it in the panel. Other faxes are not affected."


def oddities(fax: JsonMapping) -> dict[str, str]:
    """Return the malformed fields of a fax, each with words to put after its name; empty if there are none."""
    own = {name: value for name, value in fax.items() if not name.startswith("_")}
    found = {name: f"is {_shape(value)}" for name, value in own.items() if _is_odd(name, value)}
    if "id" not in own:
        found["id"] = "is missing"
    surrogates = {name: "holds half a character" for name, value in own.items() if _has_surrogates(value)}
    return found | surrogates


def unreadable(fax: JsonMapping, odd: Mapping[str, str], fax_id: int | None = None) -> Unreadable:
    """Return the error for a fax with these oddities. `fax_id` is the requested id; None for one from a list."""
    known = fax_id or (None if "id" in odd else fax["id"])
    which = f"fax {known}" if known else "a fax"
    whose = f" of subscriber {fax['subscriber_id']}" if fax.get("subscriber_id") and "subscriber_id" not in odd else ""
    what = " and ".join(f"{name} {words}" for name, words in odd.items())
    return Unreadable(f"The server's entry for {which}{whose} cannot be read: {what}", ADVICE)


def _is_odd(name: str, value: object) -> bool:
    if name == "id":
        return not _is_id(value)
    if name == "subscriber_id":
        return value is not None and not _is_id(value)
    if name in TEXTS or name in NUMBERS:
        return not (value is None or isinstance(value, (str, int, float))) or isinstance(value, bool)
    return False


def _is_id(value: object) -> bool:
    return isinstance(value, (int, str)) and not isinstance(value, bool) and str(value).isdecimal() and int(value) > 0


def _has_surrogates(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _shape(value: object) -> str:
    """Name the kind of an unexpected value, without its content."""
    if isinstance(value, (bool, float)) or value is None:
        return json.dumps(value)
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "not a number"
