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
  - Writes a temporary file beside the destination, and renames it once it is complete and its content is of the
    requested format.
  - Leaves a file unchanged that already holds the same document. The comparison ignores what every conversion to PDF
    or PostScript writes anew, namely the title (the name of a temporary file), dates, and ids in the metadata and the
    trailer.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ansible.builtin.files
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._documents
attributes:
  check_mode:
    support: full
    details: The module downloads the document, compares it and discards it.
  diff_mode:
    support: none
  idempotent:
    support: full
  safe_file_operations:
    description: Uses Ansible's strict file operation functions to ensure proper permissions and avoid data
      corruption.
    support: none
    details: The module uses its own functions, which are as strict.
options:
  id:
    description:
      - Id of the fax, as M(ngcp.fax.fax_info) returns it.
    type: int
    required: true
  dest:
    description:
      - File to write, or an existing folder, with or without a slash at the end.
      - A link is replaced, not followed.
      - In a folder, the name of the file consists of the fax's time (UTC), direction, number of the other party and
        id, such as V(20261102T100000Z_in_431999_6.tif). The server's own name for the document is never used.
    type: path
    required: true
  mode:
    description:
      - Permissions of the file, as in M(ansible.builtin.copy).
      - By default only the owner can access a new file, whatever the umask, and an existing file keeps its mode.
    type: raw
  force:
    description:
      - V(true) replaces an existing file if it holds another document.
      - V(false) leaves an existing file as it is and does not download the document.
    type: bool
    default: true
seealso:
  - module: ngcp.fax.fax_info
  - module: ngcp.fax.fax_archive
notes:
  - The server gives the same answer for a fax that does not exist, a missing document and a failed conversion. The
    module asks the journal which of them it is.
  - O(unsafe_writes) has no effect.
  - The next run for the same file removes the temporary file of one that was killed.
"""

EXAMPLES = r"""
- name: Download a fax as PDF that its group can read, too
  ngcp.fax.fax_recording:
    api_url: https://ngcp.example.com:1443
    api_username: auditor
    api_password: "{{ vault_ngcp_password }}"
    id: 6
    dest: /srv/faxes/report.pdf
    format: pdf14
    mode: "0640"

- name: List what the clinic received today
  ngcp.fax.fax_info:
    subscriber: 4312345@voip.example.com
    direction: in
    since: 24h
  register: received

- name: Download its documents to a folder
  ngcp.fax.fax_recording:
    id: "{{ item }}"
    dest: /srv/faxes/
  loop: "{{ received.faxes | map(attribute='id') }}"
"""

RETURN = r"""
id:
  description: Id of the fax.
  type: int
  returned: success
  sample: 6
dest:
  description: Path of the file.
  type: str
  returned: success
  sample: /srv/faxes/20261102T100000Z_in_431999_6.tif
format:
  description: Requested format.
  type: str
  returned: success
  sample: tiff
size:
  description: Size of the file in bytes. In check mode, that of the existing file, if there is one.
  type: int
  returned: success
  sample: 48213
state:
  description: V(file) or, if the file has other names, V(hard) or V(link). V(absent) in check mode if it does not exist
    yet.
  type: str
  returned: success
  sample: file
mode:
  description: Permissions of the file.
  type: str
  returned: if the file exists
  sample: "0600"
owner:
  description: Owner of the file.
  type: str
  returned: if the file exists
  sample: fax
group:
  description: Group of the file.
  type: str
  returned: if the file exists
  sample: fax
uid:
  description: Id of the owner.
  type: int
  returned: if the file exists
  sample: 1000
gid:
  description: Id of the group.
  type: int
  returned: if the file exists
  sample: 1000
error:
  description:
    - C(kind) names the kind of failure, such as V(login_refused), V(not_found), V(no_document), V(bad_option),
      V(not_ngcp), V(no_answer), V(unreachable).
    - C(method), C(path) and C(status) name the request that failed and its HTTP status. They are null if no request
      failed.
    - C(fatal) is present and true if every other task with this connection would fail the same way.
  type: dict
  returned: failure
  sample: {"kind": "no_document", "method": "GET", "path": "/api/faxrecordings/6", "status": 500}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.recordings import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
