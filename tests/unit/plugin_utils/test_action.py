# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file in which the processes of one run share what they know of a login."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible import constants

from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import action

FAILURE: dict[str, Any] = {"msg": "The login was refused.", "error": {"kind": "login_refused", "status": 403}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path), raising=False)
    return tmp_path


def known(connection: str) -> tuple[bool, Any]:
    with action._login(connection) as login:
        return login.known, login.failure


def test_what_one_task_learns_the_next_one_knows(folder: Path) -> None:
    assert known("a") == (False, None)
    with action._login("a") as login:
        login.accepted()
    assert known("a") == (True, None)
    with action._login("a") as login:
        login.refused(FAILURE)
    assert known("a") == (True, FAILURE)
    assert known("b") == (False, None)


@pytest.mark.parametrize("text", ['{"msg": "The login was ref', "nul", "[1]", "\0"])
def test_a_file_whose_writer_was_killed_tells_nothing(folder: Path, text: str) -> None:
    known("a")
    (file,) = folder.iterdir()
    file.write_text(text)
    assert known("a") == (False, None)
    with action._login("a") as login:
        login.accepted()
    assert known("a") == (True, None)
