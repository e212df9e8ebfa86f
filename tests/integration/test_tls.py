# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS and proxies that fail: each in its own words, and whoever fails is named."""

from __future__ import annotations

import socket
import ssl
import warnings
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    NoAnswer,
    NotTried,
    ProxyRefused,
    Unreachable,
)
from tests import certificates
from tests.integration.conftest import Play
from tests.misbehaving import Behave, Met, misbehaving, whole
from tests.simulator.client import Simulator

ITEM = "/api/faxserversettings/1"
GOOD = whole(b'{"id": 1}')


def context_of(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(made)
    return made


def answers(connection: socket.socket, met: Met) -> None:
    connection.sendall(GOOD)


def hangs(connection: socket.socket, met: Met) -> None:
    met.ends.wait()


def failure(url: str, **options: Any) -> FaxError:
    """Return the error of a first request to `url`."""
    connection = Connection(url, **{"api_token": "t", "timeout": 5.0, "retries": 2, **options})
    with pytest.raises(FaxError) as caught, Client(connection) as client:
        client.patch(ITEM, [])
    return caught.value


# TLS ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ((-30, -1), "The certificate of {url}, or that of its authority, has expired (PATCH"),
        ((1, 30), "The certificate of {url} is not valid yet (PATCH"),
    ],
)
def test_a_certificate_that_is_not_valid_today(days: tuple[int, int], sentence: str, tmp_path: Path) -> None:
    context, trusted = certificates.server_context(tmp_path, *days)
    with misbehaving(answers, context) as met:
        error = failure(met.url, ca_path=trusted)
        assert str(error).startswith(sentence.format(url=met.url))
    assert isinstance(error, Unreachable)
    assert not error.perhaps_done
    assert "clock of this machine" in error.advice
    assert met.requests == []


def test_a_certificate_that_is_signed_by_itself(tmp_path: Path, ca_path: str) -> None:
    context, trusted = certificates.server_context(tmp_path, -1, 30)
    with misbehaving(answers, context) as met:
        assert failure(met.url, ca_path=ca_path).what == f"The certificate of {met.url} is not trusted"
        with Client(Connection(met.url, api_token="t", ca_path=trusted)) as client:
            assert client.get(ITEM)["id"] == 1


def test_a_certificate_of_another_name(authority: trustme.CA, ca_path: str) -> None:
    with misbehaving(answers, context_of(authority, "ngcp.example.com")) as met:
        assert failure(met.url, ca_path=ca_path).what == f"The certificate of {met.url} is for another name"


def test_a_version_that_is_too_old(authority: trustme.CA, ca_path: str) -> None:
    context = context_of(authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with misbehaving(answers, context) as met:
        error = failure(met.url, ca_path=ca_path)
        assert error.what == f"{met.url} speaks a version of TLS that is too old"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda one: one.name)
def test_a_server_that_wants_a_client_certificate(
    version: ssl.TLSVersion, authority: trustme.CA, ca_path: str, tmp_path: Path
) -> None:
    """With TLS 1.3 the client learns it when it has sent its request already, or while it is at it."""
    context = context_of(authority)
    context.maximum_version = version
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    strange = trustme.CA().issue_cert("nobody@example.com")
    stranger = tmp_path / "cert.pem"
    stranger.write_bytes(b"".join(each.bytes() for each in (strange.private_key_pem, *strange.cert_chain_pems)))
    with misbehaving(answers, context) as met:
        errors = [failure(met.url, ca_path=ca_path) for _each in range(12)]
        refused = failure(met.url, ca_path=ca_path, client_cert=str(stranger))
    assert all("wants a client certificate" in error.what for error in errors)
    assert not any(error.perhaps_done for error in errors)
    assert refused.what == f"{met.url} does not accept this client's certificate"
    assert met.requests == []


@pytest.mark.parametrize("traditional", [True, False], ids=["traditional", "PKCS#8"])
@pytest.mark.parametrize("apart", [True, False], ids=["two files", "one file"])
def test_an_encrypted_key_is_refused(apart: bool, traditional: bool, authority: trustme.CA, tmp_path: Path) -> None:
    issued = authority.issue_cert("somebody@example.com")
    secret = certificates.encrypted(issued.private_key_pem.bytes(), traditional)
    chain = b"".join(each.bytes() for each in issued.cert_chain_pems)
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(chain if apart else chain + secret)
    key.write_bytes(secret)
    files: dict[str, Any] = {"client_cert": str(cert), **({"client_key": str(key)} if apart else {})}
    option, path = ("client_key", key) if apart else ("client_cert", cert)
    with pytest.raises(BadOption, match=f"{option}: the private key in '{path}' is encrypted"):
        Client(Connection("https://127.0.0.1:1", **files))


