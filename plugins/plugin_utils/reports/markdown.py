# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report for merge requests and chat, in Markdown: short, and nothing of its content is taken for markup.

Names and values stand as code. There an @ calls nobody, and no # or ! is a reference.
"""

from __future__ import annotations

import re

from ansible_collections.ngcp.fax.plugins.plugin_utils.reports import view
from ansible_collections.ngcp.fax.plugins.plugin_utils.reports.model import Report, Row, counted

MOST_ROWS = 30
MOST_LETTERS = 80
MARKUP = re.compile(r"([\\`*_{}\[\]<>()#!|~&$^])")
SINCE = "Since, by"
ORDER = ("failed", "missing", "drift", "unmanaged", "changed", "risk")


def text(report: Report, title: str = "") -> str:
    """The whole file."""
    word, sentence = view.verdict(report)
    rows = sorted(counted(report["rows"]), key=lambda row: ORDER.index(row["kind"]))
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
    if rows:
        head = ["Subscriber", "What", "Field", *view.KINDS[report["kind"]].sides, SINCE, "Place"]
        lines = [dict(zip(head, _cells(row), strict=True)) for row in rows[:MOST_ROWS]]
        # Of what a run writes itself nobody asks since when.
        head = [name for name in head if name != SINCE or any(line[SINCE] for line in lines)]
        blocks.append(_table(head, [[line[name] for name in head] for line in lines]))
    if len(rows) > MOST_ROWS:
        blocks.append(
            f"The first {MOST_ROWS} of {view.number(len(rows), 'row')}. The other files of the report have all."
        )
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
    """A text as code, cut where it is long."""
    line = _line(content or "")
    if not line:
        return ""
    if len(line) > MOST_LETTERS:
        line = f"{line[: MOST_LETTERS - 1]}…"
    longest = max(map(len, re.findall(r"`+", line)), default=0)
    fence, pad = "`" * (longest + 1), " " if longest else ""
    if in_table:
        # A backslash before a pipe would take the place of the one that escapes it.
        line = line.replace("\\|", "\\ |").replace("|", "\\|")
    return f"{fence}{pad}{line}{pad}{fence}"


def _cells(row: Row) -> list[str]:
    words = view.words(row)
    old, new = words.difference if words.parts else ("", "")
    since = " ".join(filter(None, [code(row["since"], True), code(row["by"], True)]))
    return [
        code(words.subscriber, True),
        words.what,
        # Both settings of a subscriber have a field `active`.
        " ".join(filter(None, [code(words.setting, True), words.settings and f"({words.settings})"])),
        code(old, True),
        code(new if words.parts else words.message, True),
        since,
        code(row["place"], True),
    ]


def _table(head: list[str], rows: list[list[str]], right: bool = False) -> str:
    lines = [head, ["---:" if right else "---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
