# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All names that the collection makes public, collected from where it defines them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift import baseline
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import archive_folder
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.receipts import Receipt
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.action import SWITCH
from tests.simulator.client import ROOT

PLUGINS = "ansible_collections.ngcp.fax.plugins"
OWN = "ngcp.fax."
# JSON Schema's names of types, and Ansible's.
SCHEMA_TYPES = {"string": "str", "integer": "int", "boolean": "bool", "array": "list", "object": "dict"}
Yaml = Mapping[str, Any]


class Name(NamedTuple):
    """A public name at one of its places."""

    path: tuple[str, ...]
    """The names of what holds it, from the module, role or file, and the name itself."""
    type: str
    """Ansible's name of its type, such as `list of dict`; empty if the place does not tell."""
    file: str
    """The file to change if the name is wrong."""

    @property
    def text(self) -> str:
        """The name itself."""
        return self.path[-1]


def public_names() -> set[Name]:
    """Return all public names."""
    return {*_modules(), *_inventory(), *_roles(), *_playbooks(), *_files()}


def ansible_names() -> set[str]:
    """Return the names of all options that come from Ansible's own doc fragments."""
    plugins = (*_plugins("modules"), "inventory/subscribers.py")
    fragments = {name for plugin in plugins for name in _fragments_of(_docs(plugin)) if not name.startswith(OWN)}
    return {path[-1] for name in fragments for path, _facts in _flat((), _fragment(name)["options"])}


def _plugins(folder: str) -> list[str]:
    return sorted(f"{folder}/{path.name}" for path in (ROOT / "plugins" / folder).glob("*.py"))


@cache
def _docs(plugin: str, name: str = "DOCUMENTATION") -> Yaml:
    module = import_module(f"{PLUGINS}.{plugin.removesuffix('.py').replace('/', '.')}")
    return _load(getattr(module, name))


def _load(text: str) -> Yaml:
    content: Yaml = yaml.load(text, yaml.CSafeLoader)
    return content


def _fragments_of(docs: Yaml) -> list[str]:
    return list(docs.get("extends_documentation_fragment", ()))


@cache
def _fragment(name: str) -> Yaml:
    """Return a doc fragment: `ngcp.fax._connection`, `ngcp.fax._connection.plugin`, `ansible.builtin.files`."""
    source = f"{PLUGINS}.doc_fragments" if name.startswith(OWN) else "ansible.plugins.doc_fragments"
    file, _, variant = name.removeprefix(OWN).removeprefix("ansible.builtin.").partition(".")
    fragment = import_module(f"{source}.{file}").ModuleDocFragment
    return _load(getattr(fragment, variant.upper() or "DOCUMENTATION"))


def _flat(path: tuple[str, ...], options: Yaml, below: str = "suboptions") -> Iterator[tuple[tuple[str, ...], Yaml]]:
    for name, facts in options.items():
        yield (*path, name), facts
        yield from _flat((*path, name), facts.get(below) or {}, below)


def _type(facts: Yaml) -> str:
    elements = facts.get("elements")
    return f"{facts['type']} of {elements}" if elements else str(facts["type"])


def _modules() -> Iterator[Name]:
    for plugin in _plugins("modules"):
        module, file = Path(plugin).stem, f"plugins/{plugin}"
        yield from _options(plugin, module)
        # A page may refer to that of another module for suboptions; the program's own spec has all of them.
        job = getattr(import_module(f"{PLUGINS}.modules.{module}"), "JOB", None)
        for path, facts in _flat((module,), job.spec.options, "options") if job else ():
            yield Name(path, _type(facts), file)
        for path, facts in _flat((module,), _docs(plugin, "RETURN"), "contains"):
            yield Name(path, _type(facts), file)
            for below in {*_in_sample(facts.get("sample")), *_in_description(facts)}:
                yield Name((*path, *below), "", file)


