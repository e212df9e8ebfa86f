# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells on the standard error how far a task is: the standard output may be JSON of a callback's."""

from __future__ import annotations

import os
import sys

from ansible.utils.display import Display

from ansible_collections.ngcp.fax.plugins.module_utils.progress import MOVING, STANDING, Listener

TERMINALS = ("/dev/pts/", "/dev/tty")
# Back to the beginning of the line, and nothing in it.
CLEAR = "\r\033[K"

display = Display()


def listener(name: str) -> Listener:
    """Tells lines about the task of this name: one that moves on a terminal, elsewhere one below the other."""

    def tell_moving(line: str) -> None:
        width = getattr(display, "columns", None) or 80
        display.display(f"{CLEAR}{f'{name}: {line}'[: width - 1]}", stderr=True, screen_only=True, newline=False)

    def end() -> None:
        display.display(CLEAR, stderr=True, screen_only=True, newline=False)

    if _on_terminal():
        return Listener(tell_moving, MOVING, end)
    return Listener(lambda line: display.display(f"{name}: {line}", stderr=True, screen_only=True), STANDING)


def _on_terminal() -> bool:
    """Whether people look at the standard error of Ansible, which its own processes do not have themselves since
    ansible-core 2.19: they hand lines to their parent.
    """
    if "AWX_ISOLATED_DATA_DIR" in os.environ:  # ansible-runner makes a terminal that nobody looks at
        return False
    try:
        return sys.stderr.isatty() or os.readlink(f"/proc/{os.getppid()}/fd/2").startswith(TERMINALS)  # noqa: PTH115
    except OSError:  # no /proc, or another user's process
        return False
