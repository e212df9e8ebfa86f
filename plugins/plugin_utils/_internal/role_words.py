# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Translate the options in messages of a role's tasks to the role's variables: `adopt` becomes `export_adopt`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import ansible_internals

if TYPE_CHECKING:
    from ansible.plugins.action import ActionBase


COLLECTION = "ngcp.fax."
# Beginning of a sentence of a message.
START = r"(?:^|(?<=\n)|(?<=[.;] ))"
# Text that follows an option at the beginning of a sentence.
SAID_OF_OPTIONS = r"(?=\[\d+\]|:(?: |$)|\.\w| must | is (?:given|empty|\d)| names? | holds | needs | and | cannot | \()"
# Text before an option inside a sentence, and values that follow an option.
BEFORE = ("in", "for", "without", "as", "and", "needs", "before", "Correct")
VALUES = r"(?:true|false|never|omit|vault|plain|tiff|resend|assume_sent)\b"
# Ansible's own lists of options.
LISTS = re.compile(
    r"((?:mutually exclusive|required arguments|following (?:is|are) required|required together): )([\w|, ]+)"
)
# Advice about options that no role has.
ADVICE = {"remote_src": ", or set remote_src: true for one on the managed host"}
# Words in a sentence that look like an option, but mean something else.
PLAIN = frozenset({"subscribers", "defaults", "title", "status", "format", "history", "receipt", "layout"})


def translated(action: ActionBase, result: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a task. Within a role of this collection, its messages name the role's variables."""
    names = _names(action) if result.get("failed") or result.get("warnings") else {}
    if not names:
        return result
    for holder, key in list(_messages(result)):
        holder[key] = with_role_variables(names, holder[key])
    # Newer releases of Ansible have already made an exception from the message, and make it again.
    result.pop("exception", None)
    return result


def with_role_variables(names: Mapping[str, str], message: str) -> str:
    """Return a message with the role's variables instead of the module's options. `names`: variables by option."""
    for option, advice in ADVICE.items():
        message = message if option in names else message.replace(advice, "")
    for option, variable in names.items():
        message = _pattern(option).sub(variable, message)
    return LISTS.sub(lambda found: found[1] + re.sub(r"\w+", lambda one: names.get(one[0], one[0]), found[2]), message)


def _pattern(option: str) -> re.Pattern[str]:
    name = re.escape(option)
    if "_" in option:  # cannot be a word of a sentence
        return re.compile(rf"(?<![\w./@'-]){name}(?![\w/@-])")
    ways = [
        rf"{START}{name}{SAID_OF_OPTIONS}",
        rf"(?<![\w./:])(?<!\d: ){name}(?=\[\d+\])",
        rf"(?<![\w./-]){name}(?=: {VALUES})",
        rf"(?<=value of ){name}(?= must)",
        rf"(?<=argument '){name}(?=')",
    ]
    if option not in PLAIN:
        ways += [rf"(?<=\b{before} ){name}(?=[\s.,;:(]|$)" for before in BEFORE]
    return re.compile("|".join(ways))


def _names(action: ActionBase) -> dict[str, str]:
    """Return the role's variables by the module's options, or an empty mapping outside of this collection's roles."""
    name, folder = ansible_internals.role(action)
    if not name.startswith(COLLECTION):
        return {}
    prefix = f"{name.removeprefix(COLLECTION)}_"
    specs = action._loader.load_from_file(str(Path(folder, "meta", "argument_specs.yml")))
    variables: Collection[str] = specs["argument_specs"]["main"]["options"]
    return {one.removeprefix(prefix): one for one in variables}


def _messages(result: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the places of all messages in a result: the container and the key."""
    if isinstance(result.get("msg"), str):
        yield result, "msg"
    for name in ("warnings", "problems"):
        messages = result.get(name) or []
        yield from ((messages, at) for at, one in enumerate(messages) if isinstance(one, str))
    for row in [*(result.get("faxes") or []), *(result.get("subscribers") or [])]:
        if "error" in row:
            yield row["error"], "msg"
    for row in (result.get("report") or {}).get("rows", ()):
        if row["kind"] == "failed":
            yield row, "message"
