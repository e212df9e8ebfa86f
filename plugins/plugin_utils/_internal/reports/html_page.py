# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a report as one self-contained page of HTML: it needs no network and no other file.

page.html.j2 holds the first rows of each table; page.js replaces them by all rows, a slice at a time, from a block of
JSON. The page's own policy (CSP) lets only this style and this script through.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Head, Report, Row
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import view

HERE = Path(__file__).resolve().parent
# Number of rows of each table without JavaScript.
FIRST_ROWS = 100
# Names of a row's values in the block of JSON, in order.
COLUMNS = (
    "section", "what", "subscriber", "domain", "customer", "number", "settings", "field", "element", "parts", "nothing",
    "message", "since", "by", "place", "declare", "restore", "reason", "expires",
)  # fmt: skip
# Values by which rows are filtered and grouped.
FILTERS = {"what": "What", "domain": "Domain", "customer": "Customer", "field": "Field", "by": "Author"}
# Characters that end a script, begin a comment in it, or end a line of it.
ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
CHART_WIDTH, CHART_HEIGHT = 900, 100
# With fewer runs than this, the chart has room for runs to come.
FEWEST_BARS = 30


@dataclass(frozen=True)
class Section:
    """A table of the page."""

    name: str
    title: str
    sentence: str
    last: str
    """Heading of its last column."""
    lines: list[dict[str, Any]]


@dataclass(frozen=True)
class Bar:
    """A run in the chart."""

    x: float
    width: float
    y: float
    height: float
    verdict: str
    told: str
    is_last: bool


def text(report: Report, title: str = "", runs: Sequence[Head] = ()) -> str:
    """Return the whole page. The runs of the history are its chart."""
    report, title = view.visible(report), view.visible(title)
    style, script = _asset("page.css"), _asset("page.js")
    word, sentence = view.verdict(report)
    sections = _sections(report)
    page: str = (
        _environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            title=title or view.title(report),
            word=word,
            sentence=sentence,
            totals=[(name, view.number(value)) for name, value in view.totals(report)],
            sides=view.KINDS[report["kind"]].sides,
            sections=sections,
            filters=FILTERS,
            first_rows=FIRST_ROWS,
            bars=_bars(runs),
            chart=(CHART_WIDTH, CHART_HEIGHT),
            runs=runs,
            number=view.number,
            style=Markup(style),
            script=Markup(script),
            style_hash=_hash(style),
            script_hash=_hash(script),
            data=Markup(_data(report, sections)),
        )
    )
    return page


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["breakable"] = _breakable
    return environment


def _breakable(content: str) -> Markup:
    """Mark the characters of a name after which a line should break."""
    return Markup("<wbr>").join(re.split(r"(?<=[@/])", content))


@cache
def _asset(name: str) -> str:
    """Return a file beside this one without its comment about the licence."""
    return (HERE / name).read_text(encoding="utf-8").partition("*/\n")[2]


def _hash(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _data(report: Report, sections: Sequence[Section]) -> str:
    """Return the block of JSON, in which no text can end the block."""
    rows = [[section.name, *(line[name] for name in COLUMNS[1:])] for section in sections for line in section.lines]
    content = {"columns": COLUMNS, "sides": view.KINDS[report["kind"]].sides, "rows": rows}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES)


def _sections(report: Report) -> list[Section]:
    """Return the tables: failures, differences, risks and, separately, accepted rows.

    For a plan, the changes come before all others.
    """
    kind = view.KINDS[report["kind"]]
    rows: dict[str, list[dict[str, Any]]] = {"failed": [], "differences": [], "risks": [], "accepted": []}
    for row in view.in_order(report):
        rows[_section(row)].append(_line(row))
    tables = {
        "failed": (*kind.failed, "Settle"),
        "differences": (*kind.differences, "Settle"),
        "risks": ("Risks", "States that invite misuse, whether they are declared or not.", "Settle"),
        "accepted": ("Accepted", "Differences that the baseline accepts. They are not counted.", "Accepted"),
    }
    if report["kind"] == "plan":
        tables = {"differences": tables.pop("differences"), **tables}
    return [
        Section(name, title, sentence, last, rows[name])
        for name, (title, sentence, last) in tables.items()
        if rows[name] or name == "differences"
    ]


def _section(row: Row) -> str:
    if row["accepted"]:
        return "accepted"
    return {"failed": "failed", "risk": "risks"}.get(row["kind"], "differences")


def _line(row: Row) -> dict[str, Any]:
    """Return the cells of a row."""
    words = view.words(row)
    settle, accepted = row["settle"], row["accepted"]
    return {
        "what": words.what,
        "subscriber": words.subscriber,
        "domain": view.domain(row),
        "customer": row["customer_id"],
        "number": row["subscriber_id"],
        "settings": words.settings,
        "field": words.field,
        "element": words.element,
        "parts": words.parts,
        "nothing": words.nothing,
        "message": words.message,
        "since": row["changed_at"],
        "by": row["changed_by"],
        "place": row["place"],
        "declare": settle["declare"] if settle else None,
        "restore": settle["restore"] if settle else None,
        "reason": accepted["reason"] if accepted else None,
        "expires": accepted["expires"] if accepted else None,
    }


def _bars(runs: Sequence[Head]) -> list[Bar]:
    """Return a bar for each run, as high as its number of differing or missing subscribers. An unknown run is marked
    over the whole height.
    """
    if not runs:
        return []
    step = CHART_WIDTH / max(len(runs), FEWEST_BARS)
    values = [run["totals"]["drifted"] + run["totals"]["missing"] for run in runs]
    most = max(*values, 1)
    bars = []
    for place, (run, value) in enumerate(zip(runs, values, strict=True)):
        # Keep every number above zero visible.
        height = max(3.0, CHART_HEIGHT * value / most) if value else 1.0
        word, sentence = view.verdict_of_head(run)
        bars.append(
            Bar(
                x=round(place * step + step * 0.12, 2),
                width=round(step * 0.76, 2),
                y=round(CHART_HEIGHT - height, 2),
                height=round(height, 2),
                verdict=run["verdict"],
                told=f"{run['generated']}: {word}. {sentence}",
                is_last=place == len(runs) - 1,
            )
        )
    return bars
