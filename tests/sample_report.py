# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports for tests and benchmarks: one of each kind of row, and as many as wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from typing import Any, cast

from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Head, Report, Row

LAST = datetime(2026, 11, 26, 5, tzinfo=timezone.utc)
MADE = "2026-11-26T05:00:00Z"
AUTHORS = ("j.huber", "m.novak", "support")
ENTRY = {"destination": "fax@clinic.example", "filetype": "PDF14", "incoming": True, "outgoing": False, "status": False}
SETTLE = {
    "declare": "- subscriber: {name}\n  faxserver_settings:\n    {field}: {value}\n",
    "restore": "ansible localhost -m ngcp.fax.fax_subscribers -a 'src=customers/ only={name}'",
}


def row(kind: str = "drift", name: str | None = "43123001", domain: str = "voip.example.com", **more: Any) -> Row:
    """A row; what is not said is null."""
    keys = (
        "settings",
        "field",
        "element",
        "change",
        "expected",
        "actual",
        "changed_at",
        "changed_by",
        "place",
        "msg",
        "accepted",
    )
    content = {
        "kind": kind,
        "subscriber_id": 17,
        "subscriber": f"{name}@{domain}" if name else None,
        "customer_id": 5,
        **dict.fromkeys(keys),
        "settle": None,
        **more,
    }
    names = repr([content["kind"], content["subscriber"], content["settings"], content["field"], content["element"]])
    return cast(Row, {"id": hashlib.sha256(names.encode()).hexdigest()[:12], **content})


def report(
    rows: Sequence[Row] = (), verdict: str | None = None, kind: str = "drift", subscribers: int = 5000
) -> Report:
    """A report about these rows; its totals are theirs."""
    mine = [one for one in rows if not one["accepted"]]
    who = {
        kind: {repr(one["subscriber"]) for one in mine if one["kind"] == kind}
        for kind in ("missing", "unmanaged", "failed")
    }
    drifted = len({repr(one["subscriber"]) for one in mine if one["kind"] in ("drift", "changed")})
    counts = {kind: len(found) for kind, found in who.items()}
    found = "unknown" if counts["failed"] else "drift" if drifted or counts["missing"] else "clean"
    return {
        "version": 1,
        "kind": kind,
        "generated": MADE,
        "api_url": "https://ngcp.example.com:1443",
        "verdict": verdict or found,
        "names_not_verified": 0,
        "notes": [],
        "totals": {
            "subscribers": subscribers,
            "unchanged": subscribers - drifted - counts["missing"] - counts["failed"],
            "drifted": drifted,
            **counts,
            "rows": len(mine),
            "accepted": len(rows) - len(mine),
            "risks": sum(one["kind"] == "risk" for one in mine),
            "renumbered": sum(one["kind"] == "renumbered" for one in mine),
        },
        "rows": list(rows),
    }


def settle(name: str, field: str, value: str) -> dict[str, str]:
    return {how: text.format(name=name, field=field, value=value) for how, text in SETTLE.items()}


def of_each() -> list[Row]:
    """One row of each kind, and more of the commonest, as they are in a morning."""
    old_gateway = "The old gateway cannot do T.38 until it is replaced (ticket 4711)."
    fax, mail = {"settings": "faxserver_settings"}, {"settings": "mailtofax_settings"}
    seen = {"changed_at": "2026-11-25 14:02:11", "changed_by": "j.huber"}
    clinic, hotel = "customers/clinic.yml", "customers/hotel.yml"
    return [
        row(**fax, **seen, field="active", expected=True, actual=False, place=f"{clinic}:12",
            settle=settle("43123001@voip.example.com", "active", "false")),
        row(**fax, **seen, field="name", expected="Example Clinic, Ward 3", actual="Example Clinic, Ward 5",
            place=f"{clinic}:13", settle=settle("43123001@voip.example.com", "name", "Example Clinic, Ward 5")),
        row(**fax, field="destinations", element="fax@clinic.example", change="changed", expected=ENTRY,
            actual={**ENTRY, "filetype": "TIFF", "status": True}, changed_at="2026-11-25 14:05:40",
            changed_by="j.huber", place=f"{clinic}:15",
            settle=settle("43123001@voip.example.com", "destinations", "[…]")),
        row(**fax, name="43123002", field="destinations", element="private@mail.example", change="added", actual=ENTRY,
            expected=None, changed_at="2026-11-24 22:41:03", changed_by="m.novak", place=f"{clinic}:31",
            settle=settle("43123002@voip.example.com", "destinations", "[…]")),
        row(**mail, name="43123003", field="secret_key", expected="(changed)", actual=None,
            changed_at="2026-11-23 08:00:00", changed_by="support", place=f"{clinic}:44"),
        row(**mail, name="reception", domain="tel.example", customer_id=8, field="acl",
            element="from office@hotel.example", change="removed", actual=None,
            expected={"from_email": "office@hotel.example", "use_regex": False},
            place=f"{hotel}:9", settle=settle("reception@tel.example", "acl", "[]")),
        row("missing", "43123099", place=f"{clinic}:80"),
        row("unmanaged", "lobby", "tel.example", customer_id=8),
        row("risk", "reception", "tel.example", customer_id=8, **mail,
            msg="mail2fax is active without secret key and ACL: everybody can send faxes."),
        row(**fax, name="43123007", field="t38", expected=True, actual=False, place=f"{clinic}:61",
            changed_at=seen["changed_at"], accepted={"reason": old_gateway, "expires": "2026-12-31"}),
    ]  # fmt: skip


def but(row: Row, **facts: Any) -> Row:
    """A copy of a row with other facts."""
    return cast(Row, {**deepcopy(row), **facts})


def failed(name: str = "43123050") -> Row:
    return row("failed", name, msg="The server did not answer (503) after 5 tries.")


def many(size: int) -> list[Row]:
    """Rows as a bad night makes them."""
    fields = (
        ("faxserver_settings", "active"),
        ("faxserver_settings", "name"),
        ("mailtofax_settings", "secret_key_renew"),
    )
    rows = []
    for number in range(size):
        settings, field = fields[number % 3]
        name = f"4312{number:06}"
        values = {"active": (True, False), "name": (f"Office {number} of Example", f"Office {number} of Other")}
        expected, actual = values.get(field, ("never", "monthly"))
        domain = f"customer{number % 40}.example.com"
        rows.append(
            row(
                name=name,
                domain=domain,
                customer_id=number % 40 + 1,
                settings=settings,
                field=field,
                expected=expected,
                actual=actual,
                changed_at=f"2026-11-{number % 25 + 1:02} {number % 24:02}:{number % 60:02}:00",
                changed_by=AUTHORS[number % 3],
                place=f"customers/customer{number % 40}.yml:{number // 4 + 3}",
                settle=settle(f"{name}@{domain}", field, str(actual)),
            )
        )
    return rows


def runs(size: int = 30) -> list[Head]:
    """A history before the report of today."""
    made: list[Head] = []
    for day in range(size):
        drifted = (3, 0, 0, 1, 7, 2, 0)[day % 7]
        totals = report()["totals"] | {"drifted": drifted, "missing": day % 2, "unchanged": 5000 - drifted}
        verdict = "unknown" if day % 11 == 8 else "drift" if drifted or day % 2 else "clean"
        when = (LAST - timedelta(days=size - day)).strftime("%Y-%m-%dT%H:%M:%SZ")
        made.append(
            {"generated": when, "kind": "drift", "api_url": report()["api_url"], "verdict": verdict, "totals": totals}
        )
    return made
