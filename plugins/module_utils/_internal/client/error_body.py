# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what the server says in the body of an error, whole or cut off, and make it fit to be shown. No I/O.

The panel counts characters for its Content-Length, not bytes: an error that quotes a letter beyond Latin-1 arrives
without its end. Letters of Latin-1 come as one byte each, which is not UTF-8.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.redaction import Secrets

# The most that is quoted of the server's words, in characters.
LONGEST_QUOTE = 300
# Stands for what is missing at the end.
ELLIPSIS = "…"
NO_WORDS = "it does not say why"

# The types of the panel. Others, such as that of RFC 9457 (application/problem+json), come from what is before it.
JSON_TYPE = re.compile(r"application/(hal\+)?json\s*(;|$)", re.IGNORECASE)
# A message in JSON that may end anywhere: at its closing quote, or in the middle of an escape sequence.
MESSAGE = re.compile(r'(?<!\\)"message"\s*:\s*"((?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*)(")?', re.DOTALL)
# One objection of a validation. What was sent stands in it, and may be secret.
OBJECTION = re.compile(r"field='(.*?)', input='.*?', errors='(.*?)'(?=; field=|$)", re.DOTALL)
# The same where its end is missing: after the errors began, or before.
BEGUN_ERRORS = re.compile(r"field='(.*?)', input='.*?', errors='(.*)$", re.DOTALL)
BEGUN = re.compile(r"(?:field|input)='.*$", re.DOTALL)
FIELD = re.compile(r"field='(.*?)',")


@dataclass(frozen=True)
class Words:
    """The message of an error, as far as it came; `is_cut` if its end is missing."""

    text: str = ""
    is_cut: bool = False


def is_json(content_type: str | None, body: bytes = b"") -> bool:
    """Return True for the panel's own types, `application/json` and `application/hal+json`. Without any type, a body
    that is a whole JSON object counts as one.
    """
    if content_type is None:
        return isinstance(parse(body), dict)
    return bool(JSON_TYPE.match(content_type.strip()))


def decode(body: bytes) -> str:
    """Decode UTF-8 without a character that is cut off at the end, or else Latin-1."""
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(body)
    except UnicodeDecodeError:
        return body.decode("latin-1")


def parse(body: bytes) -> Any:
    """Parse JSON; None if the body is not JSON. The content type does not tell: some errors come without one."""
    try:
        return json.loads(decode(body))
    except (ValueError, RecursionError):
        return None


def words(body: bytes, content_type: str | None) -> Words:
    """Return the server's own words; empty where the answer is not this API's."""
    content = parse(body)
    if isinstance(content, dict):
        return Words(_printable(str(content.get("message") or "")))
    if content is None and is_json(content_type):
        found = MESSAGE.search(decode(body))
        return Words(_printable(json.loads(f'"{found[1]}"', strict=False)) if found else "", is_cut=True)
    return Words()


def _printable(text: str) -> str:
    """Replace halves of characters, which JSON can hold and no terminal or file takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def shown(found: Words, secrets: Secrets) -> str:
    """Return the words as they may be shown: in one line, not too long, and without a secret."""
    text, is_whole = _without_input(found.text)
    text = secrets.hidden(text, is_cut=found.is_cut)
    # A secret may have several lines.
    line = next(iter(text.splitlines()), "") or NO_WORDS
    is_whole = is_whole and not found.is_cut and len(line) <= LONGEST_QUOTE
    return line[:LONGEST_QUOTE] + ("" if is_whole else ELLIPSIS)


def _without_input(text: str) -> tuple[str, bool]:
    """Return the objections of a validation without the values it echoes (`0_filetype: 'DOC' is not a valid value`),
    or a text that has none as it is; and False if the end of an objection is missing.
    """
    objections = list(OBJECTION.finditer(text))
    sentences = [f"{each[1]}: {each[2]}" for each in objections]
    rest = text[objections[-1].end() :] if objections else text
    errors, begun = BEGUN_ERRORS.search(rest), BEGUN.search(rest)
    if errors:
        sentences.append(f"{errors[1]}: {errors[2]}")
    elif begun:
        field = FIELD.search(rest)
        sentences.append(f"{field[1]}: " if field else rest[: begun.start()])
    elif not objections:
        sentences.append(rest)
    return "; ".join(sentences), not begun
