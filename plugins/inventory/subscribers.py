# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: subscribers
short_description: Subscribers of a Sipwise NGCP as inventory hosts
version_added: 0.1.0
description:
  - Makes a host, C(user@domain), of every subscriber that the login can see, with its ids and numbers as variables.
  - The name of the inventory file must end in C(ngcp_fax.yml) or C(ngcp_fax.yaml).
  - The hosts are for loops and plays over subscribers. Modules run on the controller for them
    (C(ansible_connection=local)), unless O(compose) says otherwise.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._connection.plugin
  - ngcp.fax._match
  - ngcp.fax._paging
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Must be V(ngcp.fax.subscribers).
    type: str
    required: true
    choices: [ngcp.fax.subscribers]
  active:
    description:
      - V(true) makes hosts only of subscribers whose fax or mail2fax is active, V(false) only of the others. Needs
        O(with_settings=true).
    type: bool
  with_settings:
    description:
      - Whether each host also gets its fax and mail2fax settings, as C(ngcp_faxserver_settings) and
        C(ngcp_mailtofax_settings), with secrets masked. This costs the server 66 ms more for each subscriber.
    type: bool
    default: false
notes:
  - "Variables of a host: C(ngcp_subscriber_id), C(ngcp_subscriber) (C(user@domain)), C(ngcp_username), C(ngcp_domain),
    C(ngcp_external_id), C(ngcp_customer_id), C(ngcp_reseller_id) (null if the login is not allowed to see it),
    C(ngcp_profile_id), C(ngcp_status), C(ngcp_primary_number), and C(ngcp_numbers), a list of all numbers, digits
    only."
  - The inventory and its cache contain no password and no secret key.
  - A subscriber is left out with a warning if its name could be a template or contains an invisible character, or if
    the server's data about it is malformed.
  - Set C(any_unparsed_is_failed=true) in section C([inventory]) of C(ansible.cfg). Otherwise Ansible only warns of an
    inventory that it cannot read, and plays continue without its hosts.
  - A group that is made from settings is as old as the cache. Use C(--flush-cache) to read the settings again.
  - Each login, each O(match) and each value of O(active) and O(with_settings) has a cache of its own.
seealso:
  - module: ngcp.fax.fax_settings_info
"""

EXAMPLES = r"""
# ngcp_fax.yml, with the login in NGCP_API_URL, NGCP_API_USERNAME and NGCP_API_PASSWORD
plugin: ngcp.fax.subscribers

---
# Make groups from the settings: fax_active, domain_voip_example_com
plugin: ngcp.fax.subscribers
api_url: https://ngcp.example.com:1443
api_username: readonly
api_password: "{{ lookup('ansible.builtin.env', 'NGCP_PASSWORD') }}"
match:
  domain: voip.example.com
with_settings: true
groups:
  fax_active: ngcp_faxserver_settings.active
keyed_groups:
  - key: ngcp_domain
    prefix: domain
