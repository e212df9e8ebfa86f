# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor: what a script takes that checks nothing, on kept connections, reading in the fastest way.

python floor.py STATE.json [--workers N] [--rows N] [--read-only]

It reads the pages of all that it needs side by side, compares, and sends one PATCH for each of the settings that
differ. It asks for as many pages as there are subscribers in the file, for it knows that there are no others. Where an
entry gives an id, it takes it without looking whose it is.
With --read-only it writes nothing: of those that differ it reads, of the fax settings, the newest entries of the
journal and, where the pages of subscribers have not told it, the subscriber. Who is active though nobody declares it
the pages tell, too.
The login is in NGCP_API_URL, NGCP_API_USERNAME, NGCP_API_PASSWORD and NGCP_CA_PATH. It prints the seconds that it took
without Python's start.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

RESOURCES = {"faxserver_settings": "faxserversettings", "mailtofax_settings": "mailtofaxsettings"}
Item = dict[str, Any]


class Connections:
    """One kept connection for each thread, and one token for all."""

    def __init__(self) -> None:
        address = urlsplit(os.environ["NGCP_API_URL"])
        self._host, self._port = address.hostname or "", address.port
        self._context = ssl.create_default_context(cafile=os.environ["NGCP_CA_PATH"])
        self._mine = threading.local()
        self._token: dict[str, str] = {}

    def log_in(self) -> None:
        login = {"username": os.environ["NGCP_API_USERNAME"], "password": os.environ["NGCP_API_PASSWORD"]}
        answer = self.ask("POST", "/login_jwt", json.dumps(login).encode(), {"Content-Type": "application/json"})
        self._token = {"Authorization": f"Bearer {json.loads(answer)['jwt']}"}

    def ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = http.client.HTTPSConnection(self._host, self._port, context=self._context)
        connection: http.client.HTTPSConnection = self._mine.connection
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        if response.status >= http.client.BAD_REQUEST:
            raise SystemExit(f"{method} {path}: {response.status} {content.decode()}")
        return content

    def get(self, path: str) -> Item:
        found: Item = json.loads(self.ask("GET", path, None, self._token))
        return found

    def patch(self, path: str, settings: Item) -> None:
        operations = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in settings.items()]
        headers = {**self._token, "Content-Type": "application/json-patch+json"}
        self.ask("PATCH", path, json.dumps(operations).encode(), headers)


class Floor:
    """Reads, compares, writes."""

    def __init__(self, entries: list[Item], arguments: argparse.Namespace) -> None:
        self._entries, self._arguments = entries, arguments
        self._server = Connections()
        # The threads, and so the connections, live from the login to the last PATCH.
        self._pool = ThreadPoolExecutor(arguments.workers)
        self._pool.submit(self._server.log_in).result()
        self._ids: dict[str, int] = {}
        self._found: dict[tuple[str, int], Item] = {}

    def read(self) -> None:
        rows = self._arguments.rows
        resources = [*RESOURCES.values(), *([] if "subscriber_id" in self._entries[0] else ["subscribers"])]
        pages = range(1, -(-len(self._entries) // rows) + 1)
        # The dearest first.
        jobs = [(resource, page) for resource in reversed(resources) for page in pages]
        list(self._pool.map(self._read, jobs))

    def _read(self, job: tuple[str, int]) -> None:
        resource, page = job
        rows = self._arguments.rows
        body = self._server.get(f"/api/{resource}/?order_by=id&no_count=1&rows={rows}&page={page}")
        for item in body["_embedded"][f"ngcp:{resource}"]:
            if resource == "subscribers":
                self._ids[f"{item['username']}@{item['domain']}"] = item["id"]
            else:
                self._found[resource, int(item["_links"]["self"]["href"].rpartition("/")[2])] = item

    def ask(self) -> int:
        differing = self._differing()
        those = {path.rpartition("/")[2] for path, _changes in differing}
        jobs = [] if self._ids else [f"/api/subscribers/{one}" for one in those]
        jobs += [path for path, _changes in differing if "faxserver" in path]
        list(self._pool.map(self._ask, jobs))
        return len(differing)

    def _ask(self, path: str) -> None:
        if "subscribers" in path:
            self._server.get(path)
            return
        body = self._server.get(f"{path}/journal/?order_by=id&order_by_direction=desc&rows=10")
        for entry in body.get("_embedded", {}).get("ngcp:journal", [])[:2]:
            self._server.get(f"{path}/journal/{entry['id']}")

    def write(self) -> int:
        differing = self._differing()
        list(self._pool.map(self._write, differing))
        return len(differing)

    def _differing(self) -> list[tuple[str, Item]]:
        differing = []
        for entry in self._entries:
            one = entry.get("subscriber_id") or self._ids[entry["subscriber"]]
            for name, resource in RESOURCES.items():
                changes = _changes(entry.get(name, {}), self._found[resource, one])
                if changes:
                    differing.append((f"/api/{resource}/{one}", changes))
        return differing

    def _write(self, job: tuple[str, Item]) -> None:
        self._server.patch(*job)


def _changes(declared: Item, holds: Item) -> Item:
    return {name: value for name, value in declared.items() if holds[name] != value}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("state", type=Path)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--read-only", action="store_true")
    arguments = parser.parse_args()
    begun = time.perf_counter()
    floor = Floor(json.loads(arguments.state.read_bytes())["subscribers"], arguments)
    floor.read()
    written = floor.ask() if arguments.read_only else floor.write()
    print(json.dumps({"seconds": time.perf_counter() - begun, "written": written}))


if __name__ == "__main__":
    main()
