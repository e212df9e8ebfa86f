# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against real sockets: what each way of getting no answer is called, what is retried and what never."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import retry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.concurrency_limit import ConcurrencyLimit
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import BUSY
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    Ambiguous,
    BadOption,
    FaxError,
    Forbidden,
    LoginRefused,
    NoAnswer,
    NotFound,
    NotNgcp,
    NoTokens,
    NotTried,
    Rejected,
    ServerFailed,
    Uncertain,
    Unreachable,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import Selector
from tests.integration.conftest import requests
from tests.simulator.client import Simulator

ITEM = "/api/faxserversettings/1"
PATCH = [{"op": "replace", "path": "/active", "value": True}]
PASSWORD = "administrator"


def client_of(simulator: Simulator, **options: Any) -> Client:
    defaults = {"api_username": "administrator", "api_password": PASSWORD, "ca_path": simulator.ca_file}
    return Client(Connection(api_url=simulator.url, **{**defaults, **options}))


@contextlib.contextmanager
def odd_server(status: int, headers: dict[str, str], body: bytes, tls: trustme.LeafCert | None) -> Iterator[str]:
    """Yield the https address of a server that is not an NGCP: it gives the same answer to every request."""

    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            # A client that speaks TLS to plain HTTP, or does not like the certificate, goes away.
            with contextlib.suppress(OSError):
                super().handle()

        def answer(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("127.0.0.1")


@pytest.fixture
def ca_path(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def failure(url: str, **options: Any) -> FaxError:
    """Return the error of a first request to `url`."""
    connection = Connection(api_url=url, **{"api_username": "u", "api_password": "s3cret", "retries": 0, **options})
    with pytest.raises(FaxError) as caught, Client(connection) as client:
        client.get(ITEM)
    assert "s3cret" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, {"Content-Type": "text/html"}, b"<html>Welcome</html>"),
        (404, {"Content-Type": "text/html"}, b"<html>Not found</html>"),
        (405, {"Content-Type": "text/plain"}, b"no"),
        (200, {"Content-Type": "application/json"}, b"[]"),
        (200, {"Content-Type": "application/json"}, b'{"token": 1}'),
    ],
)
def test_something_else_answers(
    status: int, headers: dict[str, str], body: bytes, certificate: trustme.LeafCert, ca_path: str
) -> None:
    with odd_server(status, headers, body, certificate) as url:
        error = failure(url, ca_path=ca_path)
    assert isinstance(error, NotNgcp)
    assert str(error) == (
        f"What answers at {url} is not the API of an NGCP (POST /login_jwt, HTTP {status}). "
        "Check api_url: the API is usually at https, port 1443."
    )


def test_a_redirect_is_not_followed(certificate: trustme.LeafCert, ca_path: str) -> None:
    with odd_server(301, {"Location": "https://elsewhere.example.com/"}, b"", certificate) as url:
        error = failure(url, ca_path=ca_path, api_token="token")
    assert isinstance(error, NotNgcp)
    assert "redirects to another address" in str(error)


def test_a_port_without_tls() -> None:
    with odd_server(200, {}, b"", None) as url:
        error = failure(url)
    assert isinstance(error, Unreachable)
    assert str(error).startswith(f"What answers at {url} does not speak TLS (POST /login_jwt). Check api_url")


def test_a_certificate_that_is_not_trusted(simulator: Simulator) -> None:
    error = failure(simulator.url)
    assert isinstance(error, Unreachable)
    assert str(error).startswith(f"The certificate of {simulator.url} is not trusted (POST /login_jwt). Give the")


def test_a_certificate_of_another_name(authority: trustme.CA, ca_path: str) -> None:
    with odd_server(200, {}, b"", authority.issue_cert("ngcp.example.com")) as url:
        assert str(failure(url, ca_path=ca_path)).startswith(f"The certificate of {url} is for another name")


def test_a_certificate_that_is_not_trusted_is_looked_at_once(simulator: Simulator) -> None:
    assert "is not trusted" in str(failure(simulator.url, retries=50))


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_neither_trusts_nor_distrusts(
    variable: str, simulator: Simulator, ca_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, simulator.ca_file)
    assert "is not trusted" in str(failure(simulator.url))
    monkeypatch.setenv(variable, ca_path)
    with client_of(simulator) as client:
        assert client.get(ITEM)["id"] == 1
    with client_of(simulator, ca_path=None, validate_certs=False) as client:
        assert client.get(ITEM)["id"] == 1


