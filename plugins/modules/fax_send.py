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
  - Sends a document as a fax from one subscriber of a Sipwise NGCP to one number or to many, and waits until the
    journal says what became of it.
  - A fax is sent once. If the answer to the request is lost, it is not repeated; the journal is asked instead.
  - If C(until) or C(retries) tries a task again, the further try waits for the fax that an earlier one has sent. It
    sends the fax again only if that failed, or if it may have been sent and O(on_uncertain=resend) is set.
  - With O(receipt) a further run sends only what is missing. Without it every run sends again.
  - A fax that does not arrive does not stop those to other numbers. The module fails at the end and names it.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._selector
attributes:
  check_mode:
    support: full
    details: Everything is checked and nothing is sent.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: With O(receipt) only.
options:
  destination:
    description:
      - The number to send to, quoted. The server does not check it, and its rewrite rules may change it.
      - Exactly one of O(destination) and O(destinations) must be given.
    type: str
  destinations:
    description:
      - Many numbers to send the same document to, each quoted. None may stand there twice, punctuation aside.
    type: list
    elements: str
  src:
    description:
      - The document to send, a PDF, TIFF or PostScript file or a text in UTF-8. Its content decides which.
      - A file named C(.pdf), C(.tif), C(.tiff), C(.ps) or C(.eps) must be what its name says, see O(force).
      - It is on the controller, or with O(remote_src=true) on the managed host.
      - Exactly one of O(src) and O(content) must be given.
    type: path
  content:
    description:
      - A text to send instead of a document, up to 1048576 characters.
    type: str
  remote_src:
    description:
      - Whether O(src) is on the managed host already.
    type: bool
    default: false
  max_size:
    description:
      - The largest file that is sent, in bytes or with a unit such as V(64M).
    type: bytes
    default: 64M
  force:
    description:
      - Whether to send a file or text that is probably not meant as a fax. By default it is refused. O(max_size)
        applies all the same, and an empty file is always refused.
      - Whatever the name says, the module refuses a pointer of Git LFS or git-annex, RTF, an HTML page, XML, an e-mail
        with MIME headers, anything in PEM or encrypted by Ansible Vault, and a document in base64, hexadecimal digits
        or uuencode.
      - It refuses a file that does not begin as its name says, such as the text of an error saved as C(report.pdf). PDF
        may begin anywhere in the first 1024 bytes. PostScript may follow a Control-D or PJL commands.
      - It refuses any file other than PDF, TIFF, PostScript and text in UTF-8. BigTIFF is refused, too.
    type: bool
    default: false
  receipt:
    description:
      - A file on the managed host that keeps what became of each fax, by the document's content, the subscriber and the
        number. It is made if it is not there, its folder is not.
      - A fax that has arrived is not sent again, one that was queued is looked for in the journal, and one that failed
        is sent again.
      - It is written before each request and after it. If a run is killed in between, the next one knows that this fax
        may have been sent, and does as O(on_uncertain) says.
      - It is about one server. Runs with the same file wait for each other, by a lock in a hidden file beside it.
    type: path
  mode:
    description:
      - The mode of a new O(receipt). By default only its owner may read and write it.
      - An octal number in quotes, such as V("0640"), or a symbolic mode, such as V(g+r), which is added to or taken
        from V("0600"). The owner must be able to do all that others may.
      - A receipt that is there keeps its mode.
    type: raw
  on_uncertain:
    description:
      - What to do about a fax that may have been sent, for the answer was lost or a run was killed, if the journal does
        not tell either.
      - V(fail) does not send it, and fails.
      - V(resend) sends it once more, so that it may arrive twice. With O(wait=false) only the next run does.
      - V(assume_sent) takes it for sent.
    type: str
    choices: [fail, resend, assume_sent]
    default: fail
  retry_failed:
    description:
      - How often a fax is sent once more that failed because the line was busy or nobody answered.
      - It needs O(wait=true).
    type: int
    default: 0
  retry_pause:
    description:
      - How many seconds to wait before that.
    type: float
    default: 60
  workers:
    description:
      - How many faxes are sent and waited for at the same time, at most 32.
    type: int
    default: 4
  wait:
    description:
      - Whether to wait for the outcome, and to fail if a fax did not arrive.
      - Without it the module does not wait after the server has queued the fax, and nobody knows whether it arrives.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds to wait for the outcome of each fax.
      - What an earlier run queued, or may have sent, is looked for as long after its request. Each try of a task with
        C(until) or C(retries) waits as long again; with O(receipt) they count as runs.
    type: float
    default: 300
  poll_interval:
    description:
      - How many seconds to wait between two looks into the journal.
    type: float
    default: 5
