# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a report in Markdown, for merge requests and chat: none of its content acts as markup or hides a change.

Names and values are formatted as code, in which @, # and ! have no special meaning. People approve a plan by this text:
it names every changed subscriber as long as a comment has room, whatever else the report contains.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, product

from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Report, Row
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import view
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports.model import counted

# A comment may have 65,536 characters on GitHub and 1,000,000 on GitLab.
MOST_IN_COMMENT = 65_000
# Room that is reserved for the rows of a plan that are not changes.
LEAST_FOR_OTHERS = 4_000
MOST_ROWS, MOST_ACCEPTED = 30, 10
# Number of rows of a kind without a difference that may precede differences.
MOST_OF_OTHERS = 10
MOST_LETTERS = 1_000
MOST_IN_TABLE = 25_000
MOST_IN_VERDICT, MOST_IN_TITLE = 4_000, 200
# Neither one subscriber nor one name may take the room of all others.
MOST_OF_ONE, MOST_IN_NAME = 400, 120
# With less room than this, nothing useful fits.
FEWEST_MORE = 20
# Levels of detail of a line: letters of a value (None: no value), letters of a setting, number of changes.
LEVELS = ((MOST_LETTERS, MOST_LETTERS, None), (200, 200, None), (60, 100, None), (None, 100, None), (None, 60, 5))
MARKUP = re.compile(r"([\\`*_{}\[\]<>()#!|~&$^])")
# Spaces at the ends, double spaces and line ends, which would show as one space or not at all.
LOST_BLANKS = re.compile(r"^ | $|  |[\t\r\n]")
SINCE = "Since, by"
# Messages about subscribers that were not tried, or not read, because the run was stopped.
NOT_TRIED = re.compile(r"(?:^|: )Not (?:tried|read): ")
ORDERS = {"plan": ("changed", "failed", "missing", "drift", "unmanaged", "renumbered", "risk")}
ORDER = ("failed", "missing", "drift", "changed", "unmanaged", "renumbered", "risk")


def text(report: Report, title: str = "") -> str:
    """Return the whole file."""
    kind = report["kind"]
    rows = _in_order(view.by_weight(counted(report["rows"])), ORDERS.get(kind, ORDER))
    start, end = _head(report, title), f"{code(report['api_url'])}, {code(report['generated'])}"
    room = MOST_IN_COMMENT - _together([*start, end])
    notes, blocks = (_plan if kind == "plan" else _summary)(report, rows, room)
    # Put notes before anything that is long.
    at = 2 if kind == "drift" else 1
    return "\n\n".join([*start[:at], *notes, *start[at:], *blocks, end]) + "\n"


def _head(report: Report, title: str) -> list[str]:
    word, sentence = view.verdict(report)
    totals = [(name, value) for name, value in view.totals(report) if name in ("subscribers", "unchanged") or value]
    return [
        f"### {prose(cut(title or view.title(report), MOST_IN_TITLE))}",
        f"**{word}.** {prose(cut(sentence, MOST_IN_VERDICT))}",
        _table(
            [name.capitalize() for name, _value in totals],
            [[view.number(value) for _name, value in totals]],
            right=True,
        ),
    ]


def _plan(report: Report, rows: Sequence[Row], room: int) -> tuple[list[str], list[str]]:
    """Return the changes, all of them if there is room, then the first of the other rows."""
    changed = [row for row in rows if row["kind"] == "changed"]
    others = [row for row in rows if row["kind"] != "changed"]
    notes, blocks = _changes(report, changed, room - (LEAST_FOR_OTHERS if others else 0) - 500)
    if others:
        left = min(MOST_IN_TABLE, room - _together([*notes, *blocks]) - 500)
        blocks += _rows(_columns(report), _fair(others), _cells, len(others), left, "other row")
    return notes, blocks


def _summary(report: Report, rows: Sequence[Row], room: int) -> tuple[list[str], list[str]]:
    """Return the first rows; after a run that wrote, also the changes that are not among them; and accepted rows."""
    accepted = [row for row in report["rows"] if row["accepted"]]
    columns = _columns(report)
    blocks = _rows(columns, _fair(rows), _cells, len(rows))
    notes: list[str] = []
    differing = [row for row in rows if row["kind"] in view.DIFFERENCES]
    missed = _without(differing, _fitting(_fair(rows), _cells, MOST_IN_TABLE))
    if missed and report["kind"] == "drift":
        notes = [_note(len(missed), "difference", "differences")]
    elif missed:
        notes, more = _changes(report, missed, room - _together(blocks) - 500)
        blocks += ["The other changes:", *more]
    if accepted:
        blocks.append("**Accepted** by the baseline, and in no other number:")
        head = [*columns[: -len((SINCE, "Place"))], "Reason", "Until"]
        blocks += _rows(head, accepted[:MOST_ACCEPTED], _accepted_cells, len(accepted))
    return notes, blocks


