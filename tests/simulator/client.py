# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start a simulator from a test, a benchmark or the demo, and talk to its control API. Standard library only."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

ROOT: Final = Path(__file__).parent.parent.parent
_STOP_SECONDS: Final = 10


class ControlError(Exception):
    """The control API refused a request."""


@dataclass(frozen=True, slots=True)
class Simulator:
    """Running simulator."""

    url: str
    control_url: str
    ca_file: str
    pid: int
    subscriber_url: str | None = None

    def control(self, method: str, path: str, content: object = None) -> Any:
        """Send a request to the control API and return its answer. Raises ControlError if it refuses."""
        body = None if content is None else json.dumps(content).encode()
        # Unlike urllib, this uses no proxy of the environment between a test and its simulator.
        connection = http.client.HTTPConnection(urlsplit(self.control_url).netloc, timeout=60)
        with closing(connection):
            connection.request(method, path, body)
            response = connection.getresponse()
            answer = response.read()
        if response.status >= 400:
            raise ControlError(f"{method} {path}: {response.status} {answer.decode()}")
        return json.loads(answer)


@contextmanager
def running(*arguments: object, prefix: tuple[str, ...] = ()) -> Iterator[Simulator]:
    """Run a simulator with these command-line arguments until the block, or this process, ends.

    `prefix` is put before the command. A benchmark uses it to bind the process to a core.
    """
    command = [*prefix, sys.executable, "-m", "tests.simulator", "--watch-stdin", *map(str, arguments)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the simulator did not start: {' '.join(command)} ended with {process.wait()}")
        yield Simulator(**json.loads(line))
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