def test_netrc_replaces_no_login(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login administrator password wrong\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with client_of(simulator) as client:
        assert client.get(ITEM)["id"] == 1


def test_nobody_listens() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{bound.getsockname()[1]}"
        error = failure(url, retries=1)
    assert isinstance(error, Unreachable)
    assert str(error).startswith(f"{url} refuses the connection (POST /login_jwt). Check api_url")


def test_a_host_that_is_not_known() -> None:
    assert "The host of https://nosuch.invalid:1443 is not known" in str(failure("https://nosuch.invalid:1443"))


def test_no_answer_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        error = failure(url, timeout=0.05)
    assert isinstance(error, NoAnswer)
    assert str(error).startswith(f"{url} did not answer within 0.05 s (POST /login_jwt). Try again")


@pytest.mark.parametrize("option", ["ca_path", "client_cert", "client_key"])
def test_a_file_that_is_not_there(option: str) -> None:
    files: dict[str, Any] = {option: "/nosuch.pem"}
    with pytest.raises(BadOption, match=f"{option}: '/nosuch.pem' cannot be read"):
        Client(Connection(api_username="u", api_password="p", **files))


@pytest.mark.parametrize("option", ["ca_path", "client_cert", "client_key"])
def test_a_fifo_is_no_certificate(option: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.pem")
    files: dict[str, Any] = {option: str(tmp_path / "fifo.pem")}
    with pytest.raises(BadOption, match=rf"{option}: '.*/fifo\.pem' cannot be read"):
        Client(Connection(api_username="u", api_password="p", **files))


@pytest.mark.parametrize(
    ("option", "content", "what"),
    [
        ("ca_path", "nothing\n", "ca_path holds no certificate"),
        ("ca_path", "-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n", "ca_path holds no certificate"),
        ("client_cert", "nothing\n", "client_cert or client_key is not valid PEM, or they do not match"),
    ],
)
def test_a_file_that_is_no_certificate(
    option: str, content: str, what: str, simulator: Simulator, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text(content, encoding="utf-8")
    error = failure(simulator.url, **{"ca_path": simulator.ca_file, option: str(wrong)})
    assert str(error).startswith(what)


def test_one_login_and_one_connection_for_many_requests(simulator: Simulator) -> None:
    with client_of(simulator) as client:
        for _round in range(3):
            client.get(ITEM)
    assert requests(simulator) == [["POST /login_jwt", f"GET {ITEM}", f"GET {ITEM}", f"GET {ITEM}"]]
    assert simulator.control("GET", "/counters")["connections"] == 1


def test_auto_falls_back_to_basic_where_the_server_has_no_key(simulator: Simulator) -> None:
    simulator.control("PUT", "/options", {"jwt_key": False})
    with client_of(simulator) as client:
        client.get(ITEM)
    assert simulator.control("GET", "/log")["requests"][-1]["auth"] == "basic"
    with client_of(simulator, auth="jwt") as client, pytest.raises(NoTokens, match="The server has no key for tokens"):
        client.get(ITEM)


def test_basic_and_a_token(simulator: Simulator) -> None:
    with client_of(simulator, auth="basic") as client:
        client.get(ITEM)
    assert requests(simulator) == [[f"GET {ITEM}"]]
    with client_of(simulator) as client:
        client.get(ITEM)
        token = max(client.secrets, key=len)
    simulator.control("DELETE", "/log")
    with client_of(simulator, api_username=None, api_password=None, api_token=token) as client:
        client.get(ITEM)
    assert requests(simulator) == [[f"GET {ITEM}"]]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"api_password": "wrong"}, "this username and password (POST /login_jwt, HTTP 403)."),
        ({"api_password": "wrong", "auth": "basic"}, f"this username and password (GET {ITEM}, HTTP 401)."),
        ({"api_token": "junk", "api_username": None, "api_password": None}, f"the token (GET {ITEM}, HTTP 403)."),
    ],
)
def test_a_refused_login_is_tried_once(options: dict[str, Any], sentence: str, simulator: Simulator) -> None:
    with client_of(simulator, **options) as client, pytest.raises(LoginRefused) as caught:
        client.get(ITEM)
    assert str(caught.value).startswith(f"The server does not accept {sentence}")
    assert simulator.control("GET", "/counters")["requests"] == 1


