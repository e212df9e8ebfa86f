# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make docs/report.schema.json, which describes report.json, from the tables of the report's model.

.venv/bin/python scripts/report_schema.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports.model import REPORT, Key

FILE = Path(__file__).resolve().parent.parent / "docs" / "report.schema.json"
TYPES: dict[type, str] = {str: "string", int: "integer"}
Schema = dict[str, Any]


def schema() -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of ngcp.fax, version 1",
        **_key(REPORT),
    }


def text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _key(key: Key) -> Schema:
    rules: Schema = {"description": key.description}
    kind = "object" if key.keys is not None else "array" if key.each else TYPES[key.type] if key.type else None
    if kind:
        rules["type"] = [kind, "null"] if key.null else kind
    if key.choices:
        rules["enum"] = [*key.choices, *([None] if key.null else [])]
    if key.pattern:
        rules["pattern"] = key.pattern
    if key.each:
        rules["items"] = _key(key.each)
    if key.keys is not None:
        rules["properties"] = {name: _key(one) for name, one in key.keys.items()}
        rules["required"] = [name for name, one in key.keys.items() if one.missing is None]
        rules["additionalProperties"] = False
    return rules


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
