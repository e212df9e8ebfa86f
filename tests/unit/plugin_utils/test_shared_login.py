# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file in which the processes of one run share what they know of a login."""

from __future__ import annotations

import fcntl
import hashlib
import multiprocessing
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.tokens import Token
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    LoginRefused,
    ProxyRefused,
    Unreachable,
)
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import shared_login, token_seal
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.shared_login import opened

FAILURE: dict[str, Any] = {"msg": "The login was refused.", "error": {"kind": "login_refused", "status": 403}}
LOGIN = b"administrator pa55word"
FORK = multiprocessing.get_context("fork")


@pytest.fixture(autouse=True)
def no_seal_of_another_test() -> None:
    token_seal.seal_of.cache_clear()


def no_login() -> Token:
    raise AssertionError("there is a token")


def gives(value: str = "t0ken", expires: float | None = None) -> Callable[[], Token]:
    return lambda: Token(value, expires)


def obtain(folder: Path, refused: Token | None = None, log_in: Callable[[], Token] = no_login) -> Token:
    """Return the token that a task gets."""
    with opened(folder, LOGIN, shares=True) as login:
        return login.obtain(refused, log_in)


def known(folder: Path, identity: bytes = LOGIN) -> tuple[bool, Any]:
    with opened(folder, identity, shares=True) as login:
        return login._state.is_known, login.failure


def file_of_login(folder: Path) -> Path:
    (path,) = (path for path in folder.iterdir() if not path.name.endswith("-key"))
    return path


# What is known of a login ---------------------------------------------------------------------------------------------


def test_what_one_task_learns_the_next_one_knows(tmp_path: Path) -> None:
    assert known(tmp_path) == (False, None)
    with opened(tmp_path, LOGIN, shares=False) as login:
        login.accepted()
    assert known(tmp_path) == (True, None)
    with opened(tmp_path, LOGIN, shares=False) as login:
        login.refused(FAILURE)
    assert known(tmp_path) == (True, FAILURE)
    assert known(tmp_path, b"another") == (False, None)


def test_a_token_is_shared_until_the_server_refuses_it(tmp_path: Path) -> None:
    first = obtain(tmp_path, log_in=gives("same"))
    assert first == Token("same", None, 1)
    assert obtain(tmp_path) == first
    # The server gives the same token again to the same login, as long as it does not limit its life.
    second = obtain(tmp_path, first, gives("same"))
    assert second == Token("same", None, 2)
    assert obtain(tmp_path, first) == second
    # A token that the task gave is compared by value.
    assert obtain(tmp_path, Token("given", None)) == second
    assert obtain(tmp_path, Token("same", None), gives("new")) == Token("new", None, 3)


def test_a_damaged_file_does_not_bring_back_an_earlier_generation(tmp_path: Path) -> None:
    second = obtain(tmp_path, obtain(tmp_path, log_in=gives()), gives())
    file_of_login(tmp_path).write_bytes(b"")
    assert obtain(tmp_path, second, gives()).generation == 3


def test_a_token_that_has_expired_is_renewed_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    first = obtain(tmp_path, log_in=gives(expires=now + 3600))
    assert obtain(tmp_path).expires == now + 3600
    monkeypatch.setattr(time, "time", lambda: now + 3580)
    with opened(tmp_path, LOGIN, shares=True) as login:
        assert login.token is None
    # The clocks of the server and of this machine differ: a new token would be renewed each time.
    assert obtain(tmp_path, log_in=gives("new", now)) == Token("new", None, first.generation + 1)
    assert obtain(tmp_path).value == "new"


def test_a_refusal_is_met_once(tmp_path: Path) -> None:
    first = obtain(tmp_path, log_in=gives())

    def refused(kind: type[LoginRefused]) -> Callable[[], Token]:
        def log_in() -> Token:
            raise kind("The server refuses it", "Look. There.", "POST", "/login_jwt", 403)

        return log_in

    # Two tasks are under way while the password is changed.
    with opened(tmp_path, LOGIN, shares=True) as one, opened(tmp_path, LOGIN, shares=True) as other:
        with pytest.raises(LoginRefused):
            one.obtain(first, refused(ProxyRefused))
        with pytest.raises(ProxyRefused) as caught:
            other.obtain(first, no_login)
        sentence = "The server refuses it (POST /login_jwt, HTTP 403). Look. There."
        assert str(caught.value) == f"Not tried again: {sentence}"
        assert (caught.value.path, caught.value.status) == ("/login_jwt", 403)
        other.refused({"msg": str(caught.value), "error": {}})
    assert known(tmp_path)[1]["msg"] == sentence


def test_a_login_that_failed_otherwise_is_tried_by_the_next(tmp_path: Path) -> None:
    def log_in() -> Token:
        raise Unreachable("No connection", "Look.")

    with pytest.raises(Unreachable):
        obtain(tmp_path, log_in=log_in)
    assert known(tmp_path) == (False, None)
    assert obtain(tmp_path, log_in=gives()).generation == 1


def test_a_token_of_a_module_is_kept_once(tmp_path: Path) -> None:
    for expected in (1, 1):
        with opened(tmp_path, LOGIN, shares=True) as login:
            login.keep(Token("returned", None))
        assert obtain(tmp_path) == Token("returned", None, expected)


# Several processes ----------------------------------------------------------------------------------------------------


