# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module's job: check the options, make the client, call the function, and return its result or error to Ansible.

No other file of the program imports Ansible. A module is a process of its own (`run`), or its function runs inside
Ansible's process (`run_here`), where plugins/plugin_utils/_internal/in_process.py provides the same surroundings.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib
from ansible.module_utils.common.validation import check_type_dict

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import authentication, transport
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.tokens import HandedToken, Token
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, option_names
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import printable, printable_diff
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    BadPython,
    FaxError,
    ReadOnly,
    facts_of,
    fault,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.redaction import is_guessable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import nearest
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options import invocation
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import OptionSpec
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import CONNECTION, ENVIRONMENT
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Clients, Job, connection_of

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:  # before ansible-core 2.22, which masks what it shows
    register_secrets = None

OLDEST_PYTHON = (3, 10)
# Passed by the action plugin to a module on the same machine (`concurrency.work_for`).
WORKS_FOR = "_works_for"
# Passed by the action plugin to a module of a role's task in a process of its own (`option_names.use`).
ROLE_VARIABLES = "_role_variables"
# Passed by the action plugin to a module in a process of its own: {token of the run: when it expires}.
SHARED_TOKEN = "_shared_token"


def run(job: Job[Any]) -> None:
    """Run a job in a module's own process, and exit with its result."""
    FaxModule(job).finish(Client)


def run_here(job: Job[Any], params: JsonObject, clients: Clients) -> JsonObject:
    """Run a job inside Ansible's process, and return its result.

    `params` are plain JSON, as a module reads them, except those of `Spec.own`, which may be any object.
    """
    try:
        FaxModule(job, params).finish(clients)
    except Finished as finished:
        return finished.result


class Finished(BaseException):
    """Ends a module inside Ansible's process with its result; in a process of its own, `SystemExit` does that."""

    def __init__(self, result: JsonObject) -> None:
        super().__init__()
        self.result = result


class EmbeddableModule(AnsibleModule):  # type: ignore[misc]  # Ansible publishes no types
    """An AnsibleModule that can also run inside Ansible's process, where it ends with `Finished`.

    All undocumented parts of AnsibleModule that the program relies on are here. Any release may change them;
    tests/integration/test_ansible_internals.py says which one it changed.
    """

    writes_file = False
    """True if `dest` in a result is a file; otherwise it is a folder, whose attributes are not the result's."""

    def __init__(self, handed: JsonObject | None, **settings: Any) -> None:
        self._handed = handed
        # Ansible keeps warnings for the whole process, or shows them at once in its own process.
        self._warnings: list[str] = []
        super().__init__(**settings)

    @property
    def shows_diff(self) -> bool:
        """Return True if the task wants a diff."""
        return bool(self._diff)

    def prepare(self) -> None:
        """Change `params`, the options as the task gave them, before Ansible checks them."""

    def invocation(self) -> JsonObject:
        """Return the options in the form that may be shown and logged: `module_args`."""
        raise NotImplementedError

    def without_secrets(self, content: object) -> Any:
        """Return `content`, a result or a part of one, without the secrets of this module."""
        raise NotImplementedError

    def _load_params(self) -> None:
        if self._handed is None:
            super()._load_params()
        else:
            self.params = dict(self._handed)
        self.prepare()

    def _check_locale(self) -> None:
        if self._handed is None:  # Ansible's own process has set it for itself
            super()._check_locale()

    def _log_invocation(self) -> None:
        """Log the options as the result shows them. Ansible itself would log every option without `no_log`."""
        given = {name: value for name, value in self.invocation()["module_args"].items() if value is not None}
        texts = {name: printable(str(value)) for name, value in given.items()}
        self.log(f"Invoked with {' '.join(f'{name}={text}' for name, text in texts.items())}", log_args=texts)

    def warn(self, warning: str, **kwargs: Any) -> None:
        warning = self.without_secrets(printable(warning))
        if self._handed is None:
            super().warn(warning, **kwargs)
        elif warning not in self._warnings:
            self._warnings.append(warning)
            self.log(f"[WARNING] {warning}")

    def add_path_info(self, kwargs: JsonObject) -> JsonObject:
        """Add the attributes of `dest` to a result, if it is a file."""
        return super().add_path_info(kwargs) if self.writes_file else kwargs

    def _return_formatted(self, kwargs: JsonObject) -> None:
        """Raise the result where Ansible would print it, with the attributes of `dest` and the warnings."""
        if self._handed is None:
            super()._return_formatted(self.without_secrets(kwargs))
            return
        if hasattr(self, "_new_secrets"):  # since ansible-core 2.22; it would be kept as long as the process lives
            self._new_secrets.unregister()
        self.add_path_info(kwargs)
        if not self._handed.get("_ansible_inject_invocation", True):  # ansible-core 2.21 asks for it
            del kwargs["invocation"]
        if self._warnings:
            kwargs["warnings"] = self._warnings
        raise Finished(self.without_secrets(kwargs))