def test_a_banned_account(simulator: Simulator) -> None:
    for _failure in range(5):
        with client_of(simulator, api_password="wrong") as client, pytest.raises(LoginRefused):
            client.get(ITEM)
    with client_of(simulator) as client, pytest.raises(LoginRefused, match="is banned on this address"):
        client.get(ITEM)


def test_a_read_only_administrator_reads(simulator: Simulator) -> None:
    for auth in ("jwt", "basic"):
        with client_of(simulator, api_username="readonly", auth=auth) as client:
            client.get(ITEM)
            with pytest.raises(Forbidden, match="a read-only administrator may read only"):
                client.patch(ITEM, PATCH)


def test_no_licence(simulator: Simulator) -> None:
    simulator.control("PUT", "/options", {"fax_license": False})
    with client_of(simulator) as client, pytest.raises(Forbidden, match="The server has no licence for fax"):
        client.get(ITEM)


def test_what_the_server_rejects_is_said_without_the_value(simulator: Simulator) -> None:
    patch = [{"op": "replace", "path": "/secret_key_renew", "value": "s3cret"}]
    with client_of(simulator) as client, pytest.raises(Rejected) as caught:
        client.patch("/api/mailtofaxsettings/1", patch)
    assert str(caught.value).startswith("The server rejects it: secret_key_renew: ")


def test_several_objections_are_said_without_their_values(simulator: Simulator) -> None:
    message = (
        "Validation failed. field='password', input='s3cret', errors='Too short'; "
        "field='0_destination', input='it's', errors=''it's' is not valid'"
    )
    fault = {"method": "PATCH", "status": 422, "body": json.dumps({"code": 422, "message": message})}
    simulator.control("PUT", "/faults", [fault])
    with client_of(simulator) as client, pytest.raises(Rejected) as caught:
        client.patch(ITEM, PATCH)
    assert caught.value.what == "The server rejects it: password: Too short; 0_destination: 'it's' is not valid"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("почта@пример.рф", "The server rejects it: 0_destination: Email should be of the format someuser@ex…"),
        ("ä@b.de", "The server rejects it: 0_destination: "),
    ],
)
def test_a_refused_address_beyond_latin_1(address: str, sentence: str, simulator: Simulator) -> None:
    """The server cuts such an answer off, and writes other letters than those of ASCII as no UTF-8."""
    entry = {"destination": address, "filetype": "PDF", "incoming": True, "outgoing": True, "status": True}
    with client_of(simulator) as client, pytest.raises(Rejected) as caught:
        client.patch(ITEM, [{"op": "replace", "path": "/destinations", "value": [entry]}])
    assert caught.value.what.startswith(sentence)
    assert simulator.control("GET", "/counters")["methods"]["PATCH"] == 1


@pytest.mark.parametrize("pause", ["x", "-5", "Wed, 21 Oct 2037 07:28:00 GMT", "1.5", ""])
def test_an_odd_retry_after(pause: str, simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"method": "GET", "status": 429, "headers": {"Retry-After": pause}}])
    with client_of(simulator) as client:
        assert client.get(ITEM)["id"] == 1


def test_a_crash_of_the_server(simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"method": "GET", "status": 500, "body": "<html>x</html>"}])
    with (
        client_of(simulator) as client,
        pytest.raises(ServerFailed, match="The server crashed and answered with an HTML error page"),
    ):
        client.get(ITEM)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_reads_are_retried_when_the_server_is_busy(status: int, simulator: Simulator) -> None:
    fault = {"method": "GET", "path": "/api/", "times": 2, "status": status, "headers": {"Retry-After": "3600"}}
    simulator.control("PUT", "/faults", [fault])
    with client_of(simulator) as client:
        assert client.get(ITEM)["id"] == 1
    assert simulator.control("GET", "/counters")["methods"]["GET"] == 3


