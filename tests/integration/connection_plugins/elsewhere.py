# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that Ansible takes for one to another machine, although it leads to this one."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: elsewhere
short_description: Take this machine for another one
description: As the connection C(local), by another name.
author: the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment: connection_pipelining
"""


class Connection(Local):  # type: ignore[misc]  # Ansible publishes no types
    transport = "elsewhere"