class FaxModule(EmbeddableModule):
    """A module that knows which options were given, and names the place of a bad value in a list."""

    def __init__(self, job: Job[Any], handed: JsonObject | None = None) -> None:
        self._job, self._spec = job, job.spec
        self.writes_file = job.spec.file
        self._checked = False
        self._hidden: frozenset[str] = frozenset()
        super().__init__(
            handed,
            argument_spec={name: _ansible_option(name, option) for name, option in job.spec.documented.items()},
            mutually_exclusive=job.spec.mutually_exclusive,
            required_one_of=job.spec.required_one_of,
            required_by=dict(job.spec.required_by),
            supports_check_mode=True,
            add_file_common_args=job.spec.file,
        )
        if self.problems():
            self.fail_json(msg="")
        self._checked = True
        needed = {"requests": transport.IMPORT_ERROR, **job.libraries}
        if self.params.get("otp_secret"):
            needed["pyotp"] = authentication.IMPORT_ERROR
        libraries = [name for name, error in needed.items() if error]
        if libraries:
            self._refuse_python(missing_required_lib(" and ".join(libraries)))
        if sys.version_info < OLDEST_PYTHON:
            oldest = ".".join(map(str, OLDEST_PYTHON))
            self._refuse_python(f"ngcp.fax needs Python {oldest} or newer; set ansible_python_interpreter to one.")

    def _refuse_python(self, message: str) -> NoReturn:
        self.fail_json(message, error=facts_of(BadPython(message, "")))

    def prepare(self) -> None:
        if self._handed is None:
            concurrency.work_for(self.params.pop(WORKS_FOR, ()))
            option_names.use(self.params.pop(ROLE_VARIABLES, {}))
        self._shared_token: dict[str, float | None] = self.params.pop(SHARED_TOKEN, {})
        self._own = {
            name: _as_mapping(self._spec.options.get(name), self.params.pop(name))
            for name in self._spec.own & self.params.keys()
        }
        # Ansible sets missing options to None. Here null clears a field, and any other option is then not given
        # (docs/design.md#only-what-is-declared-is-managed). Ansible before 2.19 turns a null from a variable into "".
        for name, value in list(self.params.items()):
            if value is None and name not in self._spec.clears:
                del self.params[name]
            elif value == "" and self._spec.options.get(name, {}).get("elements"):
                self.params[name] = []
        self._names = frozenset(self.params)
        self._keep_secrets()
        self._malformed = self._spec.malformed(self.params)
        for name in self._malformed:
            del self.params[name]
        if {"api_username", "api_password"} & self._names:
            # A token in the environment must not replace the login that the task gives.
            os.environ.pop(ENVIRONMENT["api_token"], None)

    def _keep_secrets(self) -> None:
        """Collect the texts that the result must not contain, and register them with Ansible.

        Results are made without secrets; this is a second line of defence. A secret that may be part of a number, such
        as a PIN, is not searched for: somebody who knows the number would read the secret from the gap.
        """
        fallbacks = {name: os.environ.get(variable) for name, variable in ENVIRONMENT.items()}
        found = invocation.secrets(self._spec.options, {**fallbacks, **self.params}) | self._shared_token.keys()
        self._hidden = frozenset(one for one in found if not is_guessable(one))
        if register_secrets:
            register_secrets(self._hidden)

    def given(self) -> JsonObject:
        """Return the given options, including null ones, and those with a default."""
        given = {name: value for name, value in self.params.items() if name in self._names or value is not None}
        return {**given, **{name: value for name, value in self._own.items() if value is not None}}

    def problems(self) -> list[Problem]:
        """Return the problems of the options."""
        given = {name: value for name, value in self.given().items() if name not in self._malformed}
        return [*self._malformed.values(), *self._spec.problems(given)]

    def _unknown(self) -> list[str]:
        """Return a sentence about each option that the module does not have."""
        names = sorted(name for name in self._names - self.argument_spec.keys() if not name.startswith("_ansible"))
        if option_names.is_in_role():
            return [f"{name} is not a connection option; {nearest(name, CONNECTION)}" for name in names]
        return [f"{name} is not an option of this module." for name in names]

    def invocation(self) -> JsonObject:
        """Return the options without secrets. Unknown ones are left out: a secret may have a misspelt name."""
        options = self._spec.options
        own = {name: invocation.extent(value) for name, value in self._own.items() if name in options}
        return {"module_args": {**invocation.displayed(options, self.params), **own}}

    def finish(self, clients: Clients) -> NoReturn:
        # Outside of any `except`, where Ansible would add a traceback.
        outcome = self.outcome(clients)
        if outcome.pop("failed", False):
            self.fail_json(**outcome)
        self.exit_json(**outcome)

    def without_secrets(self, content: object) -> Any:
        return invocation.without(content, self._hidden)

    def exit_json(self, **kwargs: Any) -> NoReturn:
        super().exit_json(invocation=self.invocation(), **kwargs)
        raise AssertionError("exit_json ends the process")

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        if not self._checked:
            # Ansible's validation failed in the constructor. It does not say which entry of a list is wrong, and misses
            # the malformed options, which were removed before.
            # Within a role, only its connection can have unknown options: do not list the options of the module.
            if msg.startswith("Unsupported") and option_names.is_in_role():
                msg = ""
            vague = not msg or " found in " in msg or msg.startswith(("value of", "argument", "Elements value"))
            vague = vague or bool(self._malformed)
            problems = list(map(str, self.problems()))
            msg = invocation.explained(msg)
            if not msg.startswith("Unsupported"):  # Ansible first reports missing options, which a misspelt one may be
                problems = [*self._unknown(), *problems]
            msg = " ".join(problems if problems and vague else [f"{msg.rstrip('.')}.", *problems])
            kwargs["error"] = facts_of(BadOption(msg, ""))
        super().fail_json(msg=printable(msg), invocation=self.invocation(), **kwargs)
        raise AssertionError("fail_json ends the process")

    def outcome(self, clients: Clients) -> JsonObject:
        """Run the function and return keywords for `exit_json` or, with `failed`, for `fail_json`."""
        used: Client | None = None
        try:
            with clients(connection_of(self.params), self.check_mode) as client:
                if self.params.get("check_options"):
                    return {"changed": False}
                used = client
                for token, expires in self._shared_token.items():
                    client.share_tokens(HandedToken(Token(token, expires)))
                client.begin()
                try:
                    result = self._job.execute(client, {**self.given(), "_diff": self.shows_diff}, self.check_mode)
                finally:  # not before: now it is known which token the client has used
                    self._hidden |= {one for one in client.secrets.of_login() if not is_guessable(one)}
                    self._warn_of(client.remarks)
        except Exception as error:  # noqa: BLE001  # a fault of this program; its traceback could show a secret
            # The error says what the function changed before it failed; if it does not, the requests sent decide.
            facts: JsonObject = {"changed": bool(used and used.perhaps_wrote)}
            if isinstance(error, FaxError):
                facts |= error.facts
                facts |= {"diff": printable_diff(facts["diff"])} if facts.get("diff") else {}
                return {**facts, "failed": True, "msg": str(error), "error": _facts(error)}
            found = fault(error)
            return {**facts, "failed": True, "msg": str(found), "error": {"kind": found.kind}}
        self._hidden -= result.plain
        self._warn_of(result.warnings)
        changed = result.changed
        if self._spec.file:
            attributes = self.load_file_common_arguments(self.params, path=result.facts["dest"])
            changed = self.set_fs_attributes_if_different(attributes, changed)
        diff = {} if result.diff is None else {"diff": printable_diff(result.diff)}
        return {"changed": changed, **result.facts, **diff}

    def _warn_of(self, sentences: Iterable[str]) -> None:
        for one in sentences:
            self.warn(one)


def _as_mapping(option: OptionSpec | None, value: Any) -> Any:
    """Return a text for an option that takes a mapping as Ansible reads it, for example `match={"domain": "x"}` in a
    command; any other value as it is.
    """
    if option is None or option["type"] != "dict" or not isinstance(value, str):
        return value
    try:
        return check_type_dict(value)
    except (TypeError, ValueError):
        return value


def _ansible_option(name: str, option: JsonObject) -> JsonObject:
    """Return an option for Ansible's argument spec, with its fallback in the environment.

    `no_log` is off because this program hides secrets itself: Ansible would mask even a short one in every text that
    happens to contain it and, since ansible-core 2.22, in everything that the run shows.
    """
    spec = {**option, "no_log": False}
    return {**spec, "fallback": (env_fallback, [ENVIRONMENT[name]])} if name in ENVIRONMENT else spec


def _facts(error: FaxError) -> JsonObject:
    """Return the facts of a failure; the flags `fatal` and `read_only` only if true."""
    flags = {"fatal": error.fatal, "read_only": isinstance(error, ReadOnly)}
    return {**facts_of(error), **{name: True for name, is_so in flags.items() if is_so}}
