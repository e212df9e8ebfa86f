# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make docs/report.schema.json, which describes report.json, from the tables of the program.

.venv/bin/python scripts/report_schema.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import REPORT, VERSION, Shape

FILE = Path(__file__).resolve().parent.parent / "docs" / "report.schema.json"
TYPES: dict[type, str] = {str: "string", int: "integer"}
Schema = dict[str, Any]


def schema() -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Report of ngcp.fax, version {VERSION}",
        **_rules(REPORT),
    }


def text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _rules(shape: Shape) -> Schema:
    rules: Schema = {"description": shape.description}
    kind = "object" if shape.keys is not None else "array" if shape.each else TYPES[shape.type] if shape.type else None
    if kind:
        rules["type"] = [kind, "null"] if shape.null else kind
    if shape.choices:
        rules["enum"] = [*shape.choices, *([None] if shape.null else [])]
    if shape.pattern:
        rules["pattern"] = shape.pattern
    if shape.each:
        rules["items"] = _rules(shape.each)
    if shape.keys is not None:
        rules["properties"] = {name: _rules(one) for name, one in shape.keys.items()}
        rules["required"] = [name for name, one in shape.keys.items() if one.missing is None]
        rules["additionalProperties"] = False
    return rules


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
