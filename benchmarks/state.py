# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared in all benchmarks, in every form that a rival reads it in."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.measure import WORK
from tests.simulator.subscribers import Subscriber, generated

Settings = dict[str, Any]
RESOURCES: Final = {"faxserver_settings": "faxserversettings", "mailtofax_settings": "mailtofaxsettings"}
"""The resource of the server by the module's name for it."""


class Naming(Enum):
    """How the entries of a state file name their subscribers."""

    NAME = "by name"
    ID = "by id"
    BOTH = "by id and name"

    def keys(self, each: Subscriber) -> Settings:
        """Return the keys of the entry about a subscriber."""
        keys = {"subscriber_id": each.id, "subscriber": f"{each.username}@{each.domain}"}
        return {key: keys[key] for key in KEYS[self]}


KEYS: Final = {
    Naming.NAME: ("subscriber",),
    Naming.ID: ("subscriber_id",),
    Naming.BOTH: ("subscriber_id", "subscriber"),
}
"""The keys of an entry by how it names its subscriber."""


def declared(one: int) -> dict[str, Settings]:
    """What all state files declare for subscriber `one`, and what the server is to hold in the end."""
    return {
        "faxserver_settings": {
            "active": True,
            "name": f"Subscriber {one} of Example",
            "t38": True,
            "ecm": True,
            "destinations": [
                {
                    "destination": f"fax{one}@customer{one % 50}.example",
                    "filetype": "PDF14",
                    "incoming": True,
                    "outgoing": False,
                    "status": False,
                }
            ],
        },
        "mailtofax_settings": {
            "active": True,
            "secret_key_renew": "never",
            "acl": [
                {
                    "from_email": f"office{one}@customer{one % 50}.example",
                    "received_from": None,
                    "destination": None,
                    "use_regex": False,
                }
            ],
        },
    }


def differing(one: int) -> dict[str, Settings]:
    """What the server holds of it where it differs: one field of each of the two settings."""
    return {"faxserver_settings": {"name": f"Old name {one}"}, "mailtofax_settings": {"acl": []}}


def people(size: int) -> list[Subscriber]:
    """The simulator's generated subscribers."""
    return list(generated(1, size))


def state_file(
    size: int, suffix: str = ".json", naming: Naming = Naming.NAME, only: Sequence[str] = tuple(RESOURCES)
) -> Path:
    """Write a state file about all of `size` subscribers, and return its path."""
    entries = [
        {
            **naming.keys(each),
            **{name: settings for name, settings in declared(each.id).items() if name in only},
        }
        for each in people(size)
    ]
    path = WORK / f"state-{size}-{naming.name.lower()}-{len(only)}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        WRITERS[suffix](entries, file)
    return path


def rivals_file(ids: Iterable[int]) -> Path:
    """The same for rivals that know no state files: a list with the ids."""
    path = WORK / "desired.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([{"id": one, **declared(one)} for one in ids]), encoding="utf-8")
    return path


def _write_json(entries: Sequence[Settings], file: Any) -> None:
    json.dump({"version": 1, "subscribers": entries}, file, indent=1)


def _write_yaml(entries: Sequence[Settings], file: Any) -> None:
    """In pieces: all at once takes gigabytes."""
    file.write("version: 1\nsubscribers:\n")
    for entry in entries:
        file.write(yaml.dump([entry], Dumper=yaml.CSafeDumper, sort_keys=False))


def _write_csv(entries: Sequence[Settings], file: Any) -> None:
    writer = csv.writer(file)
    for number, entry in enumerate(entries):
        cells = {
            (name if not isinstance(content, dict) else f"{name}.{field}"): value
            for name, content in entry.items()
            for field, value in (content.items() if isinstance(content, dict) else [("", content)])
        }
        if number == 0:
            writer.writerow(cells)
        writer.writerow(map(_cell, cells.values()))


def _cell(value: Any) -> str:
    """Booleans in small letters; of a list the entries apart by `;`, and of these the values by `|`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ";".join("|".join("" if each is None else _cell(each) for each in entry.values()) for entry in value)
    return str(value)


WRITERS: Final[dict[str, Callable[[Sequence[Settings], Any], None]]] = {
    ".json": _write_json,
    ".yml": _write_yaml,
    ".csv": _write_csv,
}
