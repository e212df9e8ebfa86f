# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The undocumented parts of Ansible that modules need to run inside its own process are as they were."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.integration.conftest import HERE, PYTHON

PROGRAM = f"""
import runpy
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader()
runpy.run_path({str(HERE / "internals.py")!r}, run_name="__main__")
"""


@pytest.mark.newest_core
def test_ansible_has_the_parts_that_we_use(ansible_environment: dict[str, str]) -> None:
    """Mend `ansible_internals` or `runner.EmbeddableModule` for each part that this names."""
    ended = subprocess.run(
        [PYTHON, "-c", PROGRAM], env=ansible_environment, capture_output=True, text=True, check=False
    )
    assert json.loads(ended.stdout or "null") == [], ended.stderr
