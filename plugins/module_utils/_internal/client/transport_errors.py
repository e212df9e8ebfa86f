# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map requests without an answer to errors that say why, by tables. No I/O."""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import (
    CHECK_URL,
    LOGIN,
    LOOK_FIRST,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.watchdog import LEAST_RATE
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NoAnswer,
    ProxyRefused,
    TooLarge,
    Uncertain,
    Unreachable,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import advice_about, option_name

# The words of Python's http.client for a proxy that refuses to connect.
NO_TUNNEL = "Tunnel connection failed"
PROXY_LOGIN_REFUSED = 407
PROXY_REFUSES = f"{NO_TUNNEL}: {PROXY_LOGIN_REFUSED}"
CHECK_PROXY = "Check the option proxy, or HTTPS_PROXY and NO_PROXY in the environment."


@dataclass(frozen=True)
class LostRequest:
    """A request without an answer."""

    url: str
    """The server's address."""
    method: str
    path: str
    words: str
    """The messages of the library's errors. They may hold credentials: search them, never show them."""
    timeout: float
    """The value of `timeout`, in seconds."""
    proxy: str | None = None
    """The proxy that the connection goes through, without its login."""
    is_at_proxy: bool = False
    """True if the connection did not get past the proxy."""
    has_left: bool = True
    """True if the request may have reached the server."""
    has_certificate: bool = False
    """True if the client has a certificate."""

    @property
    def sends(self) -> bool:
        """True if the request queues a fax, which must not happen twice."""
        return self.method == "POST" and self.path != LOGIN

    @property
    def who(self) -> str:
        """The party that does not answer."""
        if self.is_at_proxy:
            return f"the proxy {self.proxy}"
        # Before the request has left, the proxy may be to blame too: it can accept the connection and then hang.
        return f"{self.url} through the proxy {self.proxy}" if self.proxy and not self.has_left else self.url


class LossRule(NamedTuple):
    """A cause of lost requests, and its error."""

    pattern: str
    """A regular expression that is searched in the library's words."""
    what: str
    """What happened; `{who}`, `{url}`, `{proxy}` and `{timeout}` stand for the request's."""
    advice: str
    """What to do about it."""
    passing: bool = False
    """True if the next try may succeed."""


def no_answer(lost: LostRequest) -> FaxError:
    """Return the error for a request without an answer."""
    found = loss_of(lost)
    what = found.what.format(who=lost.who, url=lost.url, proxy=lost.proxy or "that is given", timeout=lost.timeout)
    what = _sentence(what)
    if lost.has_left and lost.sends:
        return Uncertain(what, LOOK_FIRST, lost.method, lost.path)
    if PROXY_REFUSES in lost.words:
        return ProxyRefused(what, found.advice, lost.method, lost.path, PROXY_LOGIN_REFUSED)
    advice = CHECK_PROXY if lost.is_at_proxy and found.advice in REPLACED_AT_PROXY else found.advice
    return (NoAnswer if found.passing else Unreachable)(what, advice, lost.method, lost.path)


def overdue(lost: LostRequest, seconds: float, is_document: bool) -> FaxError:
    """Return the error for an exchange that was ended because it took too long."""
    if is_document and lost.has_left:
        what = f"The document was transferred more slowly than {LEAST_RATE:,} bytes a second"
        advice = "Find out what slows it down: the line, the server, or a proxy in between."
    else:
        what = f"{lost.who} did not finish its answer within {seconds:g} s"
        advice = "Try again, or raise request_timeout."
    if lost.has_left and lost.sends:
        return Uncertain(what, LOOK_FIRST, lost.method, lost.path)
    return NoAnswer(_sentence(what), advice, lost.method, lost.path)


def too_large(lost: LostRequest, limit: int, is_document: bool) -> FaxError:
    """Return the error for an answer of more than `limit` bytes."""
    if is_document:
        what = f"The document is larger than {limit:,} bytes, the limit that {option_name('max_size')} sets"
        return TooLarge(what, f"Raise {option_name('max_size')} if you want it all the same.", lost.method, lost.path)
    what = f"The answer is larger than {limit:,} bytes, the limit for settings and lists"
    return TooLarge(what, advice_about("page_size"), lost.method, lost.path)


def refuses_certificate(cause: BaseException) -> bool:
    """Return True if the server ended TLS because of the client's certificate, so that no request reached it."""
    return isinstance(cause, ssl.SSLError) and bool(re.search(OUR_CERTIFICATE, str(cause)))


def _sentence(what: str) -> str:
    return what[0].upper() + what[1:] if what.startswith("the ") else what


def loss_of(lost: LostRequest) -> LossRule:
    """Return the first rule that matches; the last matches everything."""
    table = (*(AT_PROXY if lost.is_at_proxy else ()), *(OWN_CERTIFICATE if lost.has_certificate else ()), *LOSS_RULES)
    return next(each for each in table if re.search(each.pattern, lost.words, flags=re.DOTALL))


CHECK_SERVER = "Check api_url, and whether the server runs and its firewall lets this machine in."
CHECK_NAMES = "Check api_url and this machine's name servers."
CHECK_NETWORK = "Check api_url, the network and the firewall."
LONGER = "Try again, or raise timeout."
LASTS = "Try again; if it persists, check api_url (https?), the server, its proxy and the network."
# Advice about the server, replaced where the proxy fails.
REPLACED_AT_PROXY = (CHECK_SERVER, CHECK_NAMES, CHECK_NETWORK, LASTS)