seealso:
  - module: ngcp.fax.faxserver_settings
  - module: ngcp.fax.fax_info
notes:
  - The server does not say which journal entry belongs to which fax. The module takes the subscriber's new entry with
    the dialled number, prefix zeros and punctuation aside. If there is none for two more looks, it takes the one whose
    last digits, four at least, have most in common with it and with no other number on its way, for the server's
    rewrite rules may have changed a prefix of up to three digits.
  - Faxes of one subscriber to one number wait for each other on one machine, if one user sends them, so that each finds
    its own entry. Those that another machine sends at the same time may still be confused with them.
  - In check mode a subscriber whose fax is not active, or a missing folder for O(receipt), is a warning. A task before
    this one may be about to change that.
  - If a module that runs by itself ends without a result, because it was killed for example, the next try of the task
    fails and sends nothing unless O(on_uncertain=resend) is set.
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

- name: Send a document to many, each of them once however often this runs
  ngcp.fax.fax_send:
    external_id: clinic-17
    destinations: ["43198765", "43198766", "43198767"]
    src: files/price-list.pdf
    receipt: /var/lib/fax/price-list.json
    retry_failed: 2
"""

RETURN = r"""
subscriber:
  description: Who sends.
  type: dict
  returned: success, or a fax did not arrive
  contains:
    id: {description: The subscriber's id., type: int, returned: success}
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
  returned: if O(destination) is given
  sample: "43198765"
state:
  description:
    - V(sent) if it has arrived, by this run or as the receipt says.
    - V(failed) if it did not arrive.
    - V(queued) if nobody waited for it or the outcome could not be read.
    - V(uncertain) if it may have been queued.
    - V(not_sent) if it was not sent, such as in check mode.
  type: str
  returned: if O(destination) is given
  sample: sent
attempts:
  description: How often this run, or this try of the task, has sent it.
  type: int
  returned: if O(destination) is given
  sample: 1
fax:
  description: The journal entry, as the server returns it, its time in the server's zone.
  type: dict
  returned: if O(destination) is given and the journal has it
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
assumed:
  description: Whether it is V(sent) only because O(on_uncertain=assume_sent) said so.
  type: bool
  returned: if it is so
  sample: true
faxes:
  description: What became of the fax to each destination, in their order.
  type: list
  elements: dict
  returned: if O(destinations) is given
  contains:
    destination: {description: The number as given., type: str, returned: always}
    state: {description: As RV(state)., type: str, returned: always}
    changed: {description: "Whether this run has sent it, or in check mode would.", type: bool, returned: always}
    attempts: {description: How often this run has sent it., type: int, returned: always}
    fax: {description: "The journal entry, as RV(fax).", type: dict, returned: if the journal has it}
    assumed: {description: As RV(assumed)., type: bool, returned: if it is so}
    msg: {description: What went wrong and what to do., type: str, returned: failure of this one}
    error: {description: "The kind of failure, as C(kind) in RV(error).", type: str, returned: failure of this one}
  sample:
    - destination: "43198765"
      state: sent
      changed: true
      attempts: 1
      fax: {"id": 12, "direction": "out", "callee": "43198765", "status": "SUCCESS"}
    - destination: "43198766"
      state: failed
      changed: true
      attempts: 1
      fax: {"id": 13, "direction": "out", "callee": "43198766", "status": "FAILED", "reason": "User busy"}
      msg: "The fax to 43198766 failed: FAILED, User busy. It is over: send it again."
      error: fax_failed
error:
  description:
    - C(kind) says what kind of failure it was, such as V(fax_failed), V(fax_pending), V(uncertain), V(not_tried),
      V(some_failed), V(login_refused), V(not_found), V(read_only), V(unreachable).
    - C(method), C(path) and C(status) say which request failed and with which HTTP status; null if none did.
    - C(fatal) is there and true if every further task with this connection would fail the same way, C(read_only) if the
      login may only read.
  type: dict
  returned: failure, unless the options themselves are wrong
  sample: {"kind": "fax_failed", "method": null, "path": null, "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.send import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
