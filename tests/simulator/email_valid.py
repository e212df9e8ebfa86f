# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of Perl's Email::Valid, which the panel's forms ask: step by step, as that goes through an address.

Written apart from the collection's own rule, so that a test can hold one against the other.
"""

from __future__ import annotations

_SPECIAL = '()<>@,;:".\\[]'


def address(text: str) -> bool:
    """Return whether Email::Valid accepts a text, which the form has trimmed and lowercased."""
    if not text.isascii():
        return False
    for read in (_Reader.plain, _Reader.named):
        reader = _Reader(text)
        if read(reader) and reader.at == len(text):
            # Mail::Address, which splits addresses into parts, ends one at a comma, such as that of a second route.
            end = next((number for number, part in enumerate(reader.kept) if part == ","), None)
            return _valid_parts("".join(reader.kept[:end]))
    return False


def _valid_parts(kept: str) -> bool:
    user, _at, host = kept.rpartition("@")
    if len(kept) > 254 or len(user) > 64:
        return False
    if host.startswith("["):
        return _begins_with_ip(host[1:])
    labels = host.split(".")
    return len(labels) > 1 and all(
        label and label.replace("-", "").isalnum() and label[0] != "-" and label[-1] != "-" for label in labels
    )


def _begins_with_ip(text: str) -> bool:
    numbers = text.split(".")
    digits = 0
    while len(numbers) >= 4 and digits < len(numbers[3]) and numbers[3][digits].isdigit():
        digits += 1
    return digits > 0 and all(number.isdigit() and len(number) <= 3 for number in numbers[:3])


class _Reader:
    """Parser of a text. `kept` is the address without blanks and comments between its parts."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0
        self.kept: list[str] = []

    def plain(self) -> bool:
        self._gap()
        return self._mailbox()

    def named(self) -> bool:
        """Parse a name and an address in angle brackets, with an optional route before it."""
        self._gap()
        if not self._phrase() or not self._take("<", keep=False):
            return False
        self._gap()
        if self._peek() == "@" and not self._route():
            return False
        return self._mailbox() and self._take(">", keep=False)

    def _peek(self) -> str:
        return self._text[self.at : self.at + 1]

    def _take(self, wanted: str, keep: bool = True) -> bool:
        if self._peek() != wanted:
            return False
        self.at += 1
        if keep:
            self.kept.append(wanted)
        return True

    def _gap(self) -> None:
        """Skip blanks and comments."""
        while self._take(" ", keep=False) or self._take("\t", keep=False) or self._comment():
            pass

    def _comment(self, depth: int = 1) -> bool:
        """Skip a comment. It may contain one more comment, which may contain none."""
        start = self.at
        if not self._take("(", keep=False):
            return False
        while (letter := self._peek()) and letter not in "\r\n":
            if letter == "\\":
                self.at += 2
            elif letter == ")":
                self.at += 1
                return True
            elif letter == "(":
                if depth > 1 or not self._comment(depth + 1):
                    break
            else:
                self.at += 1
        self.at = start
        return False

    def _enclosed(self, begin: str, end: str, forbidden: str) -> bool:
        """Parse a text in quotes or in square brackets."""
        start = self.at
        if self._peek() == begin:
            self.at += 1
            while (letter := self._peek()) and (letter == end or letter not in forbidden):
                self.at += 2 if letter == "\\" else 1
                if letter == end and self.at <= len(self._text):
                    self.kept.append(self._text[start : self.at])
                    return True
        self.at = start
        return False

    def _atom(self) -> bool:
        start = self.at
        while (letter := self._peek()) and letter > " " and letter not in _SPECIAL:
            self.at += 1
        self.kept.append(self._text[start : self.at])
        return self.at > start

    def _word(self) -> bool:
        return self._enclosed('"', '"', "\r\n") or self._atom()

    def _label(self) -> bool:
        return self._enclosed("[", "]", "\r\n[") or self._atom()

    def _dotted(self, local: bool) -> bool:
        part = self._word if local else self._label
        while part():
            self._gap()
            if not self._take("."):
                return True
            self._gap()
        return False

    def _mailbox(self) -> bool:
        if not self._dotted(local=True) or not self._take("@"):
            return False
        self._gap()
        return self._dotted(local=False)

    def _phrase(self) -> bool:
        if not self._word():
            return False
        while (letter := self._peek()) and letter != "<":
            if letter == "(":
                passed = self._comment()
            elif letter == '"':
                passed = self._enclosed('"', '"', "\r\n")
            else:
                passed = letter not in _SPECIAL and (letter == "\t" or letter >= " ")
                self.at += 1
            if not passed:
                return False
        self.kept.clear()
        return True

    def _route(self) -> bool:
        while self._take("@"):
            self._gap()
            if not self._dotted(local=False):
                return False
            if self._take(":"):
                self._gap()
                return True
            if not self._take(","):
                return False
            self._gap()
        return False
