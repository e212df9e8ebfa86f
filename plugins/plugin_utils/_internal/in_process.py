# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module's function inside Ansible's own process, with the environment of a process of its own, and restore what
it changed.

All items of a loop run in one process of Ansible, which keeps its connections from one item to the next.
"""

from __future__ import annotations

import os
import syslog
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Listener
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run_here
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.shared_login import SharedLogin

# The most clients to keep at once. Items of one loop rarely differ in their login.
MOST_KEPT = 8

# Clients by everything that they depend on, including the process: two processes must not share a connection.
_KEPT: dict[object, Client] = {}


def run(
    job: Job[Any],
    params: dict[str, Any],
    environment: Mapping[str, str],
    folder: str,
    listener: Listener | None,
    login: SharedLogin,
) -> dict[str, Any]:
    """Return the result of `job` with `params`, in `folder` and with `environment` added to that of this process.

    `login` gives the token, and is told when the server has accepted it.
    """

    @contextmanager
    def clients(connection: Connection, read_only: bool) -> Iterator[Client]:
        key = (os.getpid(), connection, read_only, folder, tuple(sorted(environment.items())))
        # Make the client that was used last the last one to be dropped.
        client = _KEPT.pop(key, None) or Client(connection, read_only)
        try:
            client.listener, client.on_accepted = listener, login.accepted
            client.share_tokens(login)
            yield client
            _keep(key, client)
        except Exception:  # a failed request: the connection can still be used
            _keep(key, client)
            raise
        except BaseException:  # interrupted: the state of the client is unknown
            client.__exit__()
            raise

    with _surroundings(environment, folder):
        concurrency.begin()
        return run_here(job, params, clients)


def _keep(key: object, client: Client) -> None:
    client.secrets.forget()
    _KEPT[key] = client
    if len(_KEPT) > MOST_KEPT:
        _KEPT.pop(next(iter(_KEPT))).__exit__()


@contextmanager
def _surroundings(environment: Mapping[str, str], folder: str) -> Iterator[None]:
    """Set environment and folder for a module, and afterwards restore what it can have changed."""
    before, temporary = dict(os.environ), tempfile.tempdir
    place = os.open(".", os.O_RDONLY)  # not by name: the folder may be gone
    try:
        os.environ.update(environment)
        tempfile.tempdir = None  # cached for the whole process
        os.chdir(folder)
        yield
    finally:
        os.fchdir(place)
        os.close(place)
        tempfile.tempdir = temporary
        if os.environ != before:
            os.environ.clear()
            os.environ.update(before)
        syslog.closelog()
