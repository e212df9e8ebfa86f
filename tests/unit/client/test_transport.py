# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests follow the options and the proxies of the environment, and nothing else of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.retry import Request
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.transport import (
    FAILURES,
    HEADERS,
    Transport,
    is_direct,
    without_login,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption

URL = "https://ngcp.example.com:1443"


def connection(**options: Any) -> Connection:
    return Connection(URL, **options)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_the_environment_neither_verifies_nor_logs_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    monkeypatch.setenv("CURL_CA_BUNDLE", "/nowhere")
    (tmp_path / ".netrc").write_text("machine ngcp.example.com login a password b", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    made = Transport(Connection(URL), URL)
    assert (made.verify, made.proxies) == (True, {})
    assert "Authorization" not in made._prepared(Request("GET", "/api/faxes/"), {}).headers


class _Document:
    """A body that is not JSON."""

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"1", b"2")


DOCUMENT = _Document()


@pytest.mark.parametrize(
    ("url", "request_", "own"),
    [
        (URL, Request("GET", "/api/faxes/5"), {}),
        (URL, Request("GET", "/api/faxes/", {"page": 1, "name": "ä b+%_/~*", "empty": "", "none": None}), {}),
        (f"{URL}/behind/a%20proxy", Request("GET", "/api/faxes/", {"rows": 5}), {"Accept-Encoding": "identity"}),
        ("https://fax.bücher.example", Request("GET", "/api/faxes/"), {}),
        ("https://[::1]:1443", Request("DELETE", "/api/faxes/5"), {"Authorization": "Basic eA=="}),
        (URL, Request("POST", "/api/faxes/", json={"text": "ä\ud800"}), {}),
        (URL, Request("POST", "/api/faxes/", json={}), {}),
        (URL, Request("PATCH", "/api/x/5", json=[]), {"Content-Type": "application/json-patch+json"}),
        (URL, Request("POST", "/api/faxes/", data=DOCUMENT), {"Content-Type": "multipart/form-data"}),
    ],
)
def test_requests_are_those_that_a_session_of_requests_would_send(
    url: str, request_: Request, own: dict[str, str]
) -> None:
    session = requests.Session()
    session.headers.update(HEADERS)
    r = request_
    asked = requests.Request(
        r.method,
        f"{url}{r.path}",
        own,
        data=r.data or {},
        json=r.json,
        params=r.params or {},
    )
    expected = session.prepare_request(asked)
    made = Transport(Connection(url), url)._prepared(request_, own)
    assert (made.method, made.url, made.body) == (expected.method, expected.url, expected.body)
    assert dict(made.headers.lower_items()) == dict(expected.headers.lower_items())


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\nb", "a\r\n b", " a"])
def test_a_header_cannot_hold_another(value: str) -> None:
    with pytest.raises(ValueError, match="header"):
        Transport(Connection(URL), URL).send(Request("GET", "/api/faxes/"), {"Authorization": value})


@pytest.mark.parametrize("url", ["https://", "https://*.example.com", "https://a..example.com:port"])
def test_an_address_that_is_not_one_fails_as_a_request_without_an_answer(url: str) -> None:
    with pytest.raises(FAILURES):
        Transport(Connection(url), url).send(Request("GET", "/api/faxes/"), {})


def test_answers_are_as_they_come_and_cookies_are_not_sent_back() -> None:
    """A redirect is not followed, and the only connection is kept."""
    answers = ("302 Found\r\nLocation: /elsewhere\r\nSet-Cookie: node=1", "200 OK\r\nX-Of: a\r\nx-of: b")
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with listening.accept()[0] as accepted:
                for head in answers:
                    received.append(accepted.recv(1 << 16))
                    accepted.sendall(f"HTTP/1.1 {head}\r\nContent-Length: 2\r\n\r\n{{}}".encode())

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        transport = Transport(Connection(url, timeout=60), url)
        got = []
        for _each in answers:
            response = transport.send(Request("GET", "/api/faxes/"), {})
            got.append((response.status_code, response.is_redirect, response.headers.get("X-OF"), response.content))
        transport.close()
        thread.join(60)
    assert got == [(302, True, None, b"{}"), (200, False, "a, b", b"{}")]
    assert [b"ookie" in each for each in received] == [False, False]


@pytest.mark.parametrize(("options", "verify"), [({}, True), ({"validate_certs": False}, False)])
def test_verification(options: dict[str, Any], verify: bool) -> None:
    assert Transport(Connection(URL, **options), URL).verify is verify


def test_files_of_certificates(tmp_path: Path) -> None:
    ca, cert, key = (tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem"))
    for path in (ca, cert, key):
        path.write_text("-----BEGIN CERTIFICATE-----", encoding="utf-8")
    made = Transport(Connection(URL, ca_path=str(ca), client_cert=str(cert), client_key=str(key)), URL)
    assert (made.verify, made.cert) == (str(ca), (str(cert), str(key)))
    assert Transport(Connection(URL, client_cert=str(cert)), URL).cert == str(cert)
    # A folder of authorities is fine; one of certificates is not.
    assert Transport(Connection(URL, ca_path=str(tmp_path)), URL).verify == str(tmp_path)
    with pytest.raises(BadOption, match=f"^client_cert: '{tmp_path}' cannot be read"):
        Transport(Connection(URL, client_cert=str(tmp_path)), URL)


@pytest.mark.parametrize("option", ["ca_path", "client_cert", "client_key"])
def test_a_file_that_cannot_be_read(option: str, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=f"^{option}: '{tmp_path}/missing' cannot be read"):
        Transport(connection(**{option: str(tmp_path / "missing")}), URL)
    with pytest.raises(BadOption, match=f"^{option}: This text of several lines cannot be read") as caught:
        Transport(connection(**{option: "-----BEGIN\ns3cret"}), URL)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("pem", "encrypted"),
    [
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nx", True),
        ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nx", True),
        ("-----BEGIN PRIVATE KEY-----\nx", False),
        ("-----BEGIN RSA PRIVATE KEY-----\nx", False),
    ],
)
def test_an_encrypted_key_is_refused_before_openssl_asks_for_its_pass_phrase(
    pem: str, encrypted: bool, tmp_path: Path
) -> None:
    key = tmp_path / "key.pem"
    key.write_text(pem, encoding="utf-8")
    own = connection(client_cert=str(key))
    if not encrypted:
        assert Transport(own, URL).cert == str(key)
        return
    with pytest.raises(BadOption, match="is encrypted"):
        Transport(own, URL)


@pytest.mark.parametrize(
    ("option", "environment", "proxies"),
    [
        (None, {}, {}),
        (None, {"HTTPS_PROXY": "http://proxy:3128"}, {"https": "http://proxy:3128"}),
        ("http://own:3128", {"HTTPS_PROXY": "http://proxy:3128"}, {"https": "http://own:3128"}),
        (None, {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": ".example.com"}, {}),
    ],
)
def test_proxies(
    option: str | None, environment: dict[str, str], proxies: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Transport(Connection(URL, proxy=option), URL).proxies == proxies


def test_a_proxy_never_sees_a_login_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy:3128")
    assert Transport(Connection("http://127.0.0.1", proxy="http://own:3128"), "http://127.0.0.1").proxies == {}


def test_a_proxy_of_the_environment_with_a_line_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:s3cret@proxy:3128\n")
    with pytest.raises(BadOption, match="HTTPS_PROXY in the environment holds a line end") as caught:
        Transport(Connection(URL), URL)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "no_proxy", "direct"),
    [
        ("https://[::1]:1443", "[::1]:1443", True),
        ("https://[::1]:1443", "[::1]", True),
        ("https://[::1]:1443", "::1", True),
        ("https://[::1]:1443", "[::1]:1444", False),
        ("https://[2001:db8::5]:1443", "2001:DB8:0:0::5", True),
        ("https://[2001:db8::5]:1443", "2001:db8::/32", True),
        ("https://[2001:db8::5]:1443", "[2001:db8::]/32", True),
        ("https://[2001:db9::5]:1443", "2001:db8::/32", False),
        ("https://10.1.2.3", "10.0.0.0/8", True),
        ("https://10.1.2.3:1443", "10.1.2.3:1443", True),
        ("https://10.1.2.3", "10.1.2.3:443", True),
        ("https://10.1.2.3", "10.1.2.3:1443", False),
        ("https://11.1.2.3", "10.0.0.0/8", False),
        ("https://ngcp.example.com:1443", "NGCP.Example.com:1443", True),
        ("https://ngcp.example.com", "example.com", True),
        ("https://ngcp.example.com", ".example.com", True),
        ("https://ngcp.example.com", "*.example.com", True),
        ("https://ngcp.example.com:1443", ".example.com:1443", True),
        ("https://ngcp.example.com:1443", ".example.com:443", False),
        ("https://notexample.com", "example.com", False),
        ("https://ngcp.example.com.", "ngcp.example.com", True),
        ("https://ngcp.example.com", "a, ngcp.example.com,b", True),
        ("https://ngcp.example.com", "a ngcp.example.com", True),
        ("https://ngcp.example.com", "*", True),
        ("https://ngcp.example.com", "", False),
        ("https://ngcp.example.com", ".,*.,/,[],:,[:1", False),
        ("https://ngcp.example.com", "10.0.0.0/99", False),
    ],
)
def test_is_direct(url: str, no_proxy: str, direct: bool) -> None:
    assert is_direct(url, no_proxy) is direct


@pytest.mark.parametrize(
    ("proxy", "text"),
    [
        ("http://user:s3cret@proxy:3128/", "http://proxy:3128"),
        ("proxy:3128", "http://proxy:3128"),
        ("https://[::1]:3128", "https://[::1]:3128"),
        ("http://proxy:s3cret", "that is given"),
        ("http://[", "that is given"),
    ],
)
def test_a_proxy_is_shown_without_its_login(proxy: str, text: str) -> None:
    assert without_login(proxy) == text
