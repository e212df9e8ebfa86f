# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options for reaching and logging in to an NGCP, which every module that talks to the server has."""

from __future__ import annotations

import re


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - URL of the NGCP API, such as V(https://ngcp.example.com:1443).
      - It must start with V(https). Plain V(http) is accepted for the loopback address only.
      - If not given, the environment variable E(NGCP_API_URL) is used.
    type: str
    default: https://127.0.0.1:1443
  api_username:
    description:
      - Username of the login. A read-only administrator is enough for check mode.
      - If not given, the environment variable E(NGCP_API_USERNAME) is used.
    type: str
  api_password:
    description:
      - Password of the login.
      - If not given, the environment variable E(NGCP_API_PASSWORD) is used.
    type: str
  api_token:
    description:
      - Token (JWT) to use instead of logging in, such as the one that M(ngcp.fax.login) returns.
      - If you also give O(api_username) and O(api_password), a token that expires during the run is renewed once.
      - If not given, the environment variable E(NGCP_API_TOKEN) is used.
    type: str
  share_token:
    description:
      - Whether all tasks, items, hosts and forks of a run of Ansible that have the same login share one token, and so
        log in once.
      - The token is in a file of Ansible's temporary folder of the run, encrypted with a key that is derived from the
        login. With V(false), each task logs in for itself.
      - Over a connection other than a local one, each task logs in for itself, unless M(ngcp.fax.login) has run on the
        same host before with the same login. So do tasks with C(async), and the inventory plugin.
      - It has no effect where there is no token to share, with V(auth=basic) or a client certificate alone.
    type: bool
    default: true
  auth:
    description:
      - How to authenticate.
      - V(jwt) logs in once, then sends the token. O(share_token) says who shares it.
      - V(basic) sends the username and password with every request, which costs the server half a second of work each
        time.
      - V(auto) is V(jwt), or V(basic) if the server reports that it has no key for tokens.
    type: str
    choices: [auto, jwt, basic]
    default: auto
  otp:
    description:
      - One-time password of a login with two factors. It changes every half minute; use O(otp_secret) to generate it.
    type: str
  otp_secret:
    description:
      - Secret (base32) of a login with two factors, from which the module generates the current one-time password.
      - Requires the Python library C(pyotp). Mutually exclusive with O(otp).
    type: str
  validate_certs:
    description:
      - Whether to verify the server's certificate. Set this to V(false) for tests only.
      - E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) have no effect.
    type: bool
    default: true
  ca_path:
    description:
      - File (PEM) or folder with the certificate authorities to trust, instead of those of Python's C(certifi).
      - If not given, the environment variable E(NGCP_CA_PATH) is used.
    type: path
  client_cert:
    description:
      - Client certificate to present to the server (PEM). The file may contain the key as well.
    type: path
  client_key:
    description:
      - Key of O(client_cert) (PEM), if it is in a separate file. In either file the key must not be encrypted.
    type: path
  proxy:
    description:
      - URL of a proxy. If not given, E(HTTPS_PROXY) and E(NO_PROXY) in the environment apply.
      - An entry of E(NO_PROXY) is a host, a domain, an address or a network. A port may follow, and an IPv6 address may
        be in brackets (V([::1]:1443)).
      - A login that the proxy refuses (HTTP 407) is tried once and fails the run.
    type: str
  timeout:
    description:
      - Seconds to wait for a connection, then for an answer, and between two parts of an answer.
      - If the server answers none of several requests for one and a half times as long, the run stops and reports all
        remaining subscribers as not tried.
    type: float
    default: 60
  request_timeout:
    description:
      - Seconds that one try of a request may take, from its start to the end of the answer. The default is ten times
        O(timeout).
      - A document may take longer, as long as it transfers at 4,000 bytes a second or more.
    type: float
  retries:
    description:
      - How often to repeat a request after a lost connection or while the server is busy (HTTP 429, 502, 503, 504). The
        pauses grow up to a minute each; a longer C(Retry-After) of the server is shortened to that.
      - A PATCH is never repeated unchanged, because that would undo a write that somebody else made in between.
        Instead, after a failed try the module reads the settings, plans and checks again, and sends what still
        differs. It does this at most as often as this option says, and at most three times after HTTP 500, which the
        server returns when writes deadlock.
      - V(0) repeats nothing, not even a PATCH that met a deadlock. After a PATCH that may have been applied, the module
        still reads the settings once to find out.
      - A login that was refused or whose answer was lost is never repeated, nor is a fax that may have been sent.
    type: int
    default: 3
requirements:
  - requests
  - jsonpatch
  - pyotp, with O(otp_secret) only
"""

    # The same for plugins, whose environment variables Ansible itself reads. The annotation keeps sanity tests, which
    # evaluate a plain assignment as a literal, from failing.
    PLUGIN: str = re.sub(
        r"( +- If not given, the .* E\((\w+)\) is used\.\n)", r"\1    env:\n      - name: \2\n", DOCUMENTATION
    )
