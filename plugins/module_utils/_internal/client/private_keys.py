# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys that are encrypted: OpenSSL would ask the terminal for their pass phrase, and wait without end."""

from __future__ import annotations

import re

# PKCS#8, and the older form of OpenSSL (RFC 1421), whose headers follow the first line.
ENCRYPTED = re.compile(
    rb"-----BEGIN ENCRYPTED PRIVATE KEY-----|-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\s+Proc-Type:\s*4\s*,\s*ENCRYPTED",
    re.IGNORECASE,
)


def is_encrypted(pem: bytes) -> bool:
    """Tell whether a PEM file holds a private key that needs a pass phrase."""
    return bool(ENCRYPTED.search(pem))