def prose(content: str) -> str:
    """Return a text that shows literally, without markup or mentions."""
    escaped = MARKUP.sub(r"\\\1", _line(content))
    # An invisible word joiner separates the @ from the name.
    return escaped.replace("@", "@\u2060")


def cut(content: str, most: int) -> str:
    """Return a text, cut to a length with a sign if it is longer."""
    return content if len(content) <= most else f"{content[:most]}… (cut; the other files of the report have all)"


def _line(content: str) -> str:
    """Return a text in one line."""
    return str(view.visible(re.sub(r"\r?\n|\t", " ", content).strip()))


def code(content: str | None, in_table: bool = False) -> str:
    """Return a text as code, complete."""
    line = _line(content or "")
    if not line:
        return ""
    longest = max(map(len, re.findall(r"`+", line)), default=0)
    fence, pad = "`" * (longest + 1), " " if longest else ""
    if in_table:
        # A backslash before a pipe would escape the backslash that escapes the pipe.
        line = line.replace("\\|", "\\ |").replace("|", "\\|")
    return f"{fence}{pad}{line}{pad}{fence}"


def _size(content: str) -> int:
    """Return the length of a text in UTF-16 units, the strictest measure of comments."""
    return len(content) if content.isascii() else len(content.encode("utf-16-le", "surrogatepass")) // 2


def _together(blocks: Iterable[str]) -> int:
    """Return the length of blocks, including the empty lines between them."""
    return sum(_size(block) + 2 for block in blocks)


def _value(content: str, most: int = MOST_LETTERS, in_table: bool = True) -> str:
    """Return a value in full, because people approve it. Only the longest are cut, with a mark."""
    literal = json.dumps(content, ensure_ascii=False) if LOST_BLANKS.search(content) else content
    if len(literal) <= most:
        return code(literal, in_table)
    return f"{code(literal[:most], in_table)}… (cut; report.json has all)"


def _in_order(rows: Iterable[Row], kinds: Sequence[str]) -> list[Row]:
    """Return the rows, with untried ones last, because a stopped run has thousands of them."""
    return sorted(rows, key=lambda row: (bool(NOT_TRIED.search(row["msg"] or "")), kinds.index(row["kind"])))


def _fair(rows: Sequence[Row]) -> list[Row]:
    """Return the first rows, among which differences always have their share."""
    seen: Counter[str] = Counter()
    early: list[int] = []
    late: list[int] = []
    for at, row in enumerate(rows):
        kind = row["kind"]
        seen[kind] += kind not in view.DIFFERENCES
        is_late = NOT_TRIED.search(row["msg"] or "") or seen[kind] > MOST_OF_OTHERS
        (late if is_late else early).append(at)
    # Some kinds have fewer rows than their share.
    return [rows[at] for at in sorted([*early, *late][:MOST_ROWS])]


def _without(rows: Iterable[Row], others: Iterable[Row]) -> list[Row]:
    """Return the rows that are not among others, compared by identity."""
    taken = set(map(id, others))
    return [row for row in rows if id(row) not in taken]


def _columns(report: Report) -> list[str]:
    return ["Subscriber", "What", "Field", *view.KINDS[report["kind"]].sides, SINCE, "Place"]


def _cells(row: Row) -> list[str]:
    since = " ".join(filter(None, [code(row["changed_at"], True), code(row["changed_by"], True)]))
    return [*_what(row), since, code(row["place"], True)]


def _accepted_cells(row: Row) -> list[str]:
    accepted = row["accepted"]
    if accepted is None:
        raise AssertionError("the baseline does not accept this row")
    return [*_what(row), code(accepted["reason"], True), code(accepted["expires"], True)]


def _what(row: Row) -> list[str]:
    """Return the cells of a row: subscriber, change, field, and both values."""
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


def _fitting(rows: Sequence[Row], cells: Callable[[Row], list[str]], room: int) -> list[Row]:
    """Return the first rows, in order, that fit. Differences are not left out in favour of others."""
    kept: set[int] = set()
    ranked = sorted(range(len(rows)), key=lambda at: (rows[at]["kind"] not in view.DIFFERENCES, at))
    for at in ranked:
        room -= sum(map(len, cells(rows[at]))) + 3 * len(cells(rows[at]))
        if room < 0:
            break
        kept.add(at)
    return [row for at, row in enumerate(rows) if at in kept]


def _rows(
    head: list[str],
    rows: list[Row],
    cells: Callable[[Row], list[str]],
    count: int,
    room: int = MOST_IN_TABLE,
    what: str = "row",
) -> list[str]:
    """Return the table of the first rows that fit into `room`, and the sentence about the others."""
    lines = [cells(row) for row in _fitting(rows, cells, room - _together([_table(head, [])]))]
    # For rows that the run itself writes, the time of the change is of no interest.
    kept = [at for at, name in enumerate(head) if name != SINCE or any(line[at] for line in lines)]
    blocks = [_table([head[at] for at in kept], [[line[at] for at in kept] for line in lines])] if lines else []
    if not lines:
        blocks = (
            [f"{view.number(count, what)}, not shown here. The other files of the report have all."] if count else []
        )
    elif count > len(lines):
        blocks.append(f"The first {len(lines)} of {view.number(count, what)}. The other files of the report have all.")
    return blocks


