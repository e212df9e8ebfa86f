# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS with a certificate authority that lives as long as the process."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import trustme
from cryptography import x509

CLIENT_NAME: Final = "Sipwise NGCP API client certificate"
"""Common name that the server requires in client certificates."""


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """Certificate and its key, as PEM."""

    serial: int
    chain: str
    key: str


class Authority:
    """Authority that signs the certificates of the server and of its clients."""

    def __init__(self) -> None:
        self._authority = trustme.CA()

    def write(self, path: Path) -> None:
        """Write the certificate that a client must trust."""
        self._authority.cert_pem.write_to_path(str(path))

    def server_context(self, host: str) -> ssl.SSLContext:
        """Return a context for the server. A client may present a certificate, but need not."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        names = dict.fromkeys([host, "127.0.0.1", "::1", "localhost"])
        self._authority.issue_cert(*(name for name in names if name not in ("0.0.0.0", "::", ""))).configure_cert(
            context
        )
        self._authority.configure_trust(context)
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def client_certificate(self) -> ClientCertificate:
        """Issue a certificate to a client."""
        issued = self._authority.issue_cert(common_name=CLIENT_NAME)
        chain = "".join(blob.bytes().decode() for blob in issued.cert_chain_pems)
        serial = x509.load_pem_x509_certificate(chain.encode()).serial_number
        return ClientCertificate(serial, chain, issued.private_key_pem.bytes().decode())
