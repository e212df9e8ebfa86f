# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report for merge requests and chat, in Markdown: short, and nothing of its content is taken for markup.

Names and values stand as code. There an @ calls nobody, and no # or ! is a reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate

from ansible_collections.ngcp.fax.plugins.plugin_utils.reports import view
from ansible_collections.ngcp.fax.plugins.plugin_utils.reports.model import Report, Row, counted

MOST_ROWS, MOST_ACCEPTED = 30, 10
MOST_LETTERS = 1_000
# Of the cells of a table: GitHub takes comments of 65,536 letters.
MOST_IN_TABLE = 25_000
MARKUP = re.compile(r"([\\`*_{}\[\]<>()#!|~&$^])")
SINCE = "Since, by"
# Of whom nothing is known but that the run was stopped before.
NOT_TRIED = re.compile(r"(?:^|: )Not (?:tried|read): ")
ORDER = ("failed", "missing", "drift", "unmanaged", "changed", "risk")


def text(report: Report, title: str = "") -> str:
    """The whole file."""
    word, sentence = view.verdict(report)
    rows = sorted(counted(report["rows"]), key=_order)
    accepted = [row for row in report["rows"] if row["accepted"]]
    sides = view.KINDS[report["kind"]].sides
    totals = [(name, value) for name, value in view.totals(report) if name in ("subscribers", "unchanged") or value]
    blocks = [
        f"### {prose(title or view.title(report))}",
        f"**{word}.** {prose(sentence)}",
        _table(
            [name.capitalize() for name, _value in totals],
            [[view.number(value) for _name, value in totals]],
            right=True,
        ),
    ]
    blocks += _rows(["Subscriber", "What", "Field", *sides, SINCE, "Place"], rows[:MOST_ROWS], _cells, len(rows))
    if accepted:
        blocks.append("**Accepted** by the baseline, and in no other number:")
        head = ["Subscriber", "What", "Field", *sides, "Reason", "Until"]
        blocks += _rows(head, accepted[:MOST_ACCEPTED], _accepted_cells, len(accepted))
    blocks.append(f"{code(report['server'])}, {code(report['generated'])}")
    return "\n\n".join(blocks) + "\n"


def prose(content: str) -> str:
    """A text that is shown as it is: no markup, and nobody is called."""
    escaped = MARKUP.sub(r"\\\1", _line(content))
    # A word joiner, which nobody sees, parts the @ from the name.
    return escaped.replace("@", "@\u2060")


def _line(content: str) -> str:
    """A text in one line."""
    return str(view.visible(re.sub(r"\r?\n|\t", " ", content).strip()))


def code(content: str | None, in_table: bool = False) -> str:
    """A text as code, whole."""
    line = _line(content or "")
    if not line:
        return ""
    longest = max(map(len, re.findall(r"`+", line)), default=0)
    fence, pad = "`" * (longest + 1), " " if longest else ""
    if in_table:
        # A backslash before a pipe would take the place of the one that escapes it.
        line = line.replace("\\|", "\\ |").replace("|", "\\|")
    return f"{fence}{pad}{line}{pad}{fence}"


def _value(content: str) -> str:
    """A value in a table; whoever approves it must see all of it, so that only the longest are cut, and say so."""
    if len(content) <= MOST_LETTERS:
        return code(content, True)
    return f"{code(content[:MOST_LETTERS], True)}… (cut; report.json has all)"


def _order(row: Row) -> tuple[bool, int]:
    """What was tried comes before what was not: of a run that was stopped these are thousands."""
    return bool(NOT_TRIED.search(row["message"] or "")), ORDER.index(row["kind"])


def _cells(row: Row) -> list[str]:
    since = " ".join(filter(None, [code(row["since"], True), code(row["by"], True)]))
    return [*_what(row), since, code(row["place"], True)]


def _accepted_cells(row: Row) -> list[str]:
    return [*_what(row), code(row["accepted"]["reason"], True), code(row["accepted"]["expires"], True)]


def _what(row: Row) -> list[str]:
    """Who differs, how, in what, and both sides."""
    words = view.words(row)
    old, new = words.difference if words.parts else ("", "")
    return [
        code(words.subscriber, True),
        words.what,
        # Both settings of a subscriber have a field `active`.
        " ".join(filter(None, [code(words.setting, True), words.settings and f"({words.settings})"])),
        _value(old),
        _value(new) if words.parts else code(words.message, True),
    ]


def _rows(head: list[str], rows: list[Row], cells: Callable[[Row], list[str]], count: int) -> list[str]:
    """The table of the first rows of so many, as many as there is room for, and the sentence about the others."""
    lines = [cells(row) for row in rows]
    sizes = accumulate(sum(map(len, line)) for line in lines)
    lines = [line for line, size in zip(lines, sizes, strict=True) if size <= MOST_IN_TABLE]
    # Of what a run writes itself nobody asks since when.
    kept = [at for at, name in enumerate(head) if name != SINCE or any(line[at] for line in lines)]
    blocks = [_table([head[at] for at in kept], [[line[at] for at in kept] for line in lines])] if lines else []
    if count > len(lines):
        blocks.append(f"The first {len(lines)} of {view.number(count, 'row')}. The other files of the report have all.")
    return blocks


def _table(head: list[str], rows: list[list[str]], right: bool = False) -> str:
    lines = [head, ["---:" if right else "---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
