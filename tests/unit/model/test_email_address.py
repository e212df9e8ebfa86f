# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's rule and the simulator's, each written for itself, against what the panel and Email::Valid said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import email_address
from tests.simulator import email_valid

# Recorded from the panel: its answer to a PATCH of destinations.
OF_THE_PANEL = {
    "user2@company.com": True,
    "A@Example.org": True,
    "x@y.z": True,
    "a(comment)@b.de": True,
    f"{'x' * 64}@b.de": True,
    f"{'x' * 65}@b.de": False,
    "a@b_c.de": False,
    "a@-b.de": False,
    "ä@b.de": False,
    "ł@b.pl": False,
    "a€@b.de": False,
    "почта@пример.рф": False,
    "not-an-email": False,
    "nope": False,
}
REFUSED = r'''
a@b-.de a@.b.de a@b..de a@b.de. a@b a@ @b.de a@b@c.de .a@b.de a.@b.de a..b@c.de a,b@c.de a;b@c.de a:b@c.de a\b@c.de
"a"b@c.de a"b"@c.de """"@c.de "a a@b.de> <a@b.de> mailto:a@b.de a@b.de,c@d.de a(x)b@c.de (x)@b.de a(1(2(3)))@b.de
a@[ipv6:::1] a@[1.2.3.4]x a@[1.2.3].de a@bücher.de
'''
TAKEN = r"""
a'b@c.de a+b=c@d.de a{b}/c@d.de a_b@c.de a@b.c a@b.1 a@1.2.3.4 a@[1.2.3.4] a@[999.0.0.1] a@[1.2.3.4].de
a@xn--mller-kva.de "a@b"@c.de "a\"b"@c.de ""@c.de "a"."b"@c.de a(1(2)3)@b.de a@(x)b.de a@b(x).de
a@b.de(<c@d.de>) Name(x<y)<a@b.de> N<@c.de:a@b.de>
"""
# What Email::Valid 1.203 says, which the panel asks.
OF_EMAIL_VALID = {
    **dict.fromkeys(REFUSED.split(), False),
    **dict.fromkeys(TAKEN.split(), True),
    "a@x\u200b.de": False,
    "a b@c.de": False,
    "Name a@b.de": False,
    "Dr. Name <a@b.de>": False,
    "Name <a@b.de> (x)": False,
    "a\n@b.de": False,
    '"a b"@c.de': True,
    "a @b.de": True,
    "a. b@c.de": True,
    "a (x) . (y) b (z) @ (q) c . de": True,
    '"My Name" <a@b.de>': True,
    "Name (x) < a@b.de >": True,
    "N <@c.de,@d.de:a@b.de>": True,
    f"a@{'b' * 100}.de": True,
    f"a@{'b.' * 125}de": True,
    f"a@{'b.' * 126}de": False,
    f'"{"x" * 62}"@b.de': True,
    f'"{"x" * 63}"@b.de': False,
    f"{'x' * 64}(a comment)@b.de": True,
}


@pytest.mark.parametrize(("text", "taken"), {**OF_THE_PANEL, **OF_EMAIL_VALID}.items())
def test_both_rules_say_what_the_server_says(text: str, taken: bool) -> None:
    assert (email_address.is_taken(text), email_valid.address(text.lower())) == (taken, taken)


PIECES = [*'ab.@()<>"\\ []-_,:;\t', "x.de", "a@b.de", "(c)", '"q"', "x" * 63, "[1.2.3.4]", "@c.de:", ".de", "é"]
WHOLE = ["a@b.de", '"a b"@c.de', "N (x) <a.b@c.de>", "a (x) . b (z) @ (q) c . de", "N <@c.de,@d.de:a@b.de>"]


@settings(max_examples=50)
@given(st.sampled_from(["", *WHOLE]), st.lists(st.tuples(st.integers(0, 30), st.sampled_from(PIECES)), max_size=8))
def test_both_rules_say_the_same_of_anything(text: str, edits: list[tuple[int, str]]) -> None:
    for at, piece in edits:
        text = text[:at] + piece + text[at + len(piece) % 2 :]
    text = text.strip()
    assert email_address.is_taken(text) == email_valid.address(text.lower()), text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("почта@пример.рф", "the server takes ASCII only, not U+043F; write a domain in its xn-- form"),
        (f"{'x' * 65}@b.de", "65 characters stand before the @; at most 64 are taken"),
        ("a@b_c.de", "'b_c' cannot stand in a domain: letters, digits and, between them, hyphens can"),
        ("a@b", "its domain has no dot"),
        # The panel would trim them before it looks, and store them untrimmed.
        (" a@b.de", "remove the spaces around it"),
        ("a@b.de\n", "remove the spaces around it"),
        (f"a@{'b.' * 126}de", "it is 256 characters long; at most 254 are taken"),
        ("nobody", ""),
    ],
)
def test_the_reason(text: str, fault: str) -> None:
    assert email_address.fault(text) == fault


@pytest.mark.parametrize(
    "text", ["(" * 1000, '"' * 1000, "a." * 500, "(\\(" * 300, 'N "x"' * 190 + "<a@b", "<@a,@a:" * 140, "a(x)." * 200]
)
def test_a_text_that_only_begins_like_an_address_takes_no_time(text: str) -> None:
    assert not email_address.is_taken(text)
