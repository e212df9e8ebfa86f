# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell whether two tasks use the same login, before their options are checked."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection, address
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import ENVIRONMENT
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import ansible_internals

if TYPE_CHECKING:
    from ansible.plugins.action import ActionBase

# The options that decide who logs in, where, and how.
DECISIVE = (
    "api_url",
    "api_username",
    "api_password",
    "api_token",
    "auth",
    "otp",
    "otp_secret",
    "validate_certs",
    "ca_path",
    "client_cert",
    "client_key",
    "proxy",
)


@dataclass(frozen=True)
class Given:
    """What a task says about its login."""

    identity: bytes
    """Everything that makes a login the same login. It contains secrets."""
    shares_token: bool
    """Whether `share_token` is on."""

    @classmethod
    def of_task(cls, action: ActionBase, variables: Mapping[str, Any]) -> Given:
        options, environment = action._task.args, ansible_internals.environment(action)
        # Over a connection other than a local one, an address such as 127.0.0.1 is a different server on each host.
        host = ""
        if action._connection.transport != "local":
            host = str(action._task.delegate_to or variables.get("inventory_hostname"))
        decisive = [_value(name, options, environment) for name in DECISIVE]
        content = json.dumps([host, sorted(environment.items()), decisive], default=str)
        return cls(content.encode(), _is_true(options.get("share_token"), default=True))


def _value(name: str, options: Mapping[str, Any], environment: Mapping[str, str]) -> object:
    """Return what stands for an option's value, the same for all ways to write it."""
    value = options.get(name)
    if value is None and name in ENVIRONMENT:
        value = environment.get(ENVIRONMENT[name], os.environ.get(ENVIRONMENT[name]))
        if name == "api_token" and (options.get("api_username") or options.get("api_password")):
            value = None  # the login of the task replaces it
    if value is None:
        value = getattr(Connection, name)
    if name == "validate_certs":
        return _is_true(value, default=True)
    return address(str(value)) if name == "api_url" else value and str(value)


def _is_true(value: object, default: bool) -> bool:
    return default if value is None else bool(boolean(value, strict=False))
