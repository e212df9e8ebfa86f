#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_archive
short_description: Keep the faxes of a period in a folder
version_added: 0.1.0
description:
  - Downloads the documents of a period's faxes into a folder tree by date on the managed host, such as
    C(2026/11/02/20261102T100000Z_in_431999_6.tif), with all that the journal says of them in C(index.json) and a table
    of it in C(index.csv).
  - A further run fetches only what is new.
  - A fax that cannot be fetched does not stop the others. The module fails at the end and names it.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._selector.optional
  - ngcp.fax._window
  - ngcp.fax._paging
attributes:
  check_mode:
    support: full
    details: Only the journal is read, so a new fax whose document is missing is not told from the others.
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  dest:
    description:
      - The folder. It is made if it is not there, the folder above it is not.
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
      - The largest document that is fetched, in bytes or with a unit such as V(64M); by default V(256M). A larger one
        is an error of that fax alone.
    type: bytes
    default: 268435456
  delete_after:
    description:
      - Whether to delete a fax from the server when its file is safely on the disk, byte by byte what the index says.
      - A fax without a document is not deleted, nor is one whose document does not come to its end, for the server does
        not notice a conversion that fails.
    type: bool
    default: false
  mode:
    description:
      - The mode of new files, the documents and the index. By default only their owner may read and write them.
      - An octal number in quotes, such as V("0640"), or a symbolic mode, such as V(g+r), which is added to or taken
        from V("0600"). The owner must be able to do all that others may.
      - Files that are there keep their mode.
    type: raw
  directory_mode:
    description:
      - The mode of new folders. By default only their owner may enter them.
      - It is written like O(mode). Folders that are there keep theirs.
    type: raw
seealso:
  - module: ngcp.fax.fax_info
  - module: ngcp.fax.fax_recording
  - module: ngcp.fax.fax
notes:
  - A fax whose document the server does not have stands in the index without a file, and is asked for again next time.
  - Keep to one O(format) in a folder. With another one everything is fetched again, and the older files stay.
  - O(dest) may be a symbolic link. One below it, in the place of a folder or of the index, is refused.
  - Two runs with the same folder wait for each other. The next run removes the temporary files of one that was killed.
  - A folder is about one server, whose O(api_url) is in the index.
"""

EXAMPLES = r"""
- name: The clinic's faxes are kept as PDF, those of the last week are looked for
  ngcp.fax.fax_archive:
    api_url: https://ngcp.example.com:1443
    api_username: provisioning
    api_password: "{{ vault_ngcp_password }}"
    subscriber: 4312345@voip.example.com
    since: 7d
    format: pdf
    dest: /srv/faxes/clinic

- name: Everybody's faxes of October are kept here and no longer on the server
  ngcp.fax.fax_archive:
    since: "2026-10-01"
    until: "2026-11-01"
    delete_after: true
    dest: /srv/faxes/all
"""

RETURN = r"""
index:
  description: The index.
  type: str
  returned: success, or some could not be archived
  sample: /srv/faxes/clinic/index.json
fetched:
  description: The ids of the faxes whose documents were fetched, or in check mode would be; newest first.
  type: list
  elements: int
  returned: success, or some could not be archived
  sample: [7, 6]
missing:
  description: The ids of the faxes whose documents the server does not have or, in check mode, had not last time.
  type: list
  elements: int
  returned: success, or some could not be archived
  sample: [5]
deleted:
  description: The ids of the faxes that were deleted from the server, or in check mode would be.
  type: list
  elements: int
  returned: success, or some could not be archived
  sample: []
error:
  description:
    - C(kind) says what kind of failure it was, such as V(login_refused), V(not_found), V(bad_option), V(read_only),
      V(unreachable), V(some_failed).
    - C(method), C(path) and C(status) say which request failed and with which HTTP status; null if none did.
    - C(fatal) is there and true if every further task with this connection would fail the same way, C(read_only) if the
      login may only read.
  type: dict
  returned: failure, unless the options themselves are wrong
  sample: {"kind": "some_failed", "method": null, "path": null, "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.archive import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
