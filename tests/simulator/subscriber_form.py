# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Form that checks a subscriber (the vendor's published Form/Subscriber/SubscriberAPI.pm, read)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import available_timezones

from . import forms, perl
from .forms import Field

_SYMBOLS: Final = re.compile(r"[a-zA-Z0-9=+,;_.~'()-]+")


def _identifier(value: object) -> Sequence[str]:
    """Check the name of a SIP user."""
    text = perl.text(value).strip()
    if isinstance(value, list):
        return forms.text(value)
    if " " in text:
        return ["Cannot contain spaces."]
    if text.startswith(".") or text.endswith(".") or ".." in text:
        return ["Invalid identifier (dots not allowed at this position)."]
    return [] if _SYMBOLS.fullmatch(text) else ["Contains invalid symbols."]


def _timezone(value: object) -> Sequence[str]:
    return [] if perl.text(value) in available_timezones() else [f"'{perl.text(value)}' is not a valid value"]


def _number(value: object) -> Sequence[str]:
    """Check a primary number."""
    if not isinstance(value, dict):
        return []
    parts = {name: perl.text(value.get(name)).strip() for name in ("cc", "ac", "sn")}
    if any(part and not re.fullmatch("[0-9]+", part, re.ASCII) for part in parts.values()):
        return ["Value must be a positive integer"]
    if parts["cc"] and not parts["sn"]:
        return ["Subscriber Number required if Country Code is set"]
    return ["Country Code required if Subscriber Number is set"] if parts["sn"] and not parts["cc"] else []


_FIELDS: Final[Mapping[str, Field]] = {
    "email": Field("Email", forms.email),
    "webusername": Field("Web Username", forms.text),
    "webpassword": Field("Web Password", forms.text),
    "username": Field("SIP Username", _identifier, required=True),
    "domain_id": Field("Domain", lambda _value: [], required=True),
    "password": Field("SIP Password", forms.text),
    "status": Field("Status", forms.one_of("active", "locked", "terminated")),
    "external_id": Field("External ID", forms.text),
    "timezone": Field("Timezone", _timezone),
    "customer_id": Field("Customer", lambda _value: [], required=True),
    "display_name": Field("Display Name", forms.text),
    "lock": Field("Lock Level", forms.one_of("1", "2", "3", "4", "5")),
    "e164": Field("E164 Number", _number),
}


def check(document: Mapping[str, object]) -> None:
    """Refuse a subscriber with invalid values, with status 422 and all objections."""
    forms.refuse([*forms.objections(_FIELDS, {**document, "e164": document.get("primary_number")})])
