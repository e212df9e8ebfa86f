# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make docs/state-file.schema.json, by which editors complete and check state files, from the tables of options.

.venv/bin/python scripts/schema.py
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.ngcp.fax.plugins.doc_fragments._entries import ENTRY as DOCUMENTED
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field, Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import MATCH
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import NAME_OPTIONS, SELECTOR
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.settings import settings_options
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.loader import VERSION

FILE = Path(__file__).resolve().parent.parent / "docs" / "state-file.schema.json"
TYPES = {"str": "string", "bool": "boolean", "int": "integer", "list": "array", "dict": "object"}
# Characters that nobody sees, as far as a regular expression of any dialect can name them.
UNSEEN = (
    r"\u0000-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
)
VISIBLE = rf"^[^{UNSEEN}]*$"
# No blank and no wildcard; a name also has a domain.
ONE = rf"^[^\s*{UNSEEN}]+$"
FILTER = rf"^(?!NULL$)[^*{UNSEEN}]+$"
PATTERNS = {"subscriber": rf"^[^\s*{UNSEEN}]+@[^\s*@{UNSEEN}]+$", "external_id": ONE, "alias": "^[0-9]+$"}
# The usual addresses, or anything with an @ that has comments, quotes or brackets: `email_address` knows which.
LOCAL = r"[A-Za-z0-9_!#$%&'*+/=?^`{|}~-]+"
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
USUAL = rf"(?=[^@]{{1,64}}@){LOCAL}(\.{LOCAL})*@{LABEL}(\.{LABEL})+"
EMAIL = rf"^({USUAL}|[ -~]*[\"(<\[ ][ -~]*@[ -~]*|[ -~]*@[ -~]*[(\[ ][ -~]*)$"
ENCRYPTED = r"^\$ANSIBLE_VAULT;"
Schema = dict[str, Any]


def schema() -> Schema:
    """The whole schema. What it cannot say, such as that an address is given twice, only the loader checks."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "State file of ngcp.fax",
        "description": "The declared fax and mail2fax settings of many NGCP subscribers.",
        "type": "object",
        "properties": {
            "version": {"description": "The version of this format.", "const": VERSION},
            "defaults": {
                "description": "Settings that hold where an entry of this file declares nothing.",
                **_mapping({name: {"$ref": f"#/$defs/{name}"} for name in SETTINGS}),
            },
            "subscribers": {
                "description": "An entry for each subscriber or set of subscribers.",
                "type": "array",
                "items": {"$ref": "#/$defs/entry"},
            },
        },
        "required": ["subscribers"],
        "additionalProperties": False,
        "$defs": {
            "entry": _entry(),
            "match": {**_mapping(_options(MATCH, DOCUMENTED["match"]["suboptions"])), "minProperties": 1},
            **{name: _settings(name, resource) for name, resource in SETTINGS.items()},
        },
    }


def text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _entry() -> Schema:
    names = [*SELECTOR, "match"]
    properties = _options(SELECTOR, DOCUMENTED)
    for name in ("match", *SETTINGS):
        properties[name] = {"$ref": f"#/$defs/{name}", **_description(DOCUMENTED[name])}
    together = [["match", name] for name in SELECTOR] + [list(NAME_OPTIONS)]
    return {
        **_mapping(properties),
        "anyOf": [{"required": [name]} for name in names],
        "not": {"anyOf": [{"required": pair} for pair in together]},
    }


def _mapping(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _description(documented: dict[str, Any]) -> Schema:
    """The documentation of an option without its markup."""
    description = documented["description"]
    sentences = description if isinstance(description, list) else [description]
    bare = re.sub(r"\b[CEMOV]\(([^)]*)\)", r"\1", " ".join(sentences))
    return {"description": re.sub(r"(?<=\w)=(?=\w)", ": ", bare)}


def _options(options: dict[str, dict[str, Any]], documented: dict[str, Any]) -> dict[str, Schema]:
    """Options that name somebody."""
    return {
        name: {
            **_description(documented[name]),
            **({"type": "integer", "minimum": 1} if option["type"] == "int" else {"type": "string"}),
            **({} if option["type"] == "int" else {"pattern": PATTERNS.get(name, FILTER)}),
        }
        for name, option in options.items()
    }


def _settings(name: str, resource: Resource) -> Schema:
    module = import_module(f"ansible_collections.ngcp.fax.plugins.modules.{name}")
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    fields = {field.name: field for field in resource.fields}
    undocumented = [option for option in settings_options(resource) if option not in documented]
    if undocumented:
        raise ValueError(f"Document {', '.join(undocumented)} in plugins/modules/{name}.py.")
    properties = {}
    for option, spec in settings_options(resource).items():
        field = fields.get(option)
        rules = _field(field, documented[option].get("suboptions", {})) if field else {"enum": spec["choices"]}
        default = {} if field else {"default": spec["default"]}
        properties[option] = {**_description(documented[option]), **rules, **default}
    together = [rule for field in resource.fields for rule in _together(field)]
    return {**_mapping(properties), **({"allOf": together} if together else {})}


def _field(field: Field, documented: dict[str, Any]) -> Schema:
    """One field, or one value of an element of a list."""
    if field.parts:
        values = {part.name: {**_description(documented[part.name]), **_field(part, {})} for part in field.parts}
        entry = {**_mapping(values), **({"required": [field.key]} if field.key else {})}
        return {"type": ["array", "null"], "items": entry}
    rules: Schema = {"type": TYPES[field.type]}
    if field.choices:
        rules = {"enum": list(field.choices)}
    if field.clearable:
        rules["type"] = ["string", "null"]
    longest: Schema = {"maxLength": field.max_length} if field.max_length and not field.email else {}
    if field.secret:
        # An editor sees of `!vault` what is encrypted, which is longer.
        rules.update({"writeOnly": True, "anyOf": [longest, {"pattern": ENCRYPTED}]})
    else:
        rules.update(longest)
    if field.default is not None:
        rules["default"] = field.default
    return rules


def _together(field: Field) -> list[Schema]:
    """What options say of each other."""
    rules: list[Schema] = []
    if field.renewal:
        always = {"properties": {field.renewal.policy: {"const": "always"}}, "required": [field.renewal.policy]}
        rules.append({"if": always, "then": {"required": [field.name]}})
    if not field.parts:
        return rules
    removal = {"properties": {field.mode: {"const": "remove"}}, "required": [field.mode]}
    others = {"properties": {field.mode: {"enum": ["add", "remove"]}}, "required": [field.mode]}
    rules.append({"if": others, "then": {"required": [field.name]}})
    # Of an entry that is to be removed only the key counts.
    remove: Schema = {"properties": {field.name: {"type": "array", "minItems": 1}}}
    required = [part.name for part in field.parts if part.required]
    exact = {part.name: limits for part in field.parts if (limits := _when_not_removed(part))}
    rule = {"if": removal, "then": remove}
    if exact:
        needs = {"required": required} if required else {}
        rule["else"] = {"properties": {field.name: {"items": {"properties": exact, **needs}}}}
    rules.append(rule)
    return rules


def _when_not_removed(part: Field) -> Schema:
    """Return the rules for a value of a list's entry, unless the entry is to be removed."""
    if part.email:
        return {"pattern": VISIBLE if part.lenient else EMAIL, "maxLength": part.max_length}
    return {"pattern": VISIBLE} if part.pattern else {}


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
