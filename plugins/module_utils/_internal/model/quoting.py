# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide what a message may quote of wrong input: never a possible secret in the wrong place. No I/O.

A secret may end up anywhere: YAML takes it for a key (`{password, s3cret}`), a row of CSV may be shifted, and a missing
quote swallows the lines below.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import OptionPath, Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES

# The end of a sentence that quotes a wrong value.
NOT = ", not '{}'"
# Unknown keys that may be shown anyway: too short to be a secret.
SHORT = re.compile(r"[^\W\d_]{1,3}|\D")


def may_show(key: object, known: Iterable[str]) -> bool:
    """Return True if an unknown key is probably one of `known`, misspelt, or an option of something else.

    Any other key may be a secret that slipped into the place of a key: `{password, s3cret}` in YAML.
    """
    text = str(key)
    if SHORT.fullmatch(text) or text in NAMES:
        return True
    if not re.fullmatch(r"[A-Za-z][A-Za-z_.-]*", text):
        return False
    similar = difflib.get_close_matches(text.casefold(), [name for name in known if abs(len(name) - len(text)) < 4], 1)
    return bool(similar) or any(name.startswith(text.casefold()) for name in known)


def _names() -> Iterator[str]:
    yield from ("subscriber", "subscriber_id", "external_id", "match", "place", "below", "version", "defaults")
    for resource in RESOURCES:
        yield resource.module
        for each in resource.fields:
            yield from (each.name, each.mode, *(part.name for part in each.parts))
            yield from [each.renewal.policy] if each.renewal else ()


# The names of all options of entries, at any depth.
NAMES = frozenset(_names())


def unknown(path: OptionPath, raw: Mapping[Any, Any], known: Iterable[str], allowed: str = "") -> Problems:
    """Yield a problem for each unknown key of `raw`, which stands at `path`. A key that may be a secret is named by its
    number, as `#2`; `allowed` ends the sentence.
    """
    names = list(known)
    for number, key in enumerate(raw, 1):
        if key not in names:
            end = allowed or nearest(key, names)
            if may_show(key, names):
                yield Problem((*path, str(key)), f"is not an option; {end}")
            else:
                yield Problem(
                    (*path, f"#{number}"), f"is not an option (the key is not shown, it might be a secret); {end}"
                )


def nearest(name: object, known: Iterable[str]) -> str:
    """Return the known name that a wrong one was probably meant to be, as the end of a sentence."""
    known = list(known)
    close = difflib.get_close_matches(str(name), known, n=1)
    return f"did you mean {close[0]}?" if close else f"use one of {', '.join(known)}."


def in_quotes(value: object) -> str:
    """Return the end of a sentence that asks for a text: advice to quote the value, if that would help."""
    if isinstance(value, bool):
        return "; put it in quotes, because YAML reads words such as yes and off as true and false"
    return (
        "; put it in quotes, because YAML may have read it as another number" if isinstance(value, (int, float)) else ""
    )


def but_is(value: object, choices: Iterable[str] = ()) -> str:
    """Return the end of a sentence that quotes a wrong value; empty if the value may be a secret, such as one from the
    wrong column, or text that a missing quote has swallowed.
    """
    if isinstance(value, Secret):
        return NOT.format(MASK)
    if not isinstance(value, (str, int, float)):
        return ""
    text = str(value)
    words = [choice.casefold() for choice in choices]
    if re.fullmatch(r"[a-z]{0,12}|-?\d|True|False", text) or (
        len(text) < 13 and difflib.get_close_matches(text.casefold(), words, 1)
    ):
        return NOT.format(text)
    return ""


class Secret(str):
    """A text that was encrypted: it is used literally, and no message shows it."""

    __slots__ = ()


def if_word(text: str, form: str) -> str:
    """Return `form` with `text` in place of its `{}`, masked if it is a `Secret`; empty if `text` may not be quoted."""
    if isinstance(text, Secret):
        return form.format(MASK)
    return form.format(text) if is_word(text) else ""


def is_word(text: str) -> bool:
    """Return True if a text that names a subscriber may be quoted: it is one word, and looks like a name only."""
    return bool(re.fullmatch(r"\S{1,255}", text)) and not re.search("password|secret", text, re.IGNORECASE)
