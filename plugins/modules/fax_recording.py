#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_recording
short_description: Download the document of a fax
version_added: 0.1.0
description:
  - Downloads the document of one fax to a file on the managed host, which is the controller with a local connection.
  - The file is written beside its place and renamed when it is whole and is what was asked for, by its content.
  - A file that holds the same document already stays as it is. What each conversion to PDF or PostScript writes anew
    does not count. That is the title (the name of a temporary file), dates, and ids in the metadata and the trailer.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ansible.builtin.files
  - ngcp.fax._attributes
  - ngcp.fax._connection
attributes:
  check_mode:
    support: full
    details: The document is downloaded and compared, and thrown away.
  diff_mode:
    support: none
  idempotent:
    support: full
  safe_file_operations:
    description: Uses Ansible's strict file operation functions to ensure proper permissions and avoid data corruption.
    support: none
    details: The module has its own, which are as strict.
options:
  id:
    description:
      - The fax's id, as M(ngcp.fax.fax_info) returns it.
    type: int
    required: true
  dest:
    description:
      - The file to write, or a folder that is there; an existing folder may end with a slash or not.
      - A link is replaced, not followed.
      - In a folder the file is named by the fax's time (UTC), direction, number at the other end and id, such as
        V(20261102T100000Z_in_431999_6.tif). The name that the server has for it is never used.
    type: path
    required: true
  format:
    description:
      - What the document comes as. V(tiff) is as the fax was stored; the server converts it to the others.
      - V(pdf14) is PDF 1.4.
    type: str
    choices: [tiff, pdf, pdf14, ps]
    default: tiff
  max_size:
    description:
      - The largest document that is fetched, in bytes or with a unit such as V(64M); by default V(256M). A larger
        one is an error.
    type: bytes
    default: 268435456
  mode:
    description:
      - The permissions that the file gets, as in M(ansible.builtin.copy).
      - Without it a new file is for its owner only, whatever the umask, and one that is there keeps its mode.
    type: raw
  force:
    description:
      - With V(false) a file that is there stays as it is, and the document is not downloaded.
      - With V(true) it is replaced if it holds another document.
    type: bool
    default: true
seealso:
  - module: ngcp.fax.fax_info
  - module: ngcp.fax.fax_archive
notes:
  - The server answers in the same way if there is no such fax, if its document is missing and if its conversion failed.
    The module asks the journal which one it is.
  - O(unsafe_writes) changes nothing.
  - The next run for the same file removes the temporary file of one that was killed.
"""

EXAMPLES = r"""
- name: Download a fax as PDF that its group may read, too
  ngcp.fax.fax_recording:
    api_url: https://ngcp.example.com:1443
    api_username: auditor
    api_password: "{{ vault_ngcp_password }}"
    id: 6
    dest: /srv/faxes/report.pdf
    format: pdf14
    mode: "0640"

- name: What the clinic received today
  ngcp.fax.fax_info:
    subscriber: 4312345@voip.example.com
    direction: in
    since: 24h
  register: received

- name: Its documents in a folder
  ngcp.fax.fax_recording:
    id: "{{ item }}"
    dest: /srv/faxes/
  loop: "{{ received.faxes | map(attribute='id') }}"
"""

RETURN = r"""
id:
  description: The fax's id.
  type: int
  returned: success
  sample: 6
dest:
  description: The file.
  type: str
  returned: success
  sample: /srv/faxes/20261102T100000Z_in_431999_6.tif
format:
  description: What it was asked for as.
  type: str
  returned: success
  sample: tiff
size:
  description: The size of the file in bytes; in check mode that of the one that is there, if there is one.
  type: int
  returned: success
  sample: 48213
state:
  description: V(file), or V(absent) in check mode if there is none yet.
  type: str
  returned: success
  sample: file
mode:
  description: The file's permissions.
  type: str
  returned: if the file is there
  sample: "0600"
owner:
  description: The file's owner.
  type: str
  returned: if the file is there
  sample: fax
group:
  description: The file's group.
  type: str
  returned: if the file is there
  sample: fax
uid:
  description: The owner's id.
  type: int
  returned: if the file is there
  sample: 1000
gid:
  description: The group's id.
  type: int
  returned: if the file is there
  sample: 1000
error:
  description:
    - C(kind) says what kind of failure it was, such as V(login_refused), V(not_found), V(no_document), V(bad_option),
      V(not_ngcp), V(no_answer), V(unreachable).
    - C(method), C(path) and C(status) say which request failed and with which HTTP status; null if none did.
    - C(fatal) is there and true if every further task with this connection would fail the same way.
  type: dict
  returned: failure, unless the options themselves are wrong
  sample: {"kind": "no_document", "method": "GET", "path": "/api/faxrecordings/6", "status": 500}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.recordings import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