LOGIN_PAGE = {"status": 200, "headers": {"Content-Type": "text/html"}, "body": "<html>Log in</html>"}
REFUSED = {"code": 422, "message": "No."}
CUT_REFUSAL = {"status": 422, "headers": {"Content-Type": "application/json"}, "body": '{"code":422,"message":"Val'}


@pytest.mark.parametrize(
    ("fault", "kind", "perhaps_done", "retry_after"),
    [
        ({"status": 429, "headers": {"Retry-After": "7"}}, ServerFailed, False, 7.0),
        ({"status": 503, "headers": {"Retry-After": "7"}}, ServerFailed, True, 7.0),
        ({"status": 503}, ServerFailed, True, None),
        ({"status": 502, "headers": {"Retry-After": "7"}}, ServerFailed, True, None),
        ({"status": 504}, ServerFailed, True, None),
        ({"status": 500, "body": "<html>crash</html>"}, ServerFailed, True, None),
        ({"status": 500, "body": {"code": 500, "message": "could not be updated."}}, ServerFailed, True, None),
        ({"status": 408, "body": {"code": 408, "message": "x"}}, Rejected, True, None),
        ({"status": 413, "body": "<html>"}, Rejected, False, None),
        ({"status": 422, "body": REFUSED}, Rejected, False, None),
        (CUT_REFUSAL, FaxError, False, None),
        ({"status": 404, "body": "<html>"}, NotNgcp, True, None),
        ({"status": 302, "headers": {"Location": "https://elsewhere.example.com/"}}, NotNgcp, False, None),
        (LOGIN_PAGE, NotNgcp, True, None),
        ({"status": 200, "body": '{"id": 1, "acti'}, NotNgcp, True, None),
        ({"status": 200, "body": "[]"}, NotNgcp, True, None),
        ({"close": "before"}, NoAnswer, True, None),
        ({"close": "after"}, NoAnswer, True, None),
        ({"close": "middle"}, NoAnswer, True, None),
    ],
)
def test_a_patch_is_sent_once_and_its_error_tells_whether_it_may_have_been_applied(
    fault: dict[str, Any],
    kind: type[FaxError],
    perhaps_done: bool,
    retry_after: float | None,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 60.0)
    simulator.control("PUT", "/faults", [{"method": "PATCH", "times": None, **fault}])
    with client_of(simulator) as client:
        limit = ConcurrencyLimit(4)
        client.limit_requests(limit)
        with pytest.raises(kind) as caught:
            client.patch(ITEM, PATCH)
        assert (caught.value.perhaps_done, client.perhaps_wrote) == (perhaps_done, perhaps_done)
        assert caught.value.retry_after == retry_after
        assert limit.busy_answers == (caught.value.status in BUSY)
    assert simulator.control("GET", "/counters")["methods"]["PATCH"] == 1


def test_a_busy_answer_to_a_patch_slows_the_run_down(simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"method": "PATCH", "status": 429}])
    with client_of(simulator) as client:
        limit = ConcurrencyLimit(4)
        client.limit_requests(limit)
        with pytest.raises(ServerFailed):
            client.patch(ITEM, PATCH)
    assert (limit.busy_answers, limit.least) == (1, 2)


def test_a_patch_whose_token_was_refused_is_sent_again_as_it_is(simulator: Simulator) -> None:
    with client_of(simulator) as client:
        client.get(ITEM)
        simulator.control("POST", "/rotate_token_key")
        assert client.patch(ITEM, PATCH)
    assert requests(simulator)[-2:] == [
        ["POST /login_jwt", f"GET {ITEM}", f"PATCH {ITEM}"],
        ["POST /login_jwt", f"PATCH {ITEM}"],
    ]


def test_a_refused_write_is_known_to_have_had_no_effect(simulator: Simulator) -> None:
    """A login that is interrupted does not count as a write."""
    simulator.control("PUT", "/faults", [{"path": "/login_jwt", "close": "after", "times": None}])
    with client_of(simulator) as client, pytest.raises(NoAnswer) as caught:
        client.patch(ITEM, PATCH)
    assert (caught.value.perhaps_done, client.perhaps_wrote) == (False, False)


