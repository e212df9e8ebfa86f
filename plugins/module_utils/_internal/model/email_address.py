# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
r"""The e-mail addresses that the server takes as a destination. No I/O.

The panel asks Perl's Email::Valid: the grammar of RFC 822 in ASCII with comments one level deep, then at most 64
characters before the `@`, 254 in all, and a domain of at least two labels, or an IPv4 address in brackets. It asks no
DNS. The panel trims a value before it checks it and stores it untrimmed; here, spaces at the ends are refused.
"""

from __future__ import annotations

import re

MOST_LOCAL, MOST_IN_ALL = 64, 254

_ATOM = r"""(?:[^\x00- ()<>@,;:".\\\[\]]+(?![^\x00- ()<>@,;:".\\\[\]]))"""
_QUOTED = r'(?:"[^\\\n\r"]*(?:\\.[^\\\n\r"]*)*")'
_COMMENT = r"(?:\([^\\\n\r()]*(?:(?:\\.|\([^\\\n\r()]*(?:\\.[^\\\n\r()]*)*\))[^\\\n\r()]*)*\))"
# Whitespace and comments, which may stand between any two parts.
_GAP = rf"(?:[ \t]*(?:{_COMMENT}[ \t]*)*)"
_WORD = rf"(?:{_ATOM}|{_QUOTED})"
_LITERAL = r"(?:\[(?:[^\\\n\r\[\]]|\\.)*\])"
_LABEL = rf"(?:{_ATOM}|{_LITERAL})"
_LOCAL = rf"(?:{_WORD}{_GAP}(?:\.{_GAP}{_WORD}{_GAP})*)"
_DOMAIN = rf"(?:{_LABEL}{_GAP}(?:\.{_GAP}{_LABEL}{_GAP})*)"
_ADDRESS = rf"(?:{_LOCAL}@{_GAP}{_DOMAIN})"
_ROUTE = rf"(?:@{_GAP}{_DOMAIN}(?:,{_GAP}@{_GAP}{_DOMAIN})*:{_GAP})"
_TEXT = r'[^\x00-\x08\x0a-\x1f()<>@,;:".\\\[\]]*'
_PHRASE = rf"(?:{_WORD}{_TEXT}(?:(?:{_COMMENT}|{_QUOTED}){_TEXT})*)"
_GRAMMAR = re.compile(
    rf"{_GAP}(?:(?P<bare>{_ADDRESS})|{_PHRASE}<{_GAP}(?P<within>{_ROUTE}?{_ADDRESS})>)", re.DOTALL | re.ASCII
)
# Only the parts of an address count, without what separates them.
_PARTS = re.compile(rf"(?:{_COMMENT}|[ \t]+)|({_QUOTED}|{_LITERAL}|.)", re.DOTALL)
_USUAL = re.compile(
    r"(?=[^@]{1,64}@)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    r"@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+",
    re.ASCII | re.IGNORECASE,
)
_IN_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.IGNORECASE | re.ASCII)
_IP_ADDRESS = re.compile(r"\[(?:[0-9]{1,3}\.){3}[0-9]{1,3}", re.ASCII)


def is_taken(text: str) -> bool:
    """Return True if the server takes `text` as the address of a destination."""
    return fault(text) is None


def fault(text: str) -> str | None:
    """Return why the server refuses `text`, as words to put in parentheses; None if the server accepts it.
    The words are empty if there is nothing to add to "not an address".
    """
    if len(text) <= MOST_IN_ALL and _USUAL.fullmatch(text):
        return None
    if not text.isascii():
        odd = next(letter for letter in text if not letter.isascii())
        return f"the server takes ASCII only, not U+{ord(odd):04X}; write a domain in its xn-- form"
    if text != text.strip():
        return "remove the spaces around it"
    # A longer one would be refused anyway; with this limit the grammar takes no time.
    found = _GRAMMAR.fullmatch(text) if len(text) <= 4 * MOST_IN_ALL else None
    if not found:
        return f"it is {len(text)} characters long" if len(text) > 4 * MOST_IN_ALL else ""
    address = "".join(_PARTS.findall(found["bare"] or found["within"]))
    # Of several routes the server's parser takes the first for the address.
    return _fault_of_parts(address if found["bare"] else re.split(r",(?=@)", address)[0])


def _fault_of_parts(address: str) -> str | None:
    local, _at, domain = address.rpartition("@")
    if len(address) > MOST_IN_ALL:
        return f"it is {len(address)} characters long; at most {MOST_IN_ALL} are taken"
    if len(local) > MOST_LOCAL:
        return f"{len(local)} characters stand before the @; at most {MOST_LOCAL} are taken"
    if _IP_ADDRESS.match(domain):
        return None
    labels = domain.split(".")
    wrong = next((label for label in labels if not _IN_DOMAIN.fullmatch(label)), None)
    if wrong is not None:
        return f"'{wrong}' cannot stand in a domain: letters, digits and, between them, hyphens can"
    return None if len(labels) > 1 else "its domain has no dot"
