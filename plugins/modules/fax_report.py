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
  - Writes what a run found or did to files, all from the same rows, and then fails if O(fail_on) says so.
  - Runs on the controller and needs no server.
  - C(report.html) is a single page for people, which needs no network. C(report.json) is for programs;
    C(docs/report.schema.json) of the collection describes its format. C(report.md) is for merge requests and chat.
    C(junit.xml) is for CI.
  - The same report always gives the same bytes.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes.controller
  - ngcp.fax._modes
attributes:
  check_mode:
    support: full
    details: The module writes no file. The task fails as it would otherwise.
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  report:
    description:
      - Report that a task returned, or the path of a file on the controller that contains it, such as
        RV(ngcp.fax.fax_subscribers#module:report_file).
      - Required unless O(check_options) is set.
    type: raw
  dest:
    description:
      - Folder for the files. The module creates it.
      - A relative path starts at the folder in which Ansible was started.
    type: path
    required: true
  formats:
    description:
      - Files to write. V(html) is C(report.html), V(json) is C(report.json), V(md) is C(report.md), V(junit) is
        C(junit.xml).
    type: list
    elements: str
    choices: [html, json, md, junit]
    default: [html, json, md, junit]
  history:
    description:
      - JSON file that keeps the totals of the last 90 runs. The module adds the totals of this report to it, and a
        chart of them to C(report.html).
      - Tasks and runs that share a file wait for each other, by a lock on its folder and on O(dest).
      - A damaged file is left as it is. The module then writes the report without a chart and warns of the reason.
    type: path
  title:
    description:
      - Title of the report.
    type: str
  check_options:
    description:
      - Whether to check only the options. The task then reads and writes nothing. Use this to find an invalid option
        before a long run instead of after it.
    type: bool
    default: false
  fail_on:
    description:
      - What makes the task fail after it has written the files. Accepted rows never do.
      - V(drift) is any difference or missing subscriber, V(unmanaged) an active subscriber that is not declared,
        V(risk) a dangerous setting. V(never) is nothing, and must be the only value.
      - If the verdict is unknown, the host is unreachable instead of failed, unless you give V(never).
        C(ansible-playbook) therefore ends with 0 without drift, with 2 if the task fails, and with 4 if the verdict
        is unknown. Ansible shows the last as C(UNREACHABLE!); the message says that the host itself was reached.
    type: list
    elements: str
    choices: [drift, unmanaged, risk, never]
    default: [drift]
notes:
  - The module runs as the user that runs Ansible and refuses to C(become) another one. Set C(become=false) for the
    task.
  - C(docs/reports.md) of the collection describes the files.
"""

EXAMPLES = r"""
- name: Write the drift report and fail if anything differs
  ngcp.fax.fax_report:
    report: "{{ found.report }}"
    dest: report/
    history: history.json

- name: Write only the text for the merge request
  ngcp.fax.fax_report:
    report: "{{ found.report }}"
    dest: report/
    formats: [md]
    fail_on: never
"""

RETURN = r"""
files:
  description: Files of the report. In check mode, those that would be written.
  type: list
  elements: dict
  returned: unless O(check_options) is set
  contains:
    path:
      description: Path of the file.
      type: str
      returned: always
    format:
      description: One of the values of O(formats).
      type: str
      returned: always
  sample: [{"path": "report/report.html", "format": "html"}, {"path": "report/report.json", "format": "json"}]
msg:
  description: What the report says, in one sentence, and where the files are.
  type: str
  returned: unless O(check_options) is set
  sample: "Drift. 1 of 5,000 subscribers differs. The report is in 'report'."
verdict:
  description: Verdict of the report.
  type: str
  returned: unless O(check_options) is set
  sample: drift
error:
  description:
    - C(kind) names the kind of failure, such as V(rows_found) (rows that O(fail_on) names), V(bad_option) (an option is
      invalid, or a file cannot be written).
    - C(method), C(path) and C(status) are null, because the module needs no server.
  type: dict
  returned: failure
  sample: {"kind": "rows_found", "method": null, "path": null, "status": null}
"""
