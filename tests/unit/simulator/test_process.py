# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line and the life of the process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.simulator.__main__ import main
from tests.simulator.client import ROOT, running

COMMAND = [sys.executable, "-m", "tests.simulator"]


def refused(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> str:
    """Return the message of a simulator that does not start, in this process."""
    monkeypatch.setattr(sys, "argv", ["tests.simulator", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    # Python prints a text to stderr and exits with 1.
    assert isinstance(ended.value.code, str)
    (line,) = ended.value.code.splitlines()
    return line


def ended(*arguments: object) -> str:
    """Return the message of a simulator that does not start, in a process of its own."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    return line


def test_a_port_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = f"tests.simulator: cannot listen on 127.0.0.1 port {port}: "
        assert ended("--port", port).startswith(sentence)
        assert refused(monkeypatch, "--port", port).startswith(sentence)
        assert refused(monkeypatch, "--control-port", port).startswith(sentence)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--port", 70000), "--port"),
        (("--bcrypt-cost", 31), "--bcrypt-cost"),
        (("--subscribers", "many"), "--subscribers"),
        (("--costs", "free"), "--costs"),
        (("--time-zone", "Mars"), "Mars is no time zone"),
        (("--no-count-saves", "101"), "--no-count-saves"),
        (("--server-workers", -1), "--server-workers"),
        (("--nosuch",), "--nosuch"),
        (("--host", "nosuch.invalid"), "cannot listen on nosuch.invalid"),
        (("--ca-file", "no/ca.pem"), "cannot write the CA file"),
    ],
)
def test_arguments_that_do_not_fit(
    arguments: tuple[object, ...], complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert complaint in refused(monkeypatch, *arguments)


def test_a_ready_file_that_cannot_be_written(tmp_path: Path) -> None:
    """It serves already, which only a process of its own can end."""
    assert "cannot write the ready file" in ended("--ready-file", tmp_path / "no" / "ready")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "is not JSON"),
        ("[]", "does not fit"),
        ('{"admins": []}', "subscribers"),
        ('{"admins": [{"name": "x"}], "subscribers": []}', "does not fit"),
        ('{"admins": [{"login": "x", "password": "x", "otp_secret": "?"}], "subscribers": []}', "does not fit"),
        ('{"admins": [], "subscribers": [{"id": 1}]}', "username"),
        ('{"admins": [], "subscribers": [], "faxes": [{"id": 1}]}', "time"),
    ],
)
def test_seeds_that_do_not_fit(content: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(content)
    line = refused(monkeypatch, "--seed", seed)
    assert str(seed) in line
    assert complaint in line


def test_a_seed_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cannot read the seed file" in refused(monkeypatch, "--seed", tmp_path / "none.json")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_when_it_is_ready_and_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    ready, ca_file = tmp_path / "ready.json", tmp_path / "ca.pem"
    command = [*COMMAND, "--ready-file", str(ready), "--ca-file", str(ca_file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        told = json.loads(line)
        assert ready.read_text() == line
        assert told["pid"] == process.pid
        assert told["ca_file"] == str(ca_file)
        assert "BEGIN CERTIFICATE" in ca_file.read_text()
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")
        assert not ready.exists()


def test_it_ends_while_a_request_waits() -> None:
    with running() as simulator:
        address = urlsplit(simulator.url)
        context = ssl.create_default_context(cafile=simulator.ca_file)
        plain = socket.create_connection((address.hostname, address.port))
        with context.wrap_socket(plain, server_hostname=address.hostname) as connection:
            connection.settimeout(10)
            simulator.control("PUT", "/faults", [{"delay_ms": 600_000}])
            connection.sendall(b"GET /api/subscribers/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            simulator.control("GET", "/counters?requests=1")
            os.kill(simulator.pid, signal.SIGTERM)
            with contextlib.suppress(ConnectionError):
                assert connection.recv(1) == b""


def test_it_ends_with_the_one_who_started_it() -> None:
    with subprocess.Popen(
        [*COMMAND, "--watch-stdin"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(10) == 0
