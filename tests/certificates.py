# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that trustme does not issue: not valid at this time, and keys with a pass phrase."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def server_context(folder: Path, first_day: int, last_day: int) -> tuple[ssl.SSLContext, str]:
    """A server's context for 127.0.0.1 and the file to trust; its days are counted from today."""
    now = datetime.datetime.now(datetime.timezone.utc)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an NGCP")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + first_day * DAY)
        .not_valid_after(now + last_day * DAY)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / f"{first_day}.pem", folder / f"{first_day}.key"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(_pem(key, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return context, str(trusted)


def encrypted(pem: bytes, traditional: bool) -> bytes:
    """The same private key with a pass phrase, in PKCS#8 or in OpenSSL's older form."""
    key = serialization.load_pem_private_key(pem, None)
    form = serialization.PrivateFormat.TraditionalOpenSSL if traditional else serialization.PrivateFormat.PKCS8
    return _pem(key, form, serialization.BestAvailableEncryption(b"pass phrase"))


def _pem(key: object, form: serialization.PrivateFormat, how: serialization.KeySerializationEncryption) -> bytes:
    made: bytes = key.private_bytes(serialization.Encoding.PEM, form, how)  # type: ignore[attr-defined]
    return made