def test_a_500_that_holds_the_item_is_an_answer(simulator: Simulator) -> None:
    """The panel's own second try after a deadlock succeeds, and keeps the status of the first."""
    with client_of(simulator) as client:
        item = {**client.get(ITEM), "active": True}
        simulator.control("PUT", "/faults", [{"method": "PATCH", "status": 500, "body": item}])
        assert client.patch(ITEM, PATCH) == item


def test_a_delete_that_meets_a_closed_port_after_a_lost_answer_may_have_been_done(
    certificate: trustme.LeafCert, ca_path: str
) -> None:
    with answering_half(certificate, 9, connections=1) as (url, seen):
        client = Client(Connection(api_url=url, api_token="t", ca_path=ca_path, retries=1))
        with pytest.raises(Unreachable) as caught:
            client.delete("/api/faxes/5")
    assert (len(seen), caught.value.perhaps_done, client.perhaps_wrote) == (1, True, True)


def test_a_server_that_stays_busy(simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"method": "GET", "times": None, "status": 503}])
    with (
        client_of(simulator, retries=2) as client,
        pytest.raises(ServerFailed, match="stayed busy or unavailable through all retries"),
    ):
        client.get(ITEM)
    assert simulator.control("GET", "/counters")["methods"]["GET"] == 3


@pytest.mark.parametrize("close", ["before", "after"])
def test_reads_are_retried_on_a_lost_connection(close: str, simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"method": "GET", "path": "/api/", "times": 2, "close": close}])
    with client_of(simulator) as client:
        assert client.get(ITEM)["id"] == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"close": "before"}, Uncertain),
        ({"close": "after"}, Uncertain),
        ({"status": 502}, Uncertain),
        ({"status": 504, "body": "<html>Gateway Timeout</html>"}, Uncertain),
        ({"status": 500, "body": "<html>crash</html>"}, Uncertain),
        ({"status": 429}, ServerFailed),
        ({"status": 408, "body": "<html>"}, Uncertain),
        ({"status": 200, "body": "<html>Welcome</html>"}, Uncertain),
        ({"status": 503}, Uncertain),
    ],
)
def test_a_post_is_never_repeated(fault: dict[str, Any], kind: type[FaxError], simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"method": "POST", "path": "/api/faxes/", "times": 1, **fault}])
    with client_of(simulator) as client, pytest.raises(kind):
        client.post("/api/faxes/", {"destination": "431", "subscriber_id": 3, "data": "x"})
    posts = [one for one in simulator.control("GET", "/log")["requests"] if one["path"] == "/api/faxes/"]
    assert len(posts) <= 1


@contextlib.contextmanager
def answering_half(
    certificate: trustme.LeafCert, halves: int, connections: int | None = None
) -> Iterator[tuple[str, list[bytes]]]:
    """A server that breaks off in the middle of its first answers, and answers the next one wholly. After so many
    `connections` its port is closed.
    """
    body = b'{"id": 1, "_links": {"self": {"href": "/api/faxserversettings/1"}}}'
    seen: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while len(seen) != connections:
                raw, _address = listener.accept()
                if len(seen) + 1 == connections:
                    listener.close()
                with context.wrap_socket(raw, server_side=True) as connection:
                    seen.append(connection.recv(65536))
                    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
                    connection.sendall(head + (body[:9] if len(seen) <= halves else body))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", seen


@pytest.mark.parametrize(("halves", "tries"), [(0, 1), (2, 3), (9, 4)])
def test_an_answer_that_breaks_off_is_asked_for_again(
    halves: int, tries: int, certificate: trustme.LeafCert, ca_path: str
) -> None:
    with answering_half(certificate, halves) as (url, seen):
        client = Client(Connection(api_url=url, api_token="t", ca_path=ca_path, retries=3))
        if tries > 3:
            with pytest.raises(NoAnswer, match="was cut off before the answer was complete"):
                client.get(ITEM)
        else:
            assert client.get(ITEM)["id"] == 1
    assert len(seen) == tries


def test_a_post_whose_answer_breaks_off_is_not_repeated(certificate: trustme.LeafCert, ca_path: str) -> None:
    with answering_half(certificate, 9) as (url, seen):
        client = Client(Connection(api_url=url, api_token="t", ca_path=ca_path, retries=3))
        with pytest.raises(Uncertain):
            client.post("/api/faxes/", {})
    assert len(seen) == 1


