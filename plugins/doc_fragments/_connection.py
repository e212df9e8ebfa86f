# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach and log in to an NGCP: the options that every module has."""

from __future__ import annotations

import re


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - Where the NGCP's API is, such as V(https://ngcp.example.com:1443).
      - It must be V(https); plain V(http) is taken on the loopback address only.
      - If not given, the environment variable E(NGCP_API_URL) is used.
    type: str
    default: https://127.0.0.1:1443
  api_username:
    description:
      - The login's name. A read-only administrator is enough for check mode.
      - If not given, the environment variable E(NGCP_API_USERNAME) is used.
    type: str
  api_password:
    description:
      - The login's password.
      - If not given, the environment variable E(NGCP_API_PASSWORD) is used.
    type: str
  api_token:
    description:
      - A token (JWT) to use instead of logging in, such as one that M(ngcp.fax.login) returns.
      - A token that expires in the middle is renewed once if O(api_username) and O(api_password) are given as well.
      - If not given, the environment variable E(NGCP_API_TOKEN) is used.
    type: str
  auth:
    description:
      - V(jwt) logs in once, and then sends the token. Each task logs in for itself, and so does each item of a loop
        unless the module runs inside Ansible's own process.
      - V(basic) sends username and password with every request, which costs the server half a second of work each time.
      - V(auto) is V(jwt), and V(basic) only where the server says that it has no key for tokens.
    type: str
    choices: [auto, jwt, basic]
    default: auto
  otp:
    description:
      - The one-time password of a login with two factors. It changes every half minute; O(otp_secret) makes it anew.
    type: str
  otp_secret:
    description:
      - The secret (base32) of a login with two factors, from which the one-time password of the moment is made.
      - It needs the Python library C(pyotp), and cannot be given together with O(otp).
    type: str
  validate_certs:
    description:
      - Whether the server's certificate must be trusted. Set it to V(false) for tests only.
      - E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) change nothing about it.
    type: bool
    default: true
  ca_path:
    description:
      - A file (PEM) or a folder with the authorities to trust, instead of those that come with Python's C(certifi).
      - If not given, the environment variable E(NGCP_CA_PATH) is used.
    type: path
  client_cert:
    description:
      - A client certificate to show to the server (PEM), which may hold its key as well.
    type: path
  client_key:
    description:
      - The key of O(client_cert) (PEM), if it is in a file of its own. It must not be encrypted, in either file.
    type: path
  proxy:
    description:
      - The URL of a proxy. Without it, E(HTTPS_PROXY) and E(NO_PROXY) in the environment count.
      - An entry of E(NO_PROXY) is a host, a domain, an address or a network. A port may follow, and an IPv6 address may
        stand in brackets (V([::1]:1443)).
      - A login that the proxy refuses (HTTP 407) is tried once, and fails the run.
    type: str
  timeout:
    description:
      - How many seconds to wait for a connection, and then for an answer, and between two parts of it.
      - If a server answers none of several requests for one and a half times as long, the run stops, and everybody else
        is reported as not tried.
    type: float
    default: 60
  request_timeout:
    description:
      - How many seconds one try of a request may take, from its beginning to the end of its answer. If not given, ten
        times O(timeout).
      - A document may take longer, as long as it transfers at 4,000 bytes a second or more.
    type: float
  retries:
    description:
      - How often a request is repeated that failed because the connection was lost or the server was busy (HTTP 429,
        502, 503, 504). The pauses get longer, up to a minute each; a C(Retry-After) of the server beyond that is cut.
      - A PATCH is never repeated as it is, because that would undo what somebody else wrote in between. After a try
        that failed, the settings are read, planned and checked again, and what still differs is sent. This happens at
        most as often as this option says, and at most three times after HTTP 500, which the server returns when writes
        deadlock.
      - With V(0) nothing is repeated, not even a PATCH that met a deadlock. After a PATCH that may have been applied,
        the settings are read once all the same, to find out.
      - A login that was refused or whose answer was lost, and a fax that may have been sent, are never repeated.
    type: int
    default: 3
requirements:
  - requests
  - jsonpatch
  - pyotp, with O(otp_secret) only
"""

    # The same for plugins, whose environment variables Ansible itself reads. Annotated, for sanity tests take a plain
    # assignment for a literal text.
    PLUGIN: str = re.sub(
        r"( +- If not given, the .* E\((\w+)\) is used\.\n)", r"\1    env:\n      - name: \2\n", DOCUMENTATION
    )
