# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a report in JUnit format: a suite for each domain, a test for each row, and one for the verdict."""

from __future__ import annotations

import re
from collections.abc import Collection
from xml.etree import ElementTree

from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Report, Row
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import view

# Characters that XML cannot contain.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Kinds that are failures, whatever `fail_on` says.
ALWAYS = frozenset({"drift", "missing"})
OUTCOMES = ("failure", "error", "skipped")


def text(report: Report, title: str = "", fails: Collection[str] = ()) -> str:
    """Return the whole file. Rows of the kinds `fails` are failures, too."""
    report, title = view.visible(report), view.visible(title)
    root = ElementTree.Element("testsuites", name=title or view.title(report))
    overall = _suite(root, "ngcp.fax", report)
    _verdict(overall, report)
    suites: dict[str, ElementTree.Element] = {}
    for row in view.in_order(report):
        domain = view.domain(row) or "no domain"
        if domain not in suites:
            suites[domain] = _suite(root, domain, report)
        _case(suites[domain], row, domain, {*ALWAYS, *fails})
    for suite in root:
        _count(suite, [suite])
    _count(root, list(root))
    _clean(root)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(root: ElementTree.Element, name: str, report: Report) -> ElementTree.Element:
    return ElementTree.SubElement(
        root, "testsuite", name=name, timestamp=report["generated"][:19], hostname=report["api_url"]
    )


def _verdict(suite: ElementTree.Element, report: Report) -> None:
    """Add the test of the verdict, which every report has."""
    case = ElementTree.SubElement(suite, "testcase", classname="ngcp.fax", name="verdict", time="0")
    word, sentence = view.verdict(report)
    if report["verdict"] == "unknown":
        ElementTree.SubElement(case, "error", type="unknown", message=f"{word}. {sentence}")
    elif report["verdict"] == "drift" and report["kind"] == "drift":
        ElementTree.SubElement(case, "failure", type="drift", message=f"{word}. {sentence}")
    else:
        ElementTree.SubElement(case, "system-out").text = f"{word}. {sentence}"


def _case(suite: ElementTree.Element, row: Row, domain: str, fails: Collection[str]) -> None:
    words = view.words(row)
    title = " ".join(filter(None, [words.subscriber, words.settings, words.setting, words.what.lower(), row["id"]]))
    case = ElementTree.SubElement(suite, "testcase", classname=domain, name=title, time="0")
    if row["place"] and re.fullmatch(r".+:\d+", row["place"]):
        file, _colon, line = row["place"].rpartition(":")
        case.set("file", file)
        case.set("line", line)
    if row["accepted"]:
        why = f"Accepted until {row['accepted']['expires']}: {row['accepted']['reason']}"
        ElementTree.SubElement(case, "skipped", message=why)
        return
    outcome = "error" if row["kind"] == "failed" else "failure" if row["kind"] in fails else "system-out"
    element = ElementTree.SubElement(case, outcome)
    if outcome != "system-out":
        element.set("type", row["kind"])
        element.set("message", _sentence(words, row))
    element.text = "\n".join(_lines(words, row))


def _sentence(words: view.Words, row: Row) -> str:
    if not words.parts:
        return words.message
    sides = zip(view.KINDS["provision" if row["kind"] == "changed" else "drift"].sides, words.difference, strict=True)
    return f"{words.setting}: {', '.join(f'{side.lower()} {value}' for side, value in sides)}"


def _lines(words: view.Words, row: Row) -> list[str]:
    lines = [_sentence(words, row)]
    if row["changed_at"] or row["changed_by"]:
        lines.append(f"since {row['changed_at'] or 'unknown'}, by {row['changed_by'] or 'unknown'}")
    if row["place"]:
        lines.append(f"declared in {row['place']}")
    if row["settle"]:
        lines += ["", "Declare it:", row["settle"]["declare"].rstrip(), "", "Put it back:", row["settle"]["restore"]]
    return lines


def _count(element: ElementTree.Element, suites: list[ElementTree.Element]) -> None:
    element.set("tests", str(sum(len(suite.findall("testcase")) for suite in suites)))
    for outcome, name in zip(OUTCOMES, ("failures", "errors", "skipped"), strict=True):
        element.set(name, str(sum(len(suite.findall(f"testcase/{outcome}")) for suite in suites)))


def _clean(root: ElementTree.Element) -> None:
    """Remove characters that XML cannot contain."""
    for element in root.iter():
        element.text = NOT_XML.sub("", element.text or "") or None
        for name, value in element.items():
            element.set(name, NOT_XML.sub("", value))
