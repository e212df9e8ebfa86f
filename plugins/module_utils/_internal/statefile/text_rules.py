# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find text that no state file may contain, whatever its format. No I/O."""

from __future__ import annotations

import codecs
import re

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import is_visible
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import OptionPath, Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import quoting
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret, may_show
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import selector_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import MARK

# Characters that no text may contain: YAML, JSON and the server's database refuse them.
CONTROL = re.compile(r"[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The head of a file with the mark of an export: comments only.
HEAD = re.compile(rf"(?:(?:#.*|---)?\r?\n)*{MARK}")
TEMPLATES = (("{{", "}}"), ("{%", "%}"))
# Only a file that matches can contain a template, or a text whose escapes stand for a control character or half of a
# character.
ODD = re.compile(r"\{\{|\{%|\\[0xuUabefv]")
BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class FileCheck:
    """Checks the bytes of a file, block by block, for errors that do not depend on its format."""

    def __init__(self) -> None:
        self.error: tuple[int, str] | None = None
        """The line (from 0) and a sentence for the first error; the rest of the file was not checked."""
        self.may_be_odd = False
        """True if a text of the file may be one that `odd_texts` refuses."""
        self.may_be_encrypted = False
        """True if a value of the file may be encrypted."""
        self.is_escaped = False
        """True if the file has an export's head and no invisible characters: an export writes those of the server as
        escapes.
        """
        self.was_escaped = False
        """True if `is_escaped` was True at the beginning of the file."""
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._line, self._tail, self._is_first = 0, "", True

    def feed(self, block: bytes) -> None:
        """Check the next bytes of the file."""
        if self._is_first and block.startswith(BYTE_ORDER_MARKS):
            self.error = (0, "The file begins with a byte order mark (BOM); save it as UTF-8 without BOM.")
            return
        try:
            text = self._decode(block)
        except UnicodeDecodeError as error:
            line = self._line + error.object.count(b"\n", 0, error.start)
            self.error = (line, f"This is not UTF-8 (byte 0x{error.object[error.start]:02X}); save the file as UTF-8.")
            return
        if control := CONTROL.search(text):
            line = self._line + text.count("\n", 0, control.start())
            self.error = (line, f"Here is the control character U+{ord(control[0]):04X}; remove it.")
            return
        if self._is_first:
            self.is_escaped = self.was_escaped = HEAD.match(text) is not None
        self._is_first = False
        self.is_escaped = self.is_escaped and _is_visible(text)
        # A mark of three characters may begin in the block before.
        seen = self._tail + text
        self.may_be_odd = self.may_be_odd or bool(ODD.search(seen))
        self.may_be_encrypted = self.may_be_encrypted or "!vault" in seen
        self._tail = text[-5:]
        self._line += text.count("\n")

    def finish(self) -> None:
        """Check the end of the file."""
        try:
            self._decode(b"", True)
        except UnicodeDecodeError:
            self.error = (self._line, "The file ends within a character; it is not whole, or not UTF-8.")


def _is_visible(text: str) -> bool:
    """Return True if all characters of a text are visible, except for line ends."""
    return text.isascii() or all(map(is_visible, set(text) - {"\n", "\r", "\t"}))


def holds_template(text: str) -> bool:
    """Return True if Ansible would read a text as a template."""
    return any(begin in text and end in text[text.index(begin) :] for begin, end in TEMPLATES)


def odd_texts(value: object, path: OptionPath) -> Problems:
    """Yield a problem for each text inside a value that holds a template, a control character or half a character."""
    if isinstance(value, Secret):
        return
    if isinstance(value, str):
        if holds_template(value):
            yield Problem(
                path,
                "holds a template ({{ … }} or {% … %}), which would be written literally; write the value itself, "
                "a secret with !vault.",
            )
        elif odd := CONTROL.search(value):
            half = "\ud800" <= odd[0] <= "\udfff"
            what = "half of a character; write the whole one" if half else "a control character; remove it"
            yield Problem(path, f"holds U+{ord(odd[0]):04X}, {what}.")
    elif isinstance(value, dict):
        for number, (key, each) in enumerate(value.items(), 1):
            yield from odd_texts(each, (*path, str(key) if may_show(key, quoting.NAMES) else f"#{number}"))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from odd_texts(each, (*path, index))


def may_name(kind: str, value: object) -> bool:
    """Return True if an entry of a state file may name a subscriber by this value of the option `kind`."""
    return not is_odd(str(value)) and not list(selector_problems({kind: value}))


def is_odd(text: str) -> bool:
    """Return True for a text that state files refuse unless it is encrypted."""
    if isinstance(text, Secret):
        return any("\ud800" <= letter <= "\udfff" for letter in text)
    return holds_template(text) or bool(CONTROL.search(text))
