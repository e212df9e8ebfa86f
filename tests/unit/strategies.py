# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings as the server may hold them and as a user may declare them, made from the resources' own tables."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    MODES,
    POLICIES,
    RESOURCES,
    Field,
    Resource,
)

# Few and alike, so that entries meet: the same address in another case, a value that looks like a mask or a boolean.
WORDS = ["a@example.com", "A@Example.com", "b@example.com", "0z@example.com", "true", "None", "0", "Ärzte Öst"]


def values(field: Field, stored: bool) -> st.SearchStrategy[Any]:
    """Values of `field`; `stored` as the server holds them, otherwise as declared."""
    if field.parts:
        return entries(field, stored)
    if field.type == "bool":
        return st.booleans()
    if field.choices:
        return st.sampled_from(field.choices)
    words = st.sampled_from(WORDS)
    return words | st.none() | st.just("") if field.clearable else words


def entries(field: Field, stored: bool) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lists of entries; no two with the same key ignoring case, where there is a key."""
    entry = st.fixed_dictionaries({part.name: values(part, stored) for part in field.parts})
    unique = (lambda one: str(one[field.key]).casefold()) if field.key else None
    return st.lists(entry, max_size=4, unique_by=unique)


def stored(resource: Resource) -> st.SearchStrategy[dict[str, Any]]:
    """The whole resource as a GET returns it, with a field that this collection does not know."""
    known = {field.name: values(field, stored=True) for field in resource.fields}
    return st.fixed_dictionaries({**known, "of_a_newer_release": st.just("kept")})


def declared(resource: Resource, modes: tuple[str, ...] = MODES) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the resource's fields, with modes and policies."""
    options: dict[str, st.SearchStrategy[Any]] = {}
    for field in resource.fields:
        options[field.name] = values(field, stored=False)
        if field.parts:
            options[field.mode] = st.sampled_from(modes)
        if field.renewal:
            options[field.renewal.policy] = st.sampled_from(POLICIES)
    return st.fixed_dictionaries({}, optional=options)


@st.composite
def cases(draw: st.DrawFn, modes: tuple[str, ...] = MODES) -> tuple[Resource, dict[str, Any], dict[str, Any]]:
    """(resource, declared, current)."""
    resource = draw(st.sampled_from(RESOURCES))
    return resource, draw(declared(resource, modes)), draw(stored(resource))