def test_check_mode_cannot_write(simulator: Simulator, connection: dict[str, Any]) -> None:
    client = Client(Connection(**connection), read_only=True)
    with pytest.raises(AssertionError, match="check mode must not send PATCH"):
        client.patch(ITEM, PATCH)
    assert simulator.control("GET", "/counters")["requests"] == 0


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ({"subscriber_id": 3}, Subscriber(3)),
        ({"subscriber": "USER3@D1.example.org"}, Subscriber(3, "user3@d1.example.org")),
        ({"external_id": "ext-3"}, Subscriber(3, "user3@d1.example.org")),
    ],
)
def test_a_subscriber_is_found(selector: dict[str, Any], found: Subscriber, simulator: Simulator) -> None:
    with client_of(simulator) as client:
        assert subscribers.find(client, Selector(**selector)) == found


@pytest.mark.parametrize(
    ("selector", "login", "sentence"),
    [
        ({"subscriber": "user3@d2.example.org"}, "administrator", "There is no subscriber user3@d2.example.org"),
        ({"subscriber": "user29@d1.example.org"}, "administrator", "There is no subscriber user29@d1.example.org"),
        ({"external_id": "ext"}, "administrator", "There is no subscriber external_id 'ext'"),
        ({"external_id": "ext-16"}, "reseller1", "There is no subscriber external_id 'ext-16'"),
    ],
)
def test_a_subscriber_is_not_found(selector: dict[str, Any], login: str, sentence: str, simulator: Simulator) -> None:
    with client_of(simulator, api_username=login) as client, pytest.raises(NotFound) as caught:
        subscribers.find(client, Selector(**selector))
    assert str(caught.value).startswith(sentence)


def test_settings_of_nobody(simulator: Simulator) -> None:
    for resource in (FAXSERVER_SETTINGS, MAILTOFAX_SETTINGS):
        with client_of(simulator) as client, pytest.raises(NotFound, match="There is no subscriber 29 on this server"):
            settings.read(client, resource, Subscriber(29))


def page_of(*items: dict[str, Any], links: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a fault that answers every look-up with `items`."""
    body = {"_embedded": {"ngcp:subscribers": items}, "_links": links or {}}
    return {"path": "/api/subscribers/", "status": 200, "body": json.dumps(body)}


def test_a_server_that_answers_every_page_with_the_same(simulator: Simulator) -> None:
    same = page_of({"id": 7, "username": "fax120", "domain": "y"}, links={"next": {"href": "…"}})
    simulator.control("PUT", "/faults", [{**same, "times": None}])
    with client_of(simulator) as client, pytest.raises(NotNgcp, match="answers every page with the same items"):
        subscribers.find(client, Selector(subscriber="fax_20@y"))


def test_a_filter_that_the_server_ignores_finds_nobody_else(simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [page_of({"id": 7, "username": "x", "domain": "y"})])
    with client_of(simulator) as client, pytest.raises(NotNgcp, match="answered with another subscriber"):
        subscribers.find(client, Selector(subscriber="user3@d1.example.org"))


def test_a_name_with_a_wildcard_of_sql_finds_its_own(simulator: Simulator) -> None:
    """`_` is any letter for the server: the one asked for may come on a later page."""
    alike = [{"id": number, "username": f"fax{number}20", "domain": "y"} for number in range(10)]
    own = {"id": 20, "username": "fax_20", "domain": "y"}
    simulator.control("PUT", "/faults", [page_of(*alike, links={"next": {"href": "…"}}), page_of(own)])
    with client_of(simulator) as client:
        assert subscribers.find(client, Selector(subscriber="fax_20@y")) == Subscriber(20, "fax_20@y")


def test_two_subscribers_with_one_external_id(simulator: Simulator) -> None:
    two = [{"id": number, "username": "x", "domain": "y", "external_id": "E"} for number in (7, 8)]
    simulator.control("PUT", "/faults", [page_of(*two)])
    with client_of(simulator) as client, pytest.raises(Ambiguous, match=r"More than one subscriber is .* \(ids 7, 8\)"):
        subscribers.find(client, Selector(external_id="e"))


@pytest.mark.parametrize(
    "item",
    [
        {"id": 4, "_links": {"self": {"href": "/api/faxserversettings/3"}}},
        {"id": 3, "_links": {"self": {"href": "/api/faxserversettings/4"}}},
        {"id": 3, "_links": {"self": {"href": "/api/faxserversettings/13"}}},
    ],
)
def test_another_subscriber_than_asked_for(item: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"path": "/api/faxserversettings/3", "status": 200, "body": json.dumps(item)}])
    with client_of(simulator) as client, pytest.raises(NotNgcp, match="Asked for /api/faxserversettings/3, the server"):
        settings.read(client, FAXSERVER_SETTINGS, Subscriber(3))


def test_a_busy_server_at_login_is_tried_again(simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"path": "/login_jwt", "times": 2, "status": 503}])
    with client_of(simulator) as client:
        assert client.get(ITEM)["id"] == 1
    assert simulator.control("GET", "/counters")["logins"] == 3


def test_a_login_whose_answer_is_lost_is_not_tried_again(simulator: Simulator) -> None:
    """It may have been counted as a failure."""
    simulator.control("PUT", "/faults", [{"path": "/login_jwt", "times": None, "close": "after"}])
    with client_of(simulator) as client, pytest.raises(NoAnswer):
        client.get(ITEM)
    assert simulator.control("GET", "/counters")["logins"] == 1


def test_a_proxy_of_the_environment_never_reads_the_login(
    authority: trustme.CA, certificate: trustme.LeafCert, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without TLS it could."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with odd_server(200, {}, b'{"jwt": "token"}', None) as url:
        client = Client(Connection(api_url=url.replace("https", "http"), api_username="u", api_password="p"))
        assert client.get(ITEM) == {"jwt": "token"}


@contextlib.contextmanager
def tunnel() -> Iterator[str]:
    """Yield the address of a proxy that lets every connection through."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += self.request.recv(1)
            host, port = head.split()[1].decode().split(":")
            with socket.create_connection((host, int(port))) as server:
                self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=copy, args=(server, self.request))
                back.start()
                copy(self.request, server)
                back.join()

    def copy(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as proxy:
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}"
        finally:
            proxy.shutdown()
            thread.join()