def _renew(folder: Path, refused: Token, inside: Any, logins: Any) -> None:
    def log_in() -> Token:
        logins.release()
        return Token("new", None)

    with opened(folder, LOGIN, shares=True) as login:
        inside.wait(60)
        os._exit(login.obtain(refused, log_in).generation)


def test_many_processes_that_are_refused_renew_a_token_once(tmp_path: Path) -> None:
    first = obtain(tmp_path, log_in=gives())
    inside, logins = FORK.Barrier(8), FORK.Semaphore(0)
    processes = [FORK.Process(target=_renew, args=(tmp_path, first, inside, logins)) for _each in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [2] * 8
    assert logins.acquire(block=False)
    assert not logins.acquire(block=False)


def _die(folder: Path) -> None:
    with opened(folder, LOGIN, shares=True) as login:
        login._file.write(b'{"accepted": true, "tok')  # type: ignore[union-attr]  # the folder can be used
        os._exit(1)


def test_after_a_process_that_was_killed_in_the_middle_the_next_logs_in(tmp_path: Path) -> None:
    process = FORK.Process(target=_die, args=(tmp_path,))
    process.start()
    process.join(60)
    assert obtain(tmp_path, log_in=gives()).generation == 1


def test_nobody_waits_for_a_task_once_the_login_is_known(tmp_path: Path) -> None:
    with opened(tmp_path, LOGIN, shares=True) as login, file_of_login(tmp_path).open() as other:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        login.obtain(None, gives())
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


# What is on the disk --------------------------------------------------------------------------------------------------


def test_only_the_login_gives_the_token_or_the_name_of_its_file(tmp_path: Path) -> None:
    obtain(tmp_path, log_in=gives())
    path = file_of_login(tmp_path)
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}
    content = path.read_bytes()
    assert b"t0ken" not in content
    key = (tmp_path / "ngcp.fax-key").read_bytes()
    assert len(key) == 32
    plain = [hashlib.sha256(each).hexdigest() for each in (LOGIN, key + LOGIN, LOGIN + key)]
    assert path.name.removeprefix("ngcp.fax-") not in plain
    # Another login cannot read it, whatever the name of the file.
    with opened(tmp_path, b"administrator guess", shares=True) as login:
        (tmp_path / f"ngcp.fax-{login._seal.name}").write_bytes(content)  # type: ignore[union-attr]  # as above
    assert known(tmp_path, b"administrator guess") == (False, None)
    # Nor can another run.
    (tmp_path / "ngcp.fax-key").unlink()
    assert known(tmp_path) == (False, None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nul",
        b"[1]",
        b"\0",
        b'{"accepted": true, "tok',
        b'{"accepted": 1, "token": "eA==", "failure": null}',
        b'{"accepted": false, "token": "?", "failure": null}',
        b'{"accepted": false, "token": 5, "failure": null}',
        b'{"accepted": false, "token": null, "failure": {"msg": "x"}}',
        b'{"accepted": false, "token": null, "failure": {"msg": 1, "error": {}}}',
    ],
)
def test_a_file_that_is_damaged_tells_nothing(content: bytes, tmp_path: Path) -> None:
    obtain(tmp_path, log_in=gives())
    file_of_login(tmp_path).write_bytes(content)
    assert known(tmp_path) == (False, None)
    assert obtain(tmp_path, log_in=gives("new")).value == "new"


def test_a_key_that_was_half_written_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "ngcp.fax-key").write_bytes(b"half")
    obtain(tmp_path, log_in=gives())
    assert len((tmp_path / "ngcp.fax-key").read_bytes()) == 32
    assert obtain(tmp_path).value == "t0ken"


def test_without_a_folder_room_or_library_each_task_logs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _task in range(2):
        assert obtain(tmp_path / "gone", log_in=gives()).generation == 0
    monkeypatch.setattr(token_seal, "IMPORT_ERROR", ImportError())
    for _task in range(2):
        assert obtain(tmp_path, log_in=gives()).generation == 0
    with opened(tmp_path, LOGIN, shares=True) as login:
        login.refused(FAILURE)
    assert known(tmp_path) == (True, FAILURE)  # this needs no library
    monkeypatch.undo()
    full = tmp_path / "full"
    full.mkdir()
    (full / "ngcp.fax-key").symlink_to("/dev/full")
    assert obtain(full, log_in=gives()).generation == 0
    assert len(list(full.iterdir())) == 1


def test_a_full_disk_keeps_no_token(tmp_path: Path) -> None:
    with opened(tmp_path, LOGIN, shares=True) as login, Path("/dev/full").open("r+b", buffering=0) as full:
        login._file = full
        assert login.obtain(None, gives()).value == "t0ken"
    assert known(tmp_path) == (False, None)


def test_scrypt_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(hashlib, "scrypt")
    obtain(tmp_path, log_in=gives())
    assert obtain(tmp_path).value == "t0ken"


def test_a_login_that_does_not_share(tmp_path: Path) -> None:
    obtain(tmp_path, log_in=gives())
    with opened(tmp_path, LOGIN, shares=False) as login:
        assert login.obtain(None, gives("own")) == Token("own", None)
        login.keep(Token("own", None))
    assert obtain(tmp_path).value == "t0ken"
    assert shared_login.PREFIX == "ngcp.fax-"
