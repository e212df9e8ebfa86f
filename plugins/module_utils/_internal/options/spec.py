# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of every module, as argument specs made from `resources`, and what is wrong with given ones.

`Spec.problems` finds, before any request, what the server would refuse or, worse, crash on
(docs/design.md#mistakes-are-reported-before-any-request). Plain data: nothing here knows Ansible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields
from typing import Any, Generic, TypeVar

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.result import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import MODES, POLICIES, Field, Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import (
    SELECTOR,
    Options,
    OptionSpecs,
    selector_problems,
    settings_problems,
    wrong_type,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import (
    CONNECTION,
    connection_problems,
)


@dataclass(frozen=True)
class Spec:
    """What a module takes: Ansible's argument spec and its rules, and the checks that they cannot express."""

    options: OptionSpecs
    # The options for which null has a meaning.
    clears: frozenset[str]
    checks: tuple[Callable[[Options], Problems], ...]
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_by: Mapping[str, str] = field(default_factory=dict)
    # Whether the module writes a file at `dest`, with the options that Ansible's own file modules have for one.
    file: bool = False
    # The options that only `checks` look at: they are too large for Ansible's validation, which takes seconds for a
    # thousand entries, or hold what it does not know. Nor does it collect their secrets to mask them in results.
    own: frozenset[str] = frozenset()

    def problems(self, options: Options) -> list[Problem]:
        """Return all that is wrong with `options` (only the given ones).

        A value of the wrong type is passed over: Ansible's own validation says that.
        """
        return [problem for check in self.checks for problem in check(options)]

    def malformed(self, options: Options) -> dict[str, Problem]:
        """Return the first problem of each of `options`, as they were written, that Ansible's own validation would
        crash on or would turn into something else.
        """
        checked = {name: option for name, option in self.options.items() if name not in self.own}
        found = {name: next(wrong_type((name,), each, options.get(name)), None) for name, each in checked.items()}
        return {name: problem for name, problem in found.items() if problem}


def connection_of(options: Options) -> Connection:
    """The connection that a module's options describe."""
    return Connection(**{name: options[name] for name in CONNECTION})


def spec_of_settings(resource: Resource) -> Spec:
    """The spec of the module that manages one settings resource of one subscriber."""
    fields = frozenset(each.name for each in resource.fields)
    return spec(settings_options(resource), lambda options: settings_problems(resource, options), clears=fields)


def spec(
    options: OptionSpecs,
    check: Callable[[Options], Problems],
    mutually_exclusive: tuple[tuple[str, ...], ...] = (),
    required_one_of: tuple[tuple[str, ...], ...] = (),
    clears: frozenset[str] = frozenset(),
    selector: bool | None = True,
    file: bool = False,
    own: frozenset[str] = frozenset(),
) -> Spec:
    """A spec of a module that works on one NGCP. `selector`: it needs one subscriber, may have one, or (None) not."""
    selectors = (tuple(SELECTOR),)
    return Spec(
        options={**CONNECTION, **({} if selector is None else SELECTOR), **options},
        clears=clears,
        checks=(selector_problems, check, connection_problems),
        mutually_exclusive=(() if selector is None else selectors) + mutually_exclusive,
        required_one_of=(selectors if selector else ()) + required_one_of,
        required_by={"client_key": "client_cert"},
        file=file,
        own=own,
    )


def settings_options(resource: Resource) -> OptionSpecs:
    """The options for the fields of `resource`, with their `*_mode` and policies."""
    options: OptionSpecs = {}
    for each in resource.fields:
        options[each.name] = _option(each)
        if each.entry:
            options[each.mode] = {"type": "str", "choices": list(MODES), "default": MODES[0], "no_log": False}
        if each.renewal:
            policy = {"type": "str", "choices": list(POLICIES), "default": POLICIES[0], "no_log": False}
            options[each.renewal.policy] = policy
    return options


def _option(each: Field) -> dict[str, Any]:
    # no_log always, for Ansible guesses from names such as secret_key_renew otherwise.
    option: dict[str, Any] = {"type": each.type, "no_log": each.secret}
    if each.choices:
        option["choices"] = list(each.choices)
    if each.default is not None:
        option["default"] = each.default
    if each.entry:
        entry = {part.name: _option(part) for part in each.entry}
        if each.key:
            entry[each.key]["required"] = True
        option |= {"elements": "dict", "options": entry}
    return option


# Makes a client, or hands one out that was made before: (connection, read_only) -> client, for a `with` block.
Clients = Callable[[Connection, bool], AbstractContextManager[Client]]
T = TypeVar("T")


@dataclass(frozen=True)
class Job(Generic[T]):
    """What a module is, apart from its documentation."""

    spec: Spec
    run: Callable[[Client, T, bool], Result]
    """The module's function: (client, options, check_mode) -> result."""
    options: Callable[[Options], T]
    """Makes the function's options of those that were given and the defaults: `partial(read_options, SendOptions)`."""
    libraries: Mapping[str, ImportError | None] = field(default_factory=dict)
    """The libraries that the function needs besides requests, each with the error of its import, if it failed."""

    def execute(self, client: Client, given: Options, check_mode: bool) -> Result:
        """Run the function with `given`, the options that were given and the defaults."""
        return self.run(client, self.options(given), check_mode)


def read_options(kind: type[T], given: Options) -> T:
    """Return the given options as `kind`, a frozen dataclass with a field for each option that its function needs.

    An option that was not given has the field's default. A field with the metadata of `group` is a
    dataclass of its own, made of the same options.
    """
    values: dict[str, Any] = {}
    for each in fields(kind):  # type: ignore[arg-type]  # any dataclass
        if "group" in each.metadata:
            values[each.name] = read_options(each.metadata["group"], given)
        elif each.name in given:
            values[each.name] = given[each.name]
    return kind(**values)


def group(kind: type[T]) -> dict[str, type[T]]:
    """Return the metadata of a field whose value is made of several options: `field(metadata=group(Paging))`."""
    return {"group": kind}


def as_given(given: Options) -> Options:
    """Return the options as they are, for a function that takes them by name."""
    return given