def _options(plugin: str, root: str) -> Iterator[Name]:
    docs = _docs(plugin)
    own = {name: _fragment(name)["options"] for name in _fragments_of(docs) if name.startswith(OWN)}
    for fragment, options in {**own, "": docs.get("options", {})}.items():
        file = fragment.removeprefix(OWN).partition(".")[0]
        for path, facts in _flat((root,), options):
            yield Name(path, _type(facts), f"plugins/doc_fragments/{file}.py" if file else f"plugins/{plugin}")


def _in_sample(sample: object) -> Iterator[tuple[str, ...]]:
    """Yield the paths of all keys of a sample."""
    if isinstance(sample, Mapping):
        for name, value in sample.items():
            yield (name,)
            yield from ((name, *path) for path in _in_sample(value))
    for element in sample if isinstance(sample, list) else ():
        yield from _in_sample(element)


def _in_description(facts: Yaml) -> Iterator[tuple[str, ...]]:
    """Yield the keys that the description of a dictionary names, `C(kind) is …`, unless `contains` describes them."""
    if "dict" in _type(facts) and "contains" not in facts:
        yield from ((name,) for name in re.findall(r"\bC\((\w+)\)", str(facts["description"])))


def _inventory() -> Iterator[Name]:
    plugin = "inventory/subscribers.py"
    yield from _options(plugin, "inventory")
    for variable in re.findall(r"\bC\((ngcp_\w+)\)", str(_docs(plugin))):
        yield Name(("host", variable), "", f"plugins/{plugin}")


def _roles() -> Iterator[Name]:
    """Yield the variables of the roles without the name of the role, which begins each of them."""
    for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        role, file = path.parents[1].name, str(path.relative_to(ROOT))
        options = _load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
        for variable, facts in options.items():
            yield Name((role, variable.removeprefix(f"{role}_")), _type(facts), file)


def _playbooks() -> Iterator[Name]:
    """Yield the variables that name the hosts of the playbooks, without the name of the playbook."""
    for path in (ROOT / "playbooks").glob("*.yml"):
        for variable in re.findall(rf"^  hosts: .*\b{path.stem}_(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            yield Name((path.stem, variable), "str", str(path.relative_to(ROOT)))
    yield Name(("host", SWITCH), "bool", "plugins/plugin_utils/_internal/action.py")


def _files() -> Iterator[Name]:
    for root, file in {"report": "docs/report.schema.json", "state file": "docs/state-file.schema.json"}.items():
        schema = json.loads((ROOT / file).read_text(encoding="utf-8"))
        yield from (Name((root, *path), type_, file) for path, type_ in _properties(schema, schema.get("$defs", {})))
    program = "plugins/module_utils/_internal"
    yield from (Name(("baseline", key), "", f"{program}/drift/baseline.py") for key in baseline.KEYS)
    yield from (Name(("receipt", each.name), "", f"{program}/fax/receipts.py") for each in fields(Receipt))
    for column in archive_folder.COLUMNS:
        yield Name(("index", column), "", f"{program}/fax/archive_folder.py")


def _properties(schema: Yaml, definitions: Yaml) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the paths of all properties in a JSON Schema, with their types."""
    schema = _resolved(schema, definitions)
    for name, facts in schema.get("properties", {}).items():
        yield (name,), _schema_type(facts, definitions)
        yield from (((name, *path), type_) for path, type_ in _properties(facts, definitions))
    yield from _properties(schema["items"], definitions) if "items" in schema else ()


def _resolved(schema: Yaml, definitions: Yaml) -> Yaml:
    reference: str = schema.get("$ref", "")
    return definitions[reference.rpartition("/")[2]] if reference else schema


def _schema_type(schema: Yaml, definitions: Yaml) -> str:
    """Return Ansible's name of a schema's type, null aside; "" for any value."""
    schema = _resolved(schema, definitions)
    if "type" not in schema:
        choices = schema.get("enum", [schema.get("const")])
        return type(choices[0]).__name__ if choices[0] is not None else ""
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    one = next(SCHEMA_TYPES[each] for each in types if each != "null")
    return f"list of {_schema_type(schema['items'], definitions)}" if one == "list" else one