def test_an_answer_that_is_lost_behind_a_proxy_is_uncertain(simulator: Simulator) -> None:
    """urllib3 takes that for a proxy that could not be reached."""
    simulator.control("PUT", "/faults", [{"method": "POST", "path": "/api/faxes/", "close": "after"}])
    with tunnel() as proxy, client_of(simulator, proxy=proxy) as client:
        client.get(ITEM)
        with pytest.raises(Uncertain):
            client.post("/api/faxes/", {"destination": "431", "subscriber_id": 3, "data": "x"})


def test_a_login_that_is_lost_behind_a_proxy_is_tried_once(simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"path": "/login_jwt", "close": "after", "times": None}])
    with tunnel() as proxy, client_of(simulator, proxy=proxy) as client, pytest.raises(NoAnswer):
        client.get(ITEM)
    assert simulator.control("GET", "/counters")["logins"] == 1


NO_LOGIN = {"api_username": None, "api_password": None}


@pytest.mark.parametrize("options", [{"auth": "basic", "api_password": "wrong"}, {"api_token": "junk", **NO_LOGIN}])
def test_a_login_of_many_threads_is_tried_once(options: dict[str, Any], simulator: Simulator) -> None:
    with client_of(simulator, **options) as client:
        outcomes = concurrency.map_concurrently(
            lambda number: client.get(f"/api/faxserversettings/{number}"), range(1, 17), 8
        )
    assert all(isinstance(outcome, (LoginRefused, NotTried)) for outcome in outcomes)
    assert simulator.control("GET", "/counters")["requests"] == 1


def test_errors_of_many_threads_are_scrubbed(simulator: Simulator) -> None:
    """While some threads learn new secrets, others take all secrets out of a text."""
    with client_of(simulator) as client:

        def learn_and_fail(number: int) -> None:
            client.secrets.add(f"secret {number}")
            client.get(f"/api/faxserversettings/{99_000 + number}")

        outcomes = concurrency.map_concurrently(learn_and_fail, range(400), 16)
    assert all(isinstance(outcome, NotFound) for outcome in outcomes)
