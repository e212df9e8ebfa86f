#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_send
short_description: Send a fax and wait for its outcome
version_added: 0.1.0
description:
  - Sends a document as a fax from one subscriber of a Sipwise NGCP, and waits until the journal says what became of it.
  - A fax is sent once. If the answer to the request is lost, it is not repeated; the journal is asked instead.
  - Every run sends a fax. In check mode everything is checked and nothing is sent.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax.attributes
  - ngcp.fax.connection
  - ngcp.fax.selector
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: none
options:
  destination:
    description:
      - The number to send to, quoted. The server does not check it, and its rewrite rules may change it.
    type: str
    required: true
  src:
    description:
      - The document to send, such as a PDF or TIFF file.
      - It is on the controller, or with O(remote_src=true) on the managed host.
      - Exactly one of O(src) and O(content) must be given.
    type: path
  content:
    description:
      - A text to send instead of a document.
    type: str
  remote_src:
    description:
      - Whether O(src) is on the managed host already.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait for the outcome, and to fail if the fax did not arrive.
      - Without it the module returns as soon as the server has queued the fax, and nobody knows whether it arrives.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds to wait for the outcome.
    type: float
    default: 300
  poll_interval:
    description:
      - How many seconds to wait between two looks into the journal.
    type: float
    default: 5
seealso:
  - module: ngcp.fax.faxserver_settings
notes:
  - The server does not say which journal entry belongs to which fax. The module takes the subscriber's new entry with
    the dialled number, prefix zeros and punctuation aside. If there is none for two more looks, it takes the one whose
    last digits, four at least, have most in common with it, for the server's rewrite rules may have changed the number.
  - Of faxes that a subscriber sends to the same number at the same time, each takes the oldest entry, so send them one
    after the other.
  - In check mode the subscriber must be active already. A task before it that would activate it has not done so.
"""

EXAMPLES = r"""
- name: Send a document and wait until it has arrived
  ngcp.fax.fax_send:
    api_url: https://ngcp.example.com:1443
    api_username: provisioning
    api_password: "{{ vault_ngcp_password }}"
    subscriber: 4312345@voip.example.com
    destination: "43198765"
    src: files/report.pdf
  register: report

- name: Queue a text
  ngcp.fax.fax_send:
    external_id: clinic-17
    destination: "43198765"
    content: The laboratory is closed tomorrow.
    wait: false
"""

RETURN = r"""
subscriber:
  description: Who sends.
  type: dict
  returned: success
  contains:
    id:
      description: The subscriber's id.
      type: int
      returned: success
    username:
      description: The name before the C(@); null if the subscriber was named by O(subscriber_id).
      type: str
      returned: success
    domain:
      description: The domain; null if the subscriber was named by O(subscriber_id).
      type: str
      returned: success
  sample: {"id": 3, "username": "4312345", "domain": "voip.example.com"}
destination:
  description: The number as given.
  type: str
  returned: success
  sample: "43198765"
state:
  description:
    - V(sent) if it has arrived, V(failed) if not, V(queued) if nobody waited or the outcome could not be read,
      V(uncertain) if it may have been queued, V(not_sent) in check mode.
  type: str
  returned: success, or the fax was queued
  sample: sent
fax:
  description: The journal entry, as the server returns it.
  type: dict
  returned: if the journal has it
  sample:
    id: 12
    subscriber_id: 3
    time: "2026-11-23 10:00:00"
    direction: out
    caller: "4312345"
    callee: "43198765"
    duration: 31
    pages: 1
    signal_rate: 14400
    quality: 8031x7700
    filename: d9799276-b7d9-454f-98c3-714edf7e3072.tif
    status: SUCCESS
    reason: Normal Clearing / SIP 200 OK [1/3]
error:
  description: What kind of failure it was, and of which request.
  type: dict
  returned: failure, unless the options themselves are wrong
  contains:
    kind:
      description: Such as V(fax_failed), V(fax_pending), V(uncertain), V(login_refused), V(not_found), V(unreachable).
      type: str
      returned: failure
    method:
      description: The request's method; null if it was not about one request.
      type: str
      returned: failure
    path:
      description: The request's path.
      type: str
      returned: failure
    status:
      description: The HTTP status that was answered.
      type: int
      returned: failure
    fatal:
      description: Whether every further task with this connection would fail the same way.
      type: bool
      returned: if it is so
  sample: {"kind": "fax_failed", "method": null, "path": null, "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils.faxes import send
from ansible_collections.ngcp.fax.plugins.module_utils.options import spec_of_sending
from ansible_collections.ngcp.fax.plugins.module_utils.runner import main as run


def main() -> None:
    run(spec_of_sending(), send)


if __name__ == "__main__":
    main()