def test_a_key_whose_encryption_does_not_show_asks_nobody(
    authority: trustme.CA, ca_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL would open the terminal by itself."""
    monkeypatch.setattr(
        "ansible_collections.ngcp.fax.plugins.module_utils._internal.client.transport._is_encrypted",
        lambda pem: False,
    )
    issued = authority.issue_cert("somebody@example.com")
    cert = tmp_path / "cert.pem"
    secret = certificates.encrypted(issued.private_key_pem.bytes(), traditional=False)
    cert.write_bytes(issued.cert_chain_pems[0].bytes() + secret)
    with misbehaving(answers, context_of(authority)) as met:
        error = failure(met.url, ca_path=ca_path, client_cert=str(cert))
    assert "is not valid PEM, or they do not match" in error.what


# Proxies --------------------------------------------------------------------------------------------------------------


def refuses(line: str) -> Behave:
    def behave(connection: socket.socket, met: Met) -> None:
        connection.sendall(f"HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n".encode())
        raise OSError("closed")

    return behave


def says_yes_and_hangs(connection: socket.socket, met: Met) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    met.ends.wait()


def says_yes_and_talks(connection: socket.socket, met: Met) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    connection.recv(100)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    met.ends.wait()


def talks_nonsense(connection: socket.socket, met: Met) -> None:
    connection.sendall(b"220 mail.example.com ESMTP\r\n")
    met.ends.wait()


def endless_headers(connection: socket.socket, met: Met) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    met.trickle(connection, b"X: y\r\n")


SERVER = "https://127.0.0.1:1443"


@pytest.mark.parametrize(
    ("behave", "kind", "sentence", "tries"),
    [
        (hangs, NoAnswer, "The proxy {proxy} did not answer within 0.4 s", 2),
        (endless_headers, NoAnswer, "The proxy {proxy} did not finish its answer within 1.5 s", 1),
        (talks_nonsense, NoAnswer, "The proxy {proxy} does not answer with HTTP, or does not answer", 2),
        (refuses("403 No"), Unreachable, f"The proxy {{proxy}} does not let the connection to {SERVER} through", 2),
        (says_yes_and_hangs, NoAnswer, f"{SERVER} through the proxy {{proxy}} did not answer within 0.4 s", 2),
        (
            says_yes_and_talks,
            Unreachable,
            f"What answers at {SERVER} through the proxy {{proxy}} does not speak TLS",
            1,
        ),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_proxy_that_fails_is_named(
    behave: Behave, kind: type[FaxError], sentence: str, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with misbehaving(behave, None) as met:
        options = {"timeout": 0.4, "request_timeout": 1.5, "retries": 1}
        error = failure(SERVER, proxy=met.url.replace("://", "://user:s3cret@"), **options)
        assert error.what == sentence.format(proxy=met.url)
    assert isinstance(error, kind)
    assert "s3cret" not in str(error)
    assert not error.perhaps_done
    # A GET would be sent as often as this; a PATCH that never left is planned anew elsewhere.
    assert len(met.requests) in (1, tries)


def test_a_proxy_without_tls_that_is_said_to_have_it() -> None:
    def behave(connection: socket.socket, met: Met) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with misbehaving(behave, None, reads_head=False) as met:
        proxy = met.url.replace("http:", "https:")
        error = failure(SERVER, proxy=proxy)
        assert error.what == f"The proxy {proxy} does not speak TLS"
        assert "http:// instead of https://" in error.advice


def test_a_proxy_with_a_certificate_that_is_not_trusted(authority: trustme.CA) -> None:
    with misbehaving(answers, context_of(authority)) as met:
        assert failure(SERVER, proxy=met.url).what == f"The certificate of the proxy {met.url} is not trusted"


def test_a_proxy_where_nobody_listens() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{bound.getsockname()[1]}"
        error = failure(SERVER, proxy=proxy)
    assert error.what == f"The proxy {proxy} refuses the connection"
    assert "HTTPS_PROXY" in error.advice


def test_a_proxy_that_refuses_the_login_is_asked_once(authority: trustme.CA) -> None:
    with misbehaving(refuses("407 Proxy Authentication Required"), None) as met:
        login: dict[str, Any] = {"api_username": "u", "api_password": "p"}
        for options in ({"api_token": "t"}, login, {**login, "auth": "basic"}):
            met.requests.clear()
            connection = Connection(SERVER, proxy=met.url, retries=3, **options)
            with Client(connection) as client:
                outcomes = concurrency.map_concurrently(client.get, [f"{ITEM}{number}" for number in range(16)], 8)
            assert {type(each) for each in outcomes} <= {ProxyRefused, NotTried}
            assert len(met.requests) == 1
            error = next(each for each in outcomes if isinstance(each, ProxyRefused))
            assert error.what.startswith(f"The proxy {met.url} does not accept its username and password")
            assert (error.fatal, error.status, error.kind) == (True, 407, "proxy_refused")


def test_a_proxy_that_refuses_the_login_is_asked_once_a_run(play: Play, simulator: Simulator) -> None:
    with misbehaving(refuses("407 Proxy Authentication Required"), None) as met:
        task = {"ngcp.fax.faxserver_settings": {"subscriber_id": "{{ item }}", "active": True, "proxy": met.url}}
        played = play(
            [
                {"name": "Loop", **task, "loop": [1, 2, 3], "ignore_errors": True},
                {"name": "Again", **task, "vars": {"item": 4}, "until": "false", "retries": 2, "delay": 0},
            ]
        )
        assert "Not tried again: The proxy" in played.failure("Again")
        assert len(met.requests) == 1
    assert played.items["Loop"][0]["error"]["kind"] == "proxy_refused"


@pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.1:{port}", "127.0.0.0/8", "[127.0.0.1]:{port}", "*"])
@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_a_server_that_the_environment_wants_without_a_proxy(
    variable: str, entry: str, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    login: dict[str, Any] = {
        "api_username": "administrator",
        "api_password": "administrator",
        "ca_path": simulator.ca_file,
    }
    monkeypatch.setenv(variable, f"example.com, {entry.format(port=simulator.url.rpartition(':')[2])}")
    with Client(Connection(simulator.url, **login)) as client:
        assert client.get(ITEM)["id"] == 1
    monkeypatch.setenv(variable, "127.0.0.1:1, example.com")
    assert failure(simulator.url, **login).what == "The proxy http://127.0.0.1:1 refuses the connection"


def test_an_address_in_capitals_goes_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert failure("HTTPS://NGCP.Example.COM:1443").what == "The proxy http://127.0.0.1:1 refuses the connection"
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1\r")
    with pytest.raises(BadOption, match=r"HTTPS_PROXY in the environment holds a line end \(U\+000D\) at its end"):
        Client(Connection("https://ngcp.example.com"))


# Options that were pasted, from the environment too -----------------------------------------------------------------


def test_a_pasted_login_is_refused_before_it_is_tried(
    play: Play, connection: dict[str, Any], simulator: Simulator
) -> None:
    options = {"subscriber_id": 3, "active": True, "ca_path": connection["ca_path"]}
    given = {f"NGCP_{name.upper()}": value for name, value in connection.items() if name != "ca_path"}

    def task(name: str, module: str = "faxserver_settings", **environment: str) -> dict[str, Any]:
        own = options if module != "login" else {"ca_path": options["ca_path"]}
        return {"name": name, f"ngcp.fax.{module}": own, "environment": {**given, **environment}, "ignore_errors": True}

    played = play(
        [
            task("URL", NGCP_API_URL=f"{simulator.url}\r"),
            task("Password", NGCP_API_PASSWORD="administrator\n"),
            task("Login", "login", NGCP_API_PASSWORD="\ufeffadministrator"),
            task("Username", NGCP_API_USERNAME="administrator "),
            task("Capitals", NGCP_API_URL=simulator.url.replace("https", "HTTPS")),
        ],
        module_defaults={},
    )
    assert "api_url holds a line end (U+000D) at its end" in played.failure("URL")
    password = "remove it, or look where NGCP_API_PASSWORD in the environment comes from."
    assert played.failure("Password") == f"api_password holds a line end (U+000A) at its end; {password}"
    assert played.failure("Login") == f"api_password holds a byte order mark (U+FEFF) at its beginning; {password}"
    assert "api_username holds a space (U+0020) at its end" in played.failure("Username")
    assert played["Capitals"]["changed"]
    assert simulator.control("GET", "/counters")["logins"] == 1
