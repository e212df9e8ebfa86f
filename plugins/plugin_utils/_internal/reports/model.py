# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a report from a task or a file, and check it against the one schema of reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import REPORT, Report, Row, Shape

MOST_NAMED = 20
"""Number of problems that one message names."""
NAMES: dict[type, str] = {str: "a text", int: "a whole number"}


class NoReport(Exception):
    """Raised if a value is not a report."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        """Problems, one sentence each."""
        more = [f"And {len(self.problems) - MOST_NAMED} more."] if len(self.problems) > MOST_NAMED else []
        super().__init__("\n".join([*self.problems[:MOST_NAMED], *more]))


def read(content: object, place: str = "report") -> Report:
    """Return a copy with plain values, without Ansible's marks. `place` is the name of the report in messages.

    Raises `NoReport`.
    """
    problems: list[str] = []
    report = _copy(content, REPORT, place, problems)
    if problems:
        raise NoReport(problems)
    return cast(Report, report)


def counted(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows that the baseline does not accept."""
    return (row for row in rows if not row["accepted"])


def _copy(value: object, shape: Shape, place: str, problems: list[str]) -> Any:
    if value is None and (shape.null or (shape.type is None and not shape.keys and not shape.each)):
        return None
    if shape.keys is not None:
        return _mapping(value, shape.keys, place, problems)
    if shape.each is not None:
        return _list(value, shape.each, place, problems)
    if shape.type is None:
        return _plain(value)
    if not isinstance(value, shape.type) or isinstance(value, bool):
        problems.append(f"{place} must be {NAMES[shape.type]}.")
        return None
    plain = shape.type(value)
    if shape.choices and plain not in shape.choices:
        problems.append(f"{place} must be {' or '.join(map(str, shape.choices))}.")
    elif shape.pattern and not re.search(shape.pattern, plain):
        problems.append(f"{place} is not written as it must be (see docs/report.schema.json).")
    return plain


def _mapping(value: object, keys: Mapping[str, Shape], place: str, problems: list[str]) -> Any:
    if not isinstance(value, Mapping):
        problems.append(f"{place} must be a mapping.")
        return None
    missing = {name: shape.missing for name, shape in keys.items() if shape.missing is not None and name not in value}
    value = {**value, **missing} if missing else value
    if value.keys() != keys.keys():
        problems += [f"{place}.{name} is not a key of a report." for name in value if name not in keys]
        problems += [f"{place}.{name} is missing." for name in keys if name not in value]
    return {
        name: _copy(value[name], shape, f"{place}.{name}", problems) for name, shape in keys.items() if name in value
    }


def _list(value: object, each: Shape, place: str, problems: list[str]) -> Any:
    if not isinstance(value, Sequence) or isinstance(value, str):
        problems.append(f"{place} must be a list.")
        return None
    return [_copy(one, each, f"{place}[{number}]", problems) for number, one in enumerate(value)]


def _plain(value: object) -> Any:
    """Return plain JSON."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    return str(value)
