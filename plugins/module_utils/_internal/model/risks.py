# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find dangerous settings that the server accepts. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.perl_regex import InvalidRegex, anchoring
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    MAILTOFAX_SETTINGS,
    Field,
    Resource,
)


def risks(resource: Resource, settings: JsonMapping) -> list[str]:
    """Return a sentence for each danger in `settings`, which hold the whole resource."""
    found = list(_rule_risks(resource, settings))
    if (
        resource is MAILTOFAX_SETTINGS
        and settings.get("active")
        and not (settings.get("secret_key") or settings.get("acl"))
    ):
        found.append(
            "mailtofax_settings is active with neither a secret_key nor an acl: the server refuses every e-mail. "
            "Declare one of them, or set active to false."
        )
    return found


def _rule_risks(resource: Resource, settings: JsonMapping) -> Iterator[str]:
    """Yield a sentence for each access rule that lets more, or less, through than it seems to."""
    for rules in resource.lists:
        parts = [part for part in rules.parts if part.pattern]
        for element in settings.get(rules.name) or ():
            given = [part for part in parts if element.get(part.name)]
            if parts and not given:
                names = ", ".join(part.name for part in parts)
                yield f"an element of {rules.name} sets none of {names}: every e-mail fits it. Set one of them."
            if element.get("use_regex"):
                for part in given:
                    pattern = str(element[part.name])
                    found = _pattern_risk(part, pattern)
                    if found:
                        yield f"{rules.name}: the regular expression '{pattern}' of {part.name} {found}"


def _pattern_risk(part: Field, pattern: str) -> str | None:
    """Return the end of a sentence about `pattern`; None if nothing is wrong with it.

    The server does not check regular expressions. Without an anchor at its end, `^boss@example\\.com` also lets
    `boss@example.com.evil.org` in; in a number, that is the usual way to name a prefix, such as `^4399`.
    """
    try:
        anchored = anchoring(pattern)
    except InvalidRegex as error:
        return f"is not valid in Perl ({error}), so that nothing fits it. Correct it."
    ends = anchored.ends or part.may_be_prefix
    if anchored.begins and ends:
        return None
    if anchored.begins:
        return "is open at its end: whatever follows what it names fits, too. End it with $."
    if ends:
        return "is open at its beginning: whatever precedes what it names fits, too. Begin it with ^."
    return "is not anchored and matches anywhere in the text. Put it between ^ and $."
