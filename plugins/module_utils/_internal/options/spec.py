# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition of a module: its options, their checks, and the function that does its work.

`Spec.problems` finds, before any request, what the server would refuse or, worse, crash on
(docs/design.md#mistakes-are-reported-before-any-request). Plain data: nothing here knows Ansible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Generic, TypeVar

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import (
    CONNECTION,
    connection_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import (
    NAME_OPTIONS,
    SELECTOR,
    selector_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.value_check import ValueCheck, checks_of


@dataclass(frozen=True)
class Spec:
    """The options of a module: Ansible's argument spec and rules, and the checks that these cannot express."""

    options: OptionSpecs
    clears: frozenset[str]
    """The options for which null has a meaning."""
    checks: tuple[Callable[[Options], Problems], ...]
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_by: Mapping[str, str] = field(default_factory=dict)
    file: bool = False
    """True if the module writes a file at `dest`, with the options that Ansible's own file modules have for one."""
    own: frozenset[str] = frozenset()
    """The options that only `checks` validate: they are too large for Ansible's validation, which takes seconds for a
    thousand entries, or hold objects that it does not know. It does not collect their secrets for masking either.
    """
    referring: frozenset[str] = frozenset()
    """The options and suboptions, all in `own`, whose suboptions are documented elsewhere. Ansible, which does not
    validate them, is not told of these suboptions.
    """

    @property
    def documented(self) -> OptionSpecs:
        """The options as their documentation and Ansible know them."""
        return _without_suboptions(self.options, self.referring)

    def problems(self, options: Options) -> list[Problem]:
        """Return all problems of `options`, given ones and defaults, except for those that `malformed` finds."""
        return [problem for check in self.checks for problem in check(options)]

    def malformed(self, options: Options) -> dict[str, Problem]:
        """Return, by name, the first problem of each option in `options`, as written, that Ansible's own validation
        would crash on or would turn into something else.
        """
        found = {name: next(each.wrong_type((name,), options.get(name)), None) for name, each in self._checks.items()}
        return {name: problem for name, problem in found.items() if problem}

    @cached_property
    def _checks(self) -> dict[str, ValueCheck]:
        return checks_of({name: option for name, option in self.options.items() if name not in self.own})


def connection_of(options: Options) -> Connection:
    """Return the connection that a module's options describe."""
    return Connection(**{each.name: options[each.name] for each in fields(Connection)})


def spec(
    options: OptionSpecs,
    check: Callable[[Options], Problems],
    mutually_exclusive: tuple[tuple[str, ...], ...] = (),
    required_one_of: tuple[tuple[str, ...], ...] = (),
    clears: frozenset[str] = frozenset(),
    selector: bool | None = True,
    file: bool = False,
    own: frozenset[str] = frozenset(),
    referring: frozenset[str] = frozenset(),
) -> Spec:
    """Return the spec of a module that talks to a server.

    `selector`: True if the module needs one subscriber, False if it takes one, None if it takes none.
    """
    required = (tuple(SELECTOR),)
    return Spec(
        options={**CONNECTION, **({} if selector is None else SELECTOR), **options},
        clears=clears,
        checks=(selector_problems, check, connection_problems),
        mutually_exclusive=(() if selector is None else (NAME_OPTIONS,)) + mutually_exclusive,
        required_one_of=(required if selector else ()) + required_one_of,
        required_by={"client_key": "client_cert"},
        file=file,
        own=own,
        referring=referring,
    )


def _without_suboptions(options: OptionSpecs, names: frozenset[str]) -> OptionSpecs:
    """Return `options` without the suboptions of those in `names`, at any depth."""
    result: OptionSpecs = {}
    for name, option in options.items():
        result[name] = {key: value for key, value in option.items() if key != "options"}
        if "options" in option and name not in names:
            result[name]["options"] = _without_suboptions(option["options"], names)
    return result


# Makes a client, or returns one that was made before: (connection, read_only) -> client, for a `with` block.
Clients = Callable[[Connection, bool], AbstractContextManager[Client]]
T = TypeVar("T")


@dataclass(frozen=True)
class Job(Generic[T]):
    """A module without its documentation."""

    spec: Spec
    run: Callable[[Client, T, bool], Result]
    """The module's function: (client, options, check_mode) -> result."""
    options: Callable[[Options], T]
    """Converts the given options and the defaults to the function's: `partial(read_options, SendOptions)`."""
    libraries: Mapping[str, ImportError | None] = field(default_factory=dict)
    """The libraries that the function needs besides requests, each with the error of its import, if it failed."""

    def execute(self, client: Client, given: Options, check_mode: bool) -> Result:
        """Run the function with `given`, the options that were given and the defaults."""
        return self.run(client, self.options(given), check_mode)


def read_options(kind: type[T], given: Options) -> T:
    """Return the given options as `kind`, a frozen dataclass with a field for each option that its function needs.

    An option that was not given has the field's default. A field with the metadata of `group` is itself a dataclass
    of some of the same options.
    """
    values: dict[str, Any] = {}
    for each in fields(kind):  # type: ignore[arg-type]  # any dataclass
        if "group" in each.metadata:
            values[each.name] = read_options(each.metadata["group"], given)
        elif each.name in given:
            values[each.name] = given[each.name]
    return kind(**values)


def group(kind: type[T]) -> dict[str, type[T]]:
    """Return the metadata of a field that groups several options: `field(metadata=group(Paging))`."""
    return {"group": kind}