NO_TLS = r"WRONG_VERSION_NUMBER|RECORD_LAYER|HTTP_REQUEST|UNKNOWN_PROTOCOL|PACKET_LENGTH"
OUR_CERTIFICATE = (
    r"CERTIFICATE_REQUIRED|BAD_CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_CERTIFICATE|UNSUPPORTED_CERTIFICATE|"
    r"ALERT_ACCESS_DENIED|ALERT_DECRYPT_ERROR"
)

AT_PROXY: Sequence[LossRule] = (
    LossRule(
        PROXY_REFUSES,
        "the proxy {proxy} does not accept its username and password, or was given none",
        "Correct them in the option proxy, or in HTTPS_PROXY in the environment. Nothing was tried again: some proxies "
        "lock an account after a few failures.",
    ),
    LossRule(
        NO_TLS,
        "the proxy {proxy} does not speak TLS",
        "Give its address with http:// instead of https://, in the option proxy or in HTTPS_PROXY.",
    ),
    LossRule(
        NO_TUNNEL,
        "the proxy {proxy} does not let the connection to {url} through",
        CHECK_PROXY,
    ),
    LossRule(
        r"BadStatusLine|RemoteDisconnected|LineTooLong|UnicodeDecodeError",
        "the proxy {proxy} does not answer with HTTP, or does not answer",
        "Check its address and port in the option proxy or in HTTPS_PROXY; if it speaks TLS, give it with https://.",
        True,
    ),
)
OWN_CERTIFICATE: Sequence[LossRule] = (
    LossRule(
        rf"{OUR_CERTIFICATE}|HANDSHAKE_FAILURE",
        "{who} does not accept this client's certificate",
        "Give client_cert and client_key that are valid today and signed by an authority that the server trusts.",
    ),
)
LOSS_RULES: Sequence[LossRule] = (
    LossRule(
        r"CERTIFICATE_VERIFY_FAILED.*(mismatch|not valid for)|doesn't match",
        "The certificate of {who} is for another name",
        "Give as api_url a name that the certificate holds.",
    ),
    LossRule(
        r"CERTIFICATE_VERIFY_FAILED.*has expired",
        "The certificate of {who}, or that of its authority, has expired",
        "Have it renewed there; if it is valid, check the clock of this machine.",
    ),
    LossRule(
        r"CERTIFICATE_VERIFY_FAILED.*not yet valid",
        "The certificate of {who} is not valid yet",
        "Check the clock of this machine, and then from when the certificate is valid.",
    ),
    LossRule(
        r"CERTIFICATE_VERIFY_FAILED.*revoked",
        "The certificate of {who} is revoked",
        "Have it replaced there.",
    ),
    LossRule(
        r"CERTIFICATE_VERIFY_FAILED.*(too weak|too small)",
        "The certificate of {who} has a key or a signature that is too weak",
        "Have it replaced there.",
    ),
    LossRule(
        r"CERTIFICATE_VERIFY_FAILED",
        "The certificate of {who} is not trusted",
        "Give the authority that signed it as ca_path (validate_certs: false turns the check off, for tests only).",
    ),
    LossRule(
        r"UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|NO_PROTOCOLS_AVAILABLE|WRONG_SSL_VERSION|UNSAFE_LEGACY|"
        r"DH_KEY_TOO_SMALL|LEGACY_SIGALG|VERSION_TOO_LOW|INAPPROPRIATE_FALLBACK|ALERT_INSUFFICIENT_SECURITY",
        "{who} speaks a version of TLS that is too old",
        "Have TLS 1.2 or newer switched on there.",
    ),
    LossRule(NO_TLS, "What answers at {who} does not speak TLS", CHECK_URL),
    LossRule(
        r"SOCKS",
        "The proxy {proxy} speaks SOCKS, which needs the Python library PySocks",
        "Install it, or give an HTTP proxy.",
    ),
    LossRule(r"Proxy(URL|Scheme)|Failed to parse", "The address of the proxy is invalid", CHECK_PROXY),
    LossRule(
        r"NameResolution|getaddrinfo|not known|No address associated",
        "The host of {who} is not known",
        CHECK_NAMES,
    ),
    LossRule(r"Connection refused|Errno 111", "{who} refuses the connection", CHECK_SERVER),
    LossRule(r"ConnectTimeout|unreachable|No route to host", "{who} cannot be reached", CHECK_NETWORK),
    LossRule(
        r"X509.*(PEM lib|no certificate or crl)",
        "ca_path holds no certificate that can be read",
        "Give a file with the authority's certificate in PEM, which begins with -----BEGIN CERTIFICATE-----.",
    ),
    LossRule(
        r"KEY_VALUES_MISMATCH|NO_START_LINE|PEM lib|BAD_DECRYPT|bad decrypt|BAD_PASSWORD",
        "client_cert or client_key is not valid PEM, or they do not match",
        "Give a certificate and the key that belongs to it, which must not be encrypted.",
    ),
    LossRule(
        OUR_CERTIFICATE,
        "{who} wants a client certificate",
        "Give client_cert and client_key, signed by an authority that the server trusts.",
    ),
    LossRule(
        r"HANDSHAKE_FAILURE|NO_SHARED_CIPHER",
        "{who} refuses the TLS handshake: it wants a client certificate, or has no cipher in common with this machine",
        "Give client_cert and client_key if it wants them; otherwise have newer ciphers switched on there.",
    ),
    LossRule(r"timed out|Timeout", "{who} did not answer within {timeout:g} s", LONGER, True),
    LossRule(r"", "The connection to {who} was cut off before the answer was complete", LASTS, True),
)