def _table(head: list[str], rows: list[list[str]], right: bool = False) -> str:
    lines = [head, ["---:" if right else "---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# Changes, whatever their number --------------------------------------------------------------------------------------


def _note(count: int, one: str, many: str, what: str = "not shown") -> str:
    """Return the bold sentence that counts what is left out."""
    is_or_are = "is" if count == 1 else "are"
    return f"**{view.number(count, one, many)} {is_or_are} {what}** here. The other files of the report have all."


def _changes(report: Report, rows: list[Row], room: int) -> tuple[list[str], list[str]]:
    """Return notes and changes within a length: a table of all, or one line per subscriber with what fits."""
    if len(_fitting(rows, _cells, room)) == len(rows):
        return [], _rows(_columns(report), rows, _cells, len(rows), room)
    lines = _Lines(rows, room - 3 * _together([_note(len(rows), "change", "changes", "shown without values")]))
    return lines.notes(), ["\n".join(lines.lines)]


class _Lines:
    """Lines of subscribers: as many lines, and as much in each line, as fit."""

    def __init__(self, rows: Iterable[Row], room: int) -> None:
        people: dict[object, list[Row]] = {}
        for row in rows:
            people.setdefault(view.person(row), []).append(row)
        self._groups = list(people.values())
        self.lines = list(map(_brief, self._groups))
        sizes = [_size(line) + 1 for line in self.lines]
        # The most important changes are shown even at the expense of other subscribers' names.
        share = room // 4
        reserved = share if sum(sizes) > room else 0
        named = sum(1 for total in accumulate(sizes) if total <= room - reserved)
        self.lines, self._levels = self.lines[:named], [len(LEVELS)] * named
        self._room = room - sum(sizes[:named])
        self._tell_the_first(min(share, self._room))
        self._tell_the_same_of_all()

    def _tell_the_first(self, share: int) -> None:
        """Fit as much as possible of the first subscribers, which have the most important changes."""
        end = self._room - share
        for at in range(len(self.lines)):
            for level in range(len(LEVELS)):
                if self._room < end + FEWEST_MORE or self._tell(at, level, MOST_OF_ONE, end):
                    break

    def _tell_the_same_of_all(self) -> None:
        """Give every subscriber the same detail before any gets more, so that none takes the room of later ones."""
        for most, level in product((MOST_OF_ONE, MOST_IN_COMMENT), reversed(range(len(LEVELS)))):
            for at in range(len(self.lines)):
                if self._room < FEWEST_MORE:
                    return
                if level < self._levels[at]:
                    self._tell(at, level, most, 0)

    def _tell(self, at: int, level: int, most: int, end: int) -> bool:
        """Return True if a line fits and leaves enough room."""
        better = _detailed(self._groups[at], *LEVELS[level])
        more = _size(better) - _size(self.lines[at])
        if len(better) > most or more > self._room - end:
            return False
        self.lines[at], self._levels[at], self._room = better, level, self._room - more
        return True

    def notes(self) -> list[str]:
        """Return the changes that the lines leave out."""
        hidden = sum(map(len, self._groups[len(self.lines) :]))
        counted_only = without_values = 0
        for rows, level in zip(self._groups, self._levels, strict=False):
            letters, _setting, most = (*LEVELS, (None, 0, 0))[level]
            named = len(rows) if most is None else min(most, len(rows))
            counted_only += len(rows) - named
            without_values += 0 if letters else named
        counts = {"not shown": hidden, "only counted": counted_only, "shown without values": without_values}
        return [_note(count, "change", "changes", what) for what, count in counts.items() if count]


def _name(rows: Sequence[Row]) -> str:
    return code(cut(view.name(rows[0]), MOST_IN_NAME))


def _brief(rows: Sequence[Row]) -> str:
    return f"- {_name(rows)}" + (f" ({len(rows):,} changes)" if len(rows) > 1 else "")


def _detailed(rows: Sequence[Row], letters: int | None, setting: int, most: int | None) -> str:
    """Return the line of one subscriber, with values, settings and changes up to a limit each."""
    changes = []
    for row in rows[:most]:
        words = view.words(row)
        name = f"{words.what} {_value(words.setting, setting, False)} ({words.settings})"
        sides = [f"{_value(side, letters, False) or 'nothing'}" for side in words.difference] if letters else []
        changes.append(": ".join(filter(None, [name, " → ".join(sides)])))
    more = len(rows) - len(changes)
    return f"- {_name(rows)}: {'; '.join(changes)}{f' and {view.number(more)} more' if more else ''}"
