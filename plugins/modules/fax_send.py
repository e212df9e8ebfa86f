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
    journal shows the outcome.
  - Sends a fax only once. If the answer to the request is lost, the module does not repeat the request. It looks for
    the fax in the journal instead.
  - If C(until) or C(retries) tries a task again, the new try waits for the fax that an earlier try sent. It sends the
    fax again only if that one failed, or if it may have been sent and O(on_uncertain=resend) is set.
  - With O(receipt), another run sends only what is missing. Without it, every run sends again.
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
    details: The module checks everything and sends nothing.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: With O(receipt) only.
options:
  destination:
    description:
      - Number to send to, in quotes. The server does not check it, and its rewrite rules may change it.
      - Exactly one of O(destination) and O(destinations) must be given.
    type: str
  destinations:
    description:
      - Numbers to send the same document to, each in quotes. Each number must be unique, not counting punctuation.
    type: list
    elements: str
  src:
    description:
      - Document to send, a PDF, TIFF or PostScript file or a text in UTF-8. The module detects the format from the
        content.
      - A file named C(.pdf), C(.tif), C(.tiff), C(.ps) or C(.eps) must have that format; see O(force).
      - The file is on the controller or, with O(remote_src=true), on the managed host.
      - Exactly one of O(src) and O(content) must be given.
    type: path
  content:
    description:
      - Text to send instead of a document, up to 1048576 characters.
    type: str
  remote_src:
    description:
      - Whether O(src) is on the managed host already.
    type: bool
    default: false
  max_size:
    description:
      - Largest file to send, in bytes or with a unit such as V(64M).
    type: bytes
    default: 64M
  force:
    description:
      - Whether to send a file or text that is probably not meant as a fax. By default the module refuses it.
        O(max_size) applies in any case, and an empty file is always refused.
      - Whatever its name is, the module refuses a pointer of Git LFS or git-annex, RTF, an HTML page, XML, an e-mail
        with MIME headers, anything in PEM or encrypted by Ansible Vault, and a document in base64, hexadecimal digits
        or uuencode.
      - It refuses a file whose content does not begin as its name says, such as the text of an error saved as
        C(report.pdf). PDF may begin anywhere in the first 1024 bytes. PostScript may follow a Control-D or PJL
        commands.
      - It refuses any file other than PDF, TIFF, PostScript and text in UTF-8, and BigTIFF as well.
    type: bool
    default: false
  receipt:
    description:
      - File on the managed host that records the outcome of each fax, by the content of the document, the subscriber
        and the number. The module creates it, but not its folder.
      - The module does not send a fax again that has arrived, looks for one that was queued in the journal, and sends
        one that failed again.
      - The receipt is written before and after each request. If a run is killed in between, the next one knows that
        this fax may have been sent, and does what O(on_uncertain) says.
      - A receipt belongs to one server. Runs with the same file wait for each other, by a lock in a hidden file
        beside it.
    type: path
  mode:
    description:
      - Mode of a new O(receipt). By default only its owner can read and write it.
      - Give an octal number in quotes, such as V("0640"), or a symbolic mode, such as V(g+r), which changes
        V("0600"). The owner must have every permission that others have.
      - An existing receipt keeps its mode.
    type: raw
  on_uncertain:
    description:
      - What to do about a fax that may have been sent, because the answer was lost or a run was killed, if the
        journal does not show its outcome either.
      - V(fail) does not send it, and fails.
      - V(resend) sends it once more, so that it may arrive twice. With O(wait=false) only the next run does so.
      - V(assume_sent) treats it as sent.
    type: str
    choices: [fail, resend, assume_sent]
    default: fail
  retry_failed:
    description:
      - How often to send a fax again that failed because the line was busy or nobody answered.
      - Requires O(wait=true).
    type: int
    default: 0
  retry_pause:
    description:
      - Seconds to wait before sending such a fax again.
    type: float
    default: 60
  workers:
    description:
      - How many faxes to send and wait for at the same time, at most 32.
    type: int
    default: 4
  wait:
    description:
      - Whether to wait for the outcome, and to fail if a fax did not arrive.
      - V(false) ends the task once the server has queued the fax. The result then does not show whether it arrives.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait for the outcome of each fax.
      - For a fax that an earlier run queued or may have sent, this counts from its request. Each try of a task with
        C(until) or C(retries) waits this long again; with O(receipt) the tries count as runs.
    type: float
    default: 300
  poll_interval:
    description:
      - Seconds between two readings of the journal.
    type: float
    default: 5
