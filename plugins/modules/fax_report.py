#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_report
short_description: Write a report as HTML, JSON, Markdown and JUnit
version_added: 0.1.0
description:
  - Writes what a run found or did into files, all from the same rows, and then fails if that is what O(fail_on) says.
  - It runs on the controller and needs no server.
  - C(report.html) is a single file for people, which needs no network. C(report.json) is for programs; its format is in
    C(docs/report.schema.json) of the collection. C(report.md) is for merge requests and chat. C(junit.xml) is for CI.
  - The same report gives the same bytes.
author:
  - the ngcp.fax authors (!UNKNOWN)
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: full
    details:
      - Nothing is written then. The task fails as it would otherwise.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check mode) when in diff mode.
    support: none
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
  action:
    description: Has an action plugin, which does all of it on the controller.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
options:
  report:
    description:
      - The report as a task returned it, or the path of a file on the controller that holds it, such as
        RV(ngcp.fax.fax_subscribers#module:report_file) of a task.
      - It is required unless O(check_options) is set.
    type: raw
  dest:
    description:
      - The folder for the files. It is made if it is not there.
      - A relative path is from where Ansible was started.
    type: path
    required: true
  formats:
    description:
      - The files to write. V(html) is C(report.html), V(json) is C(report.json), V(md) is C(report.md), V(junit) is
        C(junit.xml).
    type: list
    elements: str
    choices: [html, json, md, junit]
    default: [html, json, md, junit]
  history:
    description:
      - A file of JSON that keeps the totals of the newest 90 runs. The totals of this report are added to it, and
        C(report.html) gets a chart of them.
      - Tasks and runs that share a file wait for each other, by a lock on its folder and on O(dest).
      - A file that is damaged is left as it is. The report is written without a chart, and a warning says why.
    type: path
  mode:
    description:
      - The mode of new files, the report and the history. By default only their owner may read and write them.
      - An octal number in quotes, such as V("0640"), or a symbolic mode, such as V(g+r), which is added to or taken
        from V("0600"). The owner must be able to do all that others may.
      - Files that are there keep their mode.
    type: raw
  directory_mode:
    description:
      - The mode of new folders. By default only their owner may enter them.
      - It is written like O(mode). Folders that are there keep theirs.
    type: raw
  title:
    description:
      - The title of the report.
    type: str
  check_options:
    description:
      - Whether to check only the options. Nothing is read or written, so that a wrong option fails before a long run
        and not after it.
    type: bool
    default: false
  fail_on:
    description:
      - What makes the task fail after the files are written. Accepted rows never do.
      - V(drift) is anything that differs or is missing, V(unmanaged) is an active subscriber whom nobody declares,
        V(risk) is a risky state, V(never) is nothing at all, and stands alone.
      - Where the verdict is unknown the host is unreachable instead of failed, unless V(never) is given. So
        C(ansible-playbook) ends with 0 without drift, with 2 where it fails, and with 4 where nobody can tell. For
        the last Ansible shows C(UNREACHABLE!); the message says that the host itself was reached.
    type: list
    elements: str
    choices: [drift, unmanaged, risk, never]
    default: [drift]
notes:
  - The module works as the user that runs Ansible, and refuses to C(become) another one. Set C(become=false) for it.
  - C(docs/reports.md) of the collection says more about the files.
"""

EXAMPLES = r"""
- name: Write what differs, and fail if anything does
  ngcp.fax.fax_report:
    report: "{{ found.report }}"
    dest: report/
    history: history.json

- name: Only a text for the merge request
  ngcp.fax.fax_report:
    report: "{{ found.report }}"
    dest: report/
    formats: [md]
    fail_on: never
"""

RETURN = r"""
files:
  description: The files, by their format. In check mode those that would be written.
  type: dict
  returned: when there is a report
  sample: {"html": "report/report.html", "json": "report/report.json"}
verdict:
  description: The verdict of the report.
  type: str
  returned: when there is a report
  sample: drift
"""
