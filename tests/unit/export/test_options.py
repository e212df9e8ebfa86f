# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An export's options, as a task gives them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.export import spec_of_export
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.options import ExportOptions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import read_options


def read(**given: Any) -> ExportOptions:
    return read_options(ExportOptions, {"dest": "out", **given})


def test_the_defaults_are_those_of_the_spec() -> None:
    options = spec_of_export().options
    defaults = {name: option["default"] for name, option in options.items() if "default" in option}
    assert read(**defaults) == read()


@pytest.mark.parametrize(
    ("given", "is_private"),
    [
        ({}, False),
        ({"secrets": "plain"}, True),
        ({"secrets": "plain", "mode": "0640"}, False),
        ({"secrets": "vault"}, False),
    ],
    ids=str,
)
def test_files_with_secrets_are_private_unless_a_mode_is_given(given: dict[str, Any], is_private: bool) -> None:
    assert read(**given).is_private is is_private


def test_what_the_action_plugin_adds() -> None:
    assert (read().vault, read().diff) == (None, False)
    assert read(_diff=True).diff