seealso:
  - module: ngcp.fax.faxserver_settings
  - module: ngcp.fax.fax_info
notes:
  - The server does not tell which journal entry belongs to which fax. The module takes the subscriber's new entry
    with the dialled number, ignoring leading zeros and punctuation. If the next two readings show none, it takes the
    entry whose last digits match best, at least four, and match no other number that is being sent to. This allows
    for rewrite rules of the server that change a prefix of up to three digits.
  - On one machine, faxes of one subscriber to one number that one user sends wait for each other, so that each finds
    its own entry. Faxes that another machine sends at the same time may still be confused with them.
  - In check mode the module only warns of a subscriber whose fax is not active, and of a missing folder for
    O(receipt), because an earlier task may be about to change that.
  - If a module in a process of its own ends without a result, for example because it was killed, the next try of the
    task fails and sends nothing unless O(on_uncertain=resend) is set.
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

- name: Send a document to many numbers, once to each of them
  ngcp.fax.fax_send:
    external_id: clinic-17
    destinations: ["43198765", "43198766", "43198767"]
    src: files/price-list.pdf
    receipt: /var/lib/fax/price-list.json
    retry_failed: 2
"""

RETURN = r"""
subscriber_id:
  description: Id of the subscriber.
  type: int
  returned: success, or if a fax did not arrive
  sample: 3
subscriber:
  description: Name of the subscriber, V(user@domain). Null if you named it by O(subscriber_id).
  type: str
  returned: success, or if a fax did not arrive
  sample: 4312345@voip.example.com
destination:
  description: Number as given.
  type: str
  returned: if O(destination) is given
  sample: "43198765"
state:
  description:
    - V(sent) if it has arrived, in this run or according to the receipt.
    - V(failed) if it did not arrive.
    - V(queued) if the task did not wait for it, or the outcome could not be read.
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
journal_entry:
  description: Journal entry as the server returns it, with its time in the server's zone.
  type: dict
  returned: if O(destination) is given and the fax is in the journal
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
  description: Whether it is V(sent) only because of O(on_uncertain=assume_sent).
  type: bool
  returned: if it is true
  sample: true
faxes:
  description: Outcome for each destination, in the given order.
  type: list
  elements: dict
  returned: if O(destinations) is given
  contains:
    destination: {description: Number as given., type: str, returned: always}
    state: {description: As RV(state)., type: str, returned: always}
    changed: {description: "Whether this run has sent it, or would in check mode.", type: bool, returned: always}
    attempts: {description: How often this run has sent it., type: int, returned: always}
    journal_entry: {description: As RV(journal_entry)., type: dict, returned: if the fax is in the journal}
    assumed: {description: As RV(assumed)., type: bool, returned: if it is true}
    error:
      description: As RV(error), and C(msg), which says what went wrong and what to do.
      type: dict
      returned: if this fax failed, or its outcome is unknown
  sample:
    - destination: "43198765"
      state: sent
      changed: true
      attempts: 1
      journal_entry: {"id": 12, "direction": "out", "callee": "43198765", "status": "SUCCESS"}
    - destination: "43198766"
      state: failed
      changed: true
      attempts: 1
      journal_entry: {"id": 13, "direction": "out", "callee": "43198766", "status": "FAILED", "reason": "User busy"}
      error:
        msg: "The fax to 43198766 failed: FAILED, User busy. It is over: send it again."
        kind: fax_failed
        method: null
        path: null
        status: null
error:
  description:
    - C(kind) names the kind of failure, such as V(fax_failed), V(fax_pending), V(uncertain), V(not_tried),
      V(some_failed), V(login_refused), V(not_found), V(read_only), V(unreachable).
    - C(method), C(path) and C(status) name the request that failed and its HTTP status. They are null if no request
      failed.
    - C(fatal) is present and true if every other task with this connection would fail the same way.
    - C(read_only) is present and true if the login may only read.
  type: dict
  returned: failure
  sample: {"kind": "fax_failed", "method": null, "path": null, "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.send import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