compose:
  clinic: ngcp_external_id == 'clinic-17'
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ngcp_fax
cache_timeout: 3600
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import OnOdd, Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.transport import IMPORT_ERROR
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import is_visible, printable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem
from ansible_collections.ngcp.fax.plugins.module_utils._internal.login import spec_of_login
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import filters, plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import nearest
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import all_settings, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options import invocation
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import (
    CONNECTION,
    connection_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.inventory import (
    INVENTORY,
    inventory_problems,
    malformed_options,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import given_match
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import connection_of

Variables = dict[str, Any]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # Ansible has no types
    """Reads the subscribers, or their cache, and makes hosts of them."""

    NAME = "ngcp.fax.subscribers"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("ngcp_fax.yml", "ngcp_fax.yaml"))

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Raise Ansible's error about an invalid value without the value, which may be a secret."""
        given = direct or {}
        problems = [*spec_of_login().malformed(given).values(), *malformed_options(given)]
        if problems:
            raise AnsibleParserError(printable(" ".join(map(str, problems))))
        try:
            super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        except AnsibleError as error:
            message = printable(invocation.explained(str(error)))
        else:
            return
        # Raise outside the `except`. Otherwise Ansible would show the cause as well.
        raise AnsibleParserError(message)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        given = self._read_config_data(path)
        options = {name: self._option(name) for name in (*CONNECTION, *INVENTORY)}
        known = self.get_options().keys()
        problems = [
            *(
                Problem((name,), f"is not an option of this plugin; {nearest(name, known)}")
                for name in sorted(map(str, given.keys() - known))
            ),
            *connection_problems(options),
            *inventory_problems(options),
        ]
        if problems:
            raise AnsibleParserError(printable(" ".join(map(str, problems))))
        hosts = self._hosts(path, options, cache)
        if not hosts:
            self._warn(f"No subscriber fits what {path} asks for, or this login sees none.")
        try:
            self._add_all(hosts)
        except Exception:
            # Remove all hosts again: with half an inventory, a play would omit the other hosts and succeed.
            for host in (self.inventory.get_host(name) for name, _variables in hosts):
                if host:
                    self.inventory.remove_host(host)
            raise

    def _add_all(self, hosts: list[tuple[str, Variables]]) -> None:
        for name, variables in hosts:
            problem = _name_problem(name)
            if problem:
                self._warn(f"The subscriber {variables['ngcp_subscriber_id']} is left out: its name {problem}.")
            else:
                self._add(name, variables)

    def _warn(self, warning: str) -> None:
        self.display.warning(printable(warning))

    def _option(self, name: str) -> Any:
        value = self.get_option(name)
        return self.templar.template(value) if self.templar.is_template(value) else value

    def _hosts(self, path: str, options: Variables, cache: bool) -> list[tuple[str, Variables]]:
        """Return names and variables of all hosts, from the cache if it is enabled and matches."""
        key = f"{self.get_cache_key(path)}_{fingerprint(options)}"
        used = self.get_option("cache")
        if used and cache:
            try:
                return [(str(name), dict(variables)) for name, variables in self._cache[key]]
            except (KeyError, TypeError, ValueError):  # not there, too old, or damaged
                pass
        hosts = list(_read(options, lambda error: self._warn(f"Left out of the inventory: {error}")))
        if used:
            self._cache[key] = [list(each) for each in hosts]
        return hosts

    def _add(self, name: str, variables: Variables) -> None:
        # Values of the server are data, which no version of Ansible must evaluate.
        variables = wrap_var(variables)
        self.inventory.add_host(name)
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        # Make composed variables available to groups.
        known = {**variables, **self.inventory.get_host(name).get_vars()}
        self._add_host_to_composed_groups(self.get_option("groups"), known, name, strict, fetch_hostvars=False)
        # Ansible makes no group from a number.
        texts = {key: str(value) if isinstance(value, int) else value for key, value in known.items()}
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), texts, name, strict, fetch_hostvars=False)


def _name_problem(name: str) -> str:
    """Return the reason why a host cannot have a name, or "" if it can. (Ansible itself makes names of groups safe.)"""
    if "@" not in name:  # the server did not show it
        return "is not known"
    if "{" in name:  # Ansible evaluates the names of hosts in some places
        return "could be a template of Ansible"
    hidden = next((one for one in name if not is_visible(one)), None)
    return f"holds an invisible character, U+{ord(hidden):04X}" if hidden else ""


def fingerprint(options: Variables) -> str:
    """Return a key for the cache that depends on login and options. It is a hash, because they contain secrets."""
    who = "api_username" if options["api_username"] else "api_token"
    names = ("api_url", who, "client_cert", "match", "active", "with_settings")
    return hashlib.sha256(json.dumps([options[name] for name in names], sort_keys=True).encode()).hexdigest()[:16]


def _read(options: Variables, on_odd: OnOdd) -> Iterator[tuple[str, Variables]]:
    """Yield the hosts as the server has them now, by domain and username. `on_odd`: see `all_settings.matching`."""
    if IMPORT_ERROR or plan.IMPORT_ERROR:
        raise AnsibleParserError("ngcp.fax.subscribers needs requests and jsonpatch in the Python of Ansible itself.")
    match, paging = given_match(options["match"]), Paging(options["page_size"], options["workers"])
    resources = RESOURCES if options["with_settings"] else ()
    try:
        with Client(connection_of(options), read_only=True) as client:
            rows = all_settings.matching(client, resources, match, paging, options["active"], on_odd=on_odd)
            resellers = subscribers.resellers(client, paging)
    except FaxError as error:
        raise AnsibleParserError(str(error)) from None
    for row in sorted(rows, key=lambda row: row.name):
        yield str(subscribers.of(row.item)), _variables(row, resellers)


def _variables(row: all_settings.SubscriberSettings, resellers: dict[int, int]) -> Variables:
    item, numbers = row.item, list(filters.numbers(row.item))
    same = ("username", "domain", "external_id", "customer_id", "profile_id", "status")
    return {
        "ansible_connection": "local",
        # The libraries of the modules are in the Python of Ansible itself.
        "ansible_python_interpreter": sys.executable,
        "ngcp_subscriber_id": int(item["id"]),
        "ngcp_subscriber": subscribers.of(item).name,
        **{f"ngcp_{name}": item.get(name) for name in same},
        "ngcp_reseller_id": resellers.get(int(item.get("domain_id") or 0)),
        "ngcp_primary_number": numbers[0] if item.get("primary_number") else None,
        "ngcp_numbers": numbers,
        **{
            f"ngcp_{each.module}": plan.displayed(each, row.settings[each.module]) for each in RESOURCES if row.settings
        },
    }
