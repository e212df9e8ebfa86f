# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report the progress of a task on standard error, because standard output may be the JSON of a callback."""

from __future__ import annotations

import contextlib
import os
import sys

from ansible.utils.display import Display

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import printable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MOVING, STANDING, Listener

TERMINALS = ("/dev/pts/", "/dev/tty", "/dev/stderr")
# Width of a terminal that does not report its own.
USUAL = 80
# Return to the beginning of the line and clear it.
CLEAR = "\r\033[K"

display = Display()

# Standard error of Ansible itself, by the process that opened it: once for all items of a loop.
_OPENED: dict[int, int] = {}


def listener(name: str) -> Listener:
    """Return a listener for the task of this name: it updates one line on a terminal, and prints lines elsewhere."""

    def said(line: str) -> str:
        return printable(f"{name}: {line}")

    def tell(line: str) -> None:
        display.display(said(line), stderr=True, screen_only=True)

    def move(line: str) -> None:
        text = said(line)[: width - 1]
        display.display(f"{CLEAR}{text}", stderr=True, screen_only=True, newline=False)

    def end(line: str) -> None:
        # Write the text and the end of the line at once, so that the next output begins in a line of its own.
        text = said(line) if line else ""
        display.display(f"{CLEAR}{text}", stderr=True, screen_only=True, newline=bool(line))

    def abort(line: str) -> None:
        # By then, Ansible was interrupted as well, and shows nothing any more.
        with contextlib.suppress(OSError):
            os.write(stderr, f"{CLEAR if width else ''}{said(line)}\n".encode())

    width, stderr = _width(), _stderr()
    if width:
        return Listener(move, MOVING, end, abort)
    return Listener(tell, STANDING, lambda line: tell(line) if line else None, abort)


def _stderr() -> int:
    """Return a descriptor of the standard error of Ansible itself, which its processes do not have, or -1.

    Open it early: an interrupted Ansible may have ended before the last line is written.
    """
    process = os.getpid()
    if process not in _OPENED:
        try:
            path = f"/proc/{os.getppid()}/fd/2"
            _OPENED[process] = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:  # no /proc, another user's process, or a socket
            _OPENED[process] = -1
    return _OPENED[process]


def _width() -> int:
    """Return the columns of the terminal that shows Ansible's standard error, or 0 if it is not a terminal.

    Since ansible-core 2.19, its processes do not have it themselves: they pass lines to their parent.
    """
    if "AWX_ISOLATED_DATA_DIR" in os.environ:  # ansible-runner makes a terminal that nobody looks at
        return 0
    try:
        parents = f"/proc/{os.getppid()}/fd/2"
        path = "/dev/stderr" if sys.stderr.isatty() else os.readlink(parents)  # noqa: PTH115  # may be `pipe:[1]`, no path
        if not path.startswith(TERMINALS):
            return 0
        terminal = os.open(path, os.O_RDONLY | os.O_NOCTTY)
        try:
            return os.get_terminal_size(terminal).columns or USUAL
        finally:
            os.close(terminal)
    except OSError:  # no /proc, or another user's process
        return 0
