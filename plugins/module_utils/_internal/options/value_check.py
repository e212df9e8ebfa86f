# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of values by their type, compiled once from argument specs. No I/O.

They serve the options of modules before Ansible's own validation, and entries, which Ansible's validation does not see.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import OptionPath, Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import but_is, in_quotes, unknown
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import OptionSpec, OptionSpecs

TRUTH: Mapping[str, bool] = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1", "1.0"), True),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0", "0.0"), False),
}
"""The words that Ansible reads as true and false, in lower case."""


class ValueCheck:
    """The check of an option by its argument spec. This class accepts any value: Ansible's validation suffices."""

    def __init__(self, option: OptionSpec) -> None:
        self.choices: tuple[Any, ...] = tuple(option.get("choices", ()))

    def wrong_type(self, path: OptionPath, value: object) -> Problems:
        """Yield a problem for a value that Ansible's own validation would crash on or turn into something else."""
        yield from ()

    def problems(self, path: OptionPath, value: object) -> Problems:
        """Yield all problems of the value of an option that Ansible's own validation does not see."""
        wrong = list(self.wrong_type(path, value))
        yield from wrong
        if not wrong and value is not None and self.choices and value not in self.choices:
            yield Problem(path, f"must be one of {', '.join(self.choices)}{but_is(value, self.choices)}.")

    def normalized(self, value: object) -> object:
        """Return a value of the right type in the form that Ansible gives it to a module."""
        return value


class TextCheck(ValueCheck):
    """A text. A number may not be what was written: YAML reads 0017 as 15 and drops the + of +431."""

    def wrong_type(self, path: OptionPath, value: object) -> Problems:
        if value is not None and not self.choices and not isinstance(value, str):
            yield Problem(path, f"must be a text{in_quotes(value)}.")


class TruthCheck(ValueCheck):
    """True or false, or a word of `TRUTH`."""

    def wrong_type(self, path: OptionPath, value: object) -> Problems:
        if value is not None and str(value).lower() not in TRUTH:
            yield Problem(path, f"must be true or false{but_is(value, TRUTH)}.")

    def normalized(self, value: object) -> object:
        return None if value is None else TRUTH[str(value).lower()]


class NumberCheck(ValueCheck):
    """A whole number, or a text that is one."""

    def wrong_type(self, path: OptionPath, value: object) -> Problems:
        if _is_no_number(value):
            yield Problem(path, "must be a number.")

    def problems(self, path: OptionPath, value: object) -> Problems:
        wrong = list(self.wrong_type(path, value))
        yield from wrong
        if not wrong and value is not None and _number(value) is None:
            yield Problem(path, f"must be a number{but_is(value)}.")

    def normalized(self, value: object) -> object:
        return _number(value)


class NumbersCheck(ValueCheck):
    """A list of whole numbers, or one."""

    def wrong_type(self, path: OptionPath, value: object) -> Problems:
        if any(map(_is_no_number, value if isinstance(value, list) else [value])):
            yield Problem(path, "must be numbers.")


class TextsCheck(ValueCheck):
    """A list of texts, or one text that Ansible splits at its commas."""

    def wrong_type(self, path: OptionPath, value: object) -> Problems:
        if value is not None and not isinstance(value, (list, str)):
            yield Problem(
                path, "must be a list of texts; put them in quotes, because YAML may have read other numbers."
            )
        for index, each in enumerate(value if isinstance(value, list) else ()):
            if not isinstance(each, (str, type(None))):
                yield Problem((*path, index), f"must be a text{in_quotes(each)}.")


class ElementsCheck(ValueCheck):
    """A list of mappings, whose values have checks of their own."""

    def __init__(self, option: OptionSpec) -> None:
        super().__init__(option)
        self._parts = checks_of(option["options"])

    def wrong_type(self, path: OptionPath, value: object) -> Problems:
        if value is None:
            return
        names = ", ".join(self._parts)
        if not isinstance(value, list) or not all(isinstance(element, Mapping) for element in value):
            yield Problem(path, f"must be a list of mappings, each with {names}.")
            return
        for index, element in enumerate(value):
            yield from unknown((*path, index), element, self._parts, f"an element has {names}.")
            for name, part in self._parts.items():
                yield from part.wrong_type((*path, index, name), element.get(name))

    def normalized(self, value: Any) -> object:
        """Return the elements without their null values."""
        if value is None:
            return None
        return [
            {name: self._parts[name].normalized(each) for name, each in element.items() if each is not None}
            for element in value
        ]


# By the type of an option and of its elements.
_KINDS: Mapping[tuple[str, str | None], type[ValueCheck]] = {
    ("str", None): TextCheck,
    ("path", None): TextCheck,
    ("bool", None): TruthCheck,
    ("int", None): NumberCheck,
    ("list", "int"): NumbersCheck,
    ("list", "str"): TextsCheck,
    ("list", "path"): TextsCheck,
    ("list", "dict"): ElementsCheck,
}


def checks_of(options: OptionSpecs) -> dict[str, ValueCheck]:
    """Return the check of each option, by its name."""
    return {name: check_of(option) for name, option in options.items()}


def check_of(option: OptionSpec) -> ValueCheck:
    """Return the check of an option."""
    return _KINDS.get((option["type"], option.get("elements")), ValueCheck)(option)


def _is_no_number(value: object) -> bool:
    """Return True for what Python counts among the numbers although it is none: true and false, `.inf` and `.nan`."""
    return isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value))


def _number(value: object) -> int | None:
    if isinstance(value, str):  # int() takes 1_0 and the digits of other scripts, too
        return int(value) if re.fullmatch(r"-?[0-9]{1,18}", value.strip()) else None
    return value if isinstance(value, int) else None
