# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the secret values that were sent or seen, and redact them in texts. No I/O.

Source: docs/design.md#secrets-never-leave.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK

# A text of this length that contains a letter does not occur in another one by chance.
SHORTEST_UNLIKELY = 8
# The characters of numbers, names and addresses.
WORD = r"[\w@.+*#%-]*"


class Secrets:
    """Secret values. Threads share them, except those of `own`."""

    def __init__(self, values: Iterable[str | None] = ()) -> None:
        self._login = {value for value in values if value}
        self._settings: set[str] = set()
        self._own = threading.local()

    def __iter__(self) -> Iterator[str]:
        # A copy: other threads add to it.
        return iter(self._login.copy() | self._settings.copy() | getattr(self._own, "values", set()))

    def add(self, value: str) -> None:
        """Keep a value of the login, which must never be shown."""
        self._login.add(value)

    def of_login(self) -> set[str]:
        """Return the values of the login, such as its password and its token."""
        return self._login.copy()

    def update(self, values: Iterable[str]) -> None:
        """Keep values of settings until `forget`, or until the end of `own`."""
        getattr(self._own, "values", self._settings).update(values)

    def forget(self) -> None:
        """Forget the values of settings: a secret of one task may be an ordinary word in the next."""
        self._settings.clear()

    @contextmanager
    def own(self) -> Iterator[None]:
        """Forget at the end of the block what this thread has learned in it, about one subscriber.

        No answer about another subscriber can hold it, and searching every error for the secrets of a hundred thousand
        would take seconds.
        """
        self._own.values = set()
        try:
            yield
        finally:
            del self._own.values

    def redact(self, text: str, is_cut: bool = False) -> str:
        """Return `text` with every secret value masked, in whatever form it comes back.

        If the text `is_cut`, mask the beginning of a value at its end, too. Where a value may be part of a number, as a
        PIN is, mask the whole word: somebody who knows the number would read the value from the gap.
        """
        forms = {form: WORD if is_guessable(secret) else "" for secret in self for form in _forms(secret)}
        ordered = sorted(forms, key=len, reverse=True)
        for form in ordered:
            if form in text:
                text = re.sub(f"{forms[form]}{re.escape(form)}{forms[form]}", lambda found: MASK, text)
        begun = max(ordered, key=lambda form: _overlap(text, form), default="") if is_cut else ""
        length = _overlap(text, begun)
        return re.sub(f"{forms[begun]}.{{{length}}}\\Z", lambda found: MASK, text, flags=re.DOTALL) if length else text


def is_guessable(secret: str) -> bool:
    """Return True for a value that may be a part of an ordinary number, name or address."""
    return len(secret) < SHORTEST_UNLIKELY or not any(map(str.isalpha, secret))


def _overlap(text: str, form: str) -> int:
    """Return how many characters at the end of `text` are the beginning of `form`."""
    longest = min(len(text), len(form) - 1)
    return next((length for length in range(longest, 0, -1) if text.endswith(form[:length])), 0)


def _forms(secret: str) -> set[str]:
    """Return the forms of a secret in a server's words: as it is, or escaped for JSON, HTML or a URL."""
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret)}
    coded = {quote(secret), quote_plus(secret), base64.b64encode(secret.encode()).decode()}
    return {form for form in {secret, " ".join(secret.split())} | escaped | coded if form}
