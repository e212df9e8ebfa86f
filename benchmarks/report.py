# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts found, as tables: on the terminal and in docs/performance.md, between its markers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from benchmarks import machine
from benchmarks.measure import WORK, Broken
from tests.simulator.client import ROOT

PAGE: Final = ROOT / "docs" / "performance.md"
KEPT: Final = WORK / "results.json"
"""What every part found when it ran last on this machine, so that a part can be measured by itself."""
JUDGED: Final = ("measured", "is", "must be", "reached")
FAILED: Final = "failed"
ANSIBLE_MESSAGE: Final = re.compile(r'"msg": "([^"]+)')
LONGEST: Final = 200
"""Characters of the reason why something failed; all of it is on the terminal."""


T = TypeVar("T")


@dataclass(frozen=True)
class Judged:
    """A figure that the project has promised."""

    what: str
    measured: str
    bound: str
    reached: bool
    missed_by: str = ""

    def cells(self) -> tuple[str, ...]:
        return self.what, self.measured, self.bound, "reached" if self.reached else f"NOT reached: {self.missed_by}"


def at_most(what: str, value: float, bound: float, unit: str = "", detail: str = "") -> Judged:
    """A figure that must not be larger than its bound."""
    shown = f"{number(value)}{unit}" + (f" ({detail})" if detail else "")
    return Judged(what, shown, f"≤ {number(bound)}{unit}", value <= bound, f"{number(value / bound)} times that")


def equal(what: str, values: Mapping[str, int], expected: Mapping[str, int]) -> Judged:
    """Numbers that must be exactly these."""
    off = [f"{name} {values[name] - expected[name]:+}" for name in expected if values[name] != expected[name]]
    return Judged(what, _listed(values, expected), _listed(expected, expected), not off, ", ".join(off))


def _listed(values: Mapping[str, int], names: Iterable[str]) -> str:
    return ", ".join(f"{values[name]:,} {name}" for name in names)


def failed(what: str, broken: Broken) -> Judged:
    """A figure that was not measured, because what was to be measured failed."""
    message = ANSIBLE_MESSAGE.search(str(broken))
    reason = message[1] if message else str(broken).strip().rpartition("\n")[2]
    return Judged(what, FAILED, "it runs", False, reason[:LONGEST])


def number(value: float) -> str:
    """Three digits, and all of them before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


@dataclass(frozen=True)
class Table:
    """Figures that nothing was promised for, or where the judged ones come from."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: str = ""


@dataclass
class Outcome:
    """What one part found."""

    judged: list[Judged] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def attempt(self, what: str, function: Callable[[], T]) -> T | None:
        """Return what `function` returns; None if it fails, which is then a row of the judged."""
        try:
            return function()
        except Broken as broken:
            print(f"FAILED: {what}: {broken}", flush=True)
            self.judged.append(failed(what, broken))
            return None

    @property
    def failures(self) -> list[str]:
        return [one.what for one in self.judged if one.measured == FAILED]


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def shown(outcome: Outcome) -> str:
    """A part's tables."""
    blocks = [markdown(JUDGED, [one.cells() for one in outcome.judged])] if outcome.judged else []
    for table in outcome.tables:
        notes = [table.notes] if table.notes else []
        blocks += [f"**{table.title}**", markdown(table.head, table.rows), *notes]
    return "\n\n".join(blocks)


def keep(name: str, outcome: Outcome) -> None:
    """Keep what a part found, beside what the others found on this machine."""
    kept = _kept()
    kept[name] = asdict(outcome)
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps({"machine": machine.name(), "parts": kept}, indent=1), encoding="utf-8")


def forget() -> None:
    KEPT.unlink(missing_ok=True)


def _kept() -> dict[str, Any]:
    try:
        content = json.loads(KEPT.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return dict(content["parts"]) if content["machine"] == machine.name() else {}


def _outcome(content: Mapping[str, Any]) -> Outcome:
    return Outcome([Judged(**one) for one in content["judged"]], [Table(**one) for one in content["tables"]])


def write_page(names: Sequence[str], page: Path = PAGE) -> list[str]:
    """Write all tables into the page; returns the parts that are missing, and then writes nothing."""
    kept = _kept()
    missing = [name for name in names if name not in kept]
    if missing:
        return missing
    outcomes = {name: _outcome(kept[name]) for name in names}
    text = page.read_text(encoding="utf-8")
    text = _between(text, "machine", f"Measured on: {machine.name()}.")
    promised = [one.cells() for outcome in outcomes.values() for one in outcome.judged]
    text = _between(text, "promised", markdown(JUDGED, promised))
    for name, outcome in outcomes.items():
        text = _between(text, name, shown(Outcome(tables=outcome.tables)))
    page.write_text(text, encoding="utf-8")
    return []


def _between(text: str, marker: str, content: str) -> str:
    """`text` with `content` between the two lines of a marker."""
    begin, end = f"<!-- {marker}: written by make bench -->", f"<!-- {marker}: end -->"
    pattern = re.compile(rf"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"The page has no lines '{begin}' and '{end}'.")
    return pattern.sub(lambda _found: f"{begin}\n\n{content}\n\n{end}", text)
