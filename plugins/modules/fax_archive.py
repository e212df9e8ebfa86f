#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_archive
short_description: Archive the faxes of a period in a folder
version_added: 0.1.0
description:
  - Downloads the documents of a period's faxes to the managed host, into a folder tree by date, such as
    C(2026/11/02/20261102T100000Z_in_431999_6.tif). C(index.json) holds everything that the journal says about them,
    C(index.csv) the same as a table.
  - Another run downloads only new faxes.
  - A fax that cannot be downloaded does not stop the others. The module fails at the end and names it.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._selector.optional
  - ngcp.fax._window
  - ngcp.fax._documents
  - ngcp.fax._modes
  - ngcp.fax._paging
attributes:
  check_mode:
    support: full
    details: The module reads only the journal. It cannot tell a new fax whose document is missing from the others.
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  dest:
    description:
      - Folder of the archive. The module creates it, but not its parent folder.
    type: path
    required: true
  delete_archived:
    description:
      - Whether to delete a fax from the server once its file is safely on disk and matches the index byte by byte.
      - A fax without a document is not deleted. Nor is one with an incomplete document, because the server does not
        notice when a conversion fails.
    type: bool
    default: false
seealso:
  - module: ngcp.fax.fax_info
  - module: ngcp.fax.fax_recording
  - module: ngcp.fax.fax
notes:
  - A fax whose document is not on the server is in the index without a file. The next run tries to download it again.
  - Use one O(format) per folder. With another format, the module downloads everything again and keeps the older
    files.
  - O(dest) may be a symbolic link. A link below it, in place of a folder or of the index, is refused.
  - Two runs with the same folder wait for each other. The next run removes the temporary files of one that was
    killed.
  - A folder belongs to one server, whose O(api_url) is in the index.
"""

EXAMPLES = r"""
- name: Archive the clinic's faxes of the last week as PDF
  ngcp.fax.fax_archive:
    api_url: https://ngcp.example.com:1443
    api_username: provisioning
    api_password: "{{ vault_ngcp_password }}"
    subscriber: 4312345@voip.example.com
    since: 7d
    format: pdf
    dest: /srv/faxes/clinic

- name: Move everybody's faxes of October from the server to the archive
  ngcp.fax.fax_archive:
    since: "2026-10-01"
    until: "2026-11-01"
    delete_archived: true
    dest: /srv/faxes/all
"""

RETURN = r"""
index:
  description: Path of the index.
  type: str
  returned: success, or if some could not be archived
  sample: /srv/faxes/clinic/index.json
downloaded:
  description: Ids of the faxes whose documents were downloaded, or would be in check mode. The newest is first.
  type: list
  elements: int
  returned: success, or if some could not be archived
  sample: [7, 6]
missing:
  description: Ids of the faxes whose documents are not on the server or, in check mode, were not there last time.
  type: list
  elements: int
  returned: success, or if some could not be archived
  sample: [5]
deleted:
  description: Ids of the faxes that were deleted from the server, or would be in check mode.
  type: list
  elements: int
  returned: success, or if some could not be archived
  sample: []
error:
  description:
    - C(kind) names the kind of failure, such as V(login_refused), V(not_found), V(bad_option), V(read_only),
      V(unreachable), V(some_failed).
    - C(method), C(path) and C(status) name the request that failed and its HTTP status. They are null if no request
      failed.
    - C(fatal) is present and true if every other task with this connection would fail the same way.
    - C(read_only) is present and true if the login may only read.
  type: dict
  returned: failure
  sample: {"kind": "some_failed", "method": null, "path": null, "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.archive import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
