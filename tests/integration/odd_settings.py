# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of every kind, with texts that are hard to write down: for exports."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

SEED = 20261126
# Texts that some reader takes for something else, or that are hard to write.
ODD = (
    "", "yes", "No", "on", "y", "true", "FALSE", "null", "~", "NULL", "0017", "1e3", "1_000", "0x1F", "0o17", ".inf",
    ".nan", "12:30:45", "2026-11-01", "2026-11-01 12:00:00", "=", "<<", "-", "- a", "a: b", "a #b", "#a", "&a", "*a",
    "!vault |", "%TAG", "@a", "`a", "'", '"', "\\", "\\n", " a", "a ", " ", "\t", "a\nb", "a\n", "\n", "a\r\nb",
    "\u00e4\u00f6",
    "\u65e5\u672c\u8a9e", "\u2028", "\u0085", "\u00a0a", "e\u0301", "{{", "}}", "{% a", "[a]", "{a: b}", "a,b", "|",
    ">", "?", ": ",
    "x" * 64, "\u00fc" * 64, "---", "...", "\x7f"[:0] + "$ANSIBLE_VAULT;1.1;AES256", "+431", "Example Clinic", "None",
)  # fmt: skip
FAX, MAIL = "faxserversettings", "mailtofaxsettings"
ACL = ("from_email", "received_from", "destination")
TEXTS = ("name", "password", "secret_key", *ACL)
FILETYPES = ("TIFF", "PS", "PDF", "PDF14")


def kinds(seed: int, number: int) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield settings of every kind for subscribers 1 to `number`, as (resource, subscriber, what to set)."""
    some = random.Random(seed)
    odd = {field: itertools.cycle(some.sample(ODD, len(ODD))) for field in TEXTS}

    def text(field: str) -> str:
        if some.random() < 0.85:
            return next(odd[field])
        letters = "aZ09 :#-?}[],&*!|>'\"%@`\\~=+._\u00e4\u20ac\n\t"
        return "".join(some.choices(letters, k=some.randint(1, 64)))

    def maybe(field: str) -> str | None:
        return text(field) if some.random() < 0.5 else None

    for one in range(1, number + 1):
        # Of some the server has only what it has by default, of some for one of the two.
        new = (FAX, MAIL) if one % 10 == 0 else (FAX, MAIL)[one % 2 :][:1] if one % 10 < 3 else ()
        addresses = some.sample(["a@x.example", "B@x.example", "c+d@y.example", "null@1.example"], some.randint(0, 4))
        if FAX not in new:
            yield (
                FAX,
                one,
                {
                    "active": some.random() < 0.5,
                    "name": text("name"),
                    "password": text("password"),
                    "t38": some.random() < 0.5,
                    "ecm": some.random() < 0.5,
                    "destinations": [
                        {
                            "destination": address,
                            "filetype": some.choice(FILETYPES),
                            **{name: some.random() < 0.5 for name in ("incoming", "outgoing", "status")},
                        }
                        for address in addresses
                    ],
                },
            )
        if MAIL not in new:
            rules = [
                {**{name: maybe(name) for name in ACL}, "use_regex": some.random() < 0.5}
                for dummy in range(some.randint(0, 3))
            ]
            yield (
                MAIL,
                one,
                {
                    "active": some.random() < 0.5,
                    "secret_key": text("secret_key"),
                    "secret_key_renew": some.choice(["never", "daily", "weekly", "monthly"]),
                    "secret_renew_notify": [{"destination": address} for address in addresses[:2]],
                    # A multiset: an equal entry counts again.
                    "acl": rules + rules[:1] * some.randint(0, 2),
                },
            )
