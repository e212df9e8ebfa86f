# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report: what they say, that nothing of their content is taken for markup, and stable bytes."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import schema
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Report, Row
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import (
    files,
    history,
    html_page,
    junit,
    markdown,
    model,
    view,
)
from scripts import report_schema
from tests import sample_report
from tests.sample_report import but, row

# Everything that means something somewhere.
NASTY = "</script><script>alert(1)</script>`@here`|**x**\\|&amp;\"'<!--]]>\x07\x1b\u2028\ud800\r\n@all é\u202e"
EACH = sample_report.of_each()
# What ended a whole run, and is about nobody.
STOPPED = but(
    row("failed", None, msg="Nothing was written: too many."),
    subscriber_id=None,
)
TAKEN = row(
    field="t38", expected=True, actual=False, accepted={"reason": "Ticket #4711 | @ann", "expires": "2026-12-31"}
)
VALIDATOR = Draft202012Validator(report_schema.schema())


def nasty() -> Report:
    """A report whose every text is nasty."""
    made = row(
        name=NASTY, domain=NASTY, settings="faxserver_settings", field=NASTY, element=NASTY, expected=NASTY,
        actual={NASTY: NASTY}, changed_by=NASTY, place=f"{NASTY}:3", msg=NASTY,
        settle={"declare": NASTY, "restore": NASTY},
    )  # fmt: skip
    taken = but(made, accepted={"reason": NASTY, "expires": "2026-12-31"})
    report = sample_report.report([made, taken, but(made, kind="failed"), but(STOPPED, msg=NASTY)])
    return {**report, "api_url": NASTY}


def all_files(report: Report, title: str = "", fail_on: tuple[str, ...] = ("drift",)) -> dict[str, bytes]:
    return files.contents(
        model.read(report), files.FORMATS, title, history.added(sample_report.runs(), report), fail_on
    )


class Page(HTMLParser):
    """The elements of a page, and the text of its script, style and data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, str] = {}
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in = dict(attrs).get("id") or tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in:
            self.raw[self._in] = self.raw.get(self._in, "") + data


# The model ------------------------------------------------------------------------------------------------------------


def test_the_schema_is_current() -> None:
    assert report_schema.FILE.read_text(encoding="utf-8") == report_schema.text(), "run make schema"
    Draft202012Validator.check_schema(report_schema.schema())


@pytest.mark.parametrize(
    "report", [sample_report.report(EACH), sample_report.report(), nasty()], ids=["each", "none", "nasty"]
)
def test_what_is_a_report_fits_the_schema_and_is_copied(report: dict[str, Any]) -> None:
    read = model.read(report)
    assert read == report
    assert read is not report
    written = files.contents(read, ["json"], "", [], [])
    VALIDATOR.validate(json.loads(written["report.json"]))


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("version",), 2, "report.version must be 1."),
        (("verdict",), "fine", "report.verdict must be clean or drift or unknown."),
        (("generated",), "today", "report.generated is not written as it must be (see docs/report.schema.json)."),
        (("totals", "rows"), True, "report.totals.rows must be a whole number."),
        (("totals",), [], "report.totals must be a mapping."),
        (("rows",), "none", "report.rows must be a list."),
        (("rows", 0, "id"), None, "report.rows[0].id must be a text."),
        (
            ("rows", 0, "kind"),
            "odd",
            "report.rows[0].kind must be drift or missing or unmanaged or failed or risk or changed or renumbered.",
        ),
        (("rows", 0, "more"), 1, "report.rows[0].more is not a key of a report."),
        (("rows", 0, "accepted"), {"reason": "x"}, "report.rows[0].accepted.expires is missing."),
    ],
)
def test_what_is_no_report(path: tuple[Any, ...], value: Any, problem: str) -> None:
    """The model and the schema refuse the same."""
    report = sample_report.report(deepcopy(EACH))
    place: Any = report
    for one in path[:-1]:
        place = place[one]
    place[path[-1]] = value
    if path[0] == "rows" and len(path) > 1:
        report["rows"] = report["rows"][:1]
    with pytest.raises(model.NoReport) as raised:
        model.read(report)
    assert str(raised.value) == problem
    assert not VALIDATOR.is_valid(report)


def test_many_problems_are_one_message() -> None:
    with pytest.raises(model.NoReport, match="And 5 more"):
        model.read(sample_report.report() | {"rows": [3] * (model.MOST_NAMED + 5)})


# Words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (True, False, [("", "", "true", "false", "")]),
        ("Ward 3 of the clinic", "Ward 5 of the clinic", [("", "Ward ", "3", "5", " of the clinic")]),
        ("abc", None, [("", "", "abc", None, "")]),
        (None, "", [("", "", None, None, "")]),
        ("aaa", "aaaa", [("", "aaa", "", "a", "")]),
        ({"a": 1, "b": "x"}, {"a": 1, "b": "y"}, [("b", "", "x", "y", "")]),
        (None, {"a": True, "b": None}, [("", "", None, "a: true", "")]),
        ({"a": 0}, None, [("", "", "a: 0", None, "")]),
        (["a", {"b": None}], [], [("", "", "a; b: not set", None, "")]),
    ],
)
def test_the_difference_is_marked(old: Any, new: Any, parts: list[tuple[Any, ...]]) -> None:
    assert view.differences(old, new) == parts


@pytest.mark.parametrize(
    ("report", "word", "sentence"),
    [
        (sample_report.report(), "No drift", "All 5,000 subscribers are as declared."),
        (sample_report.report(subscribers=1), "No drift", "The one subscriber is as declared."),
        (sample_report.report([TAKEN], subscribers=12), "No drift",
         "All 12 subscribers are as declared, except for 1 accepted difference."),
        (sample_report.report([TAKEN, TAKEN], subscribers=1), "No drift",
         "The one subscriber is as declared, except for 2 accepted differences."),
        (sample_report.report(EACH), "Drift", "4 of 5,000 subscribers differ; 1 is missing; 1 is unmanaged."),
        (sample_report.report([sample_report.failed()]), "Unknown",
         "1 subscriber could not be read. There may be drift."),
        (sample_report.report([row(), sample_report.failed()]), "Unknown",
         "1 subscriber could not be read. There may be drift. Of what was read: 1 of 5,000 subscribers differs."),
        (sample_report.report([row("changed")], kind="provision"), "Changed", "1 of 5,000 subscribers was changed."),
        (sample_report.report([row("changed")], kind="plan"), "Plan", "1 of 5,000 subscribers would be changed."),
        (sample_report.report(kind="plan"), "Nothing to do", "All 5,000 subscribers are as declared."),
        (sample_report.report(kind="provision"), "As declared",
         "All 5,000 subscribers are as declared; nothing was written."),
        (sample_report.report([row("changed"), sample_report.failed()], kind="provision"), "Failed",
         ("1 subscriber failed. Not everything may be as declared. "
          "Of what was read: 1 of 5,000 subscribers was changed.")),
        (sample_report.report([STOPPED, row("changed")], kind="plan"), "Failed",
         "Nothing was written: too many. Of what was read: 1 of 5,000 subscribers would be changed."),
        (sample_report.report(verdict="unknown"), "Unknown",
         "Something could not be read. There may be drift."),
    ],
)  # fmt: skip
def test_the_verdict(report: Report, word: str, sentence: str) -> None:
    assert view.verdict(report) == (word, sentence)


def test_notes_are_in_all_files() -> None:
    note = "2 declared secrets are left to the platform's renewal"
    made = all_files({**sample_report.report(), "notes": [f"{note}."]})
    for name, content in made.items():
        text = html.unescape(content.decode())
        assert note in text, name


def test_a_report_of_before_there_were_notes_has_none() -> None:
    older = {name: value for name, value in sample_report.report().items() if name != "notes"}
    assert model.read(older) == sample_report.report()


def test_what_was_written_is_shown_from_before_to_after() -> None:
    words = view.words(row("changed", field="active", change="changed", expected=True, actual=False))
    assert (words.what, words.difference) == ("Changed", ("false", "true"))
    more = view.words(row("changed", field="acl", element="x", change="added", expected={"from_email": "x"}))
    assert (more.what, more.difference) == ("Added", ("no such element", "from_email: x"))
    less = view.words(row("changed", field="acl", element="x", change="removed", actual={"from_email": "x"}))
    assert (less.what, less.difference) == ("Removed", ("from_email: x", "no such element"))


@pytest.mark.parametrize(("kind", "total"), [("drift", "Drifted"), ("plan", "To be changed"), ("provision", "Changed")])
def test_markdown_has_no_column_that_a_kind_has_no_use_for(kind: str, total: str) -> None:
    one = row("drift" if kind == "drift" else "changed", changed_by="ann" if kind == "drift" else None)
    text = markdown.text(sample_report.report([one], kind=kind))
    assert ("Since, by" in text) is (kind == "drift")
    assert f"| {total} |" in text


def test_markdown_tells_the_settings_that_a_field_is_of() -> None:
    text = markdown.text(
        sample_report.report([row("changed", settings="mailtofax_settings", field="active")], kind="plan")
    )
    assert "| `active` (mail2fax settings) |" in text


@pytest.mark.parametrize(
    ("number", "known", "name", "domain"),
    [
        (1, "a@x.example", "a@x.example", "x.example"),
        (1, "a@b@x.example", "a@b@x.example", "x.example"),
        (None, "a@x.example", "a@x.example", "x.example"),
        (1, None, "subscriber 1", None),
        (None, "a", "a", None),
        (None, None, "unknown subscriber", None),
    ],
)
def test_the_name_and_the_domain(number: int | None, known: str | None, name: str, domain: str | None) -> None:
    one = but(row(), subscriber_id=number, subscriber=known)
    assert (view.name(one), view.domain(one)) == (name, domain)
    assert view.name(STOPPED) == "the whole run"


# HTML -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("report", [sample_report.report(EACH), nasty()], ids=["each", "nasty"])
def test_the_page_holds_no_markup_of_others_and_nothing_that_its_policy_stops(report: Report) -> None:
    text = all_files(report, NASTY)["report.html"].decode()
    page = Page(text)
    tags = [tag for tag, _attributes in page.tags]
    assert (tags.count("script"), tags.count("style")) == (2, 1)
    for _tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "action")]
        assert attributes.get("href") in (None, "data:,", "#rows")
    policy = next(one["content"] for tag, one in page.tags if tag == "meta" and "http-equiv" in one)
    hashes = {
        name: base64.b64encode(hashlib.sha256(page.raw[name].encode()).digest()).decode()
        for name in ("style", "script")
    }
    style, script = hashes.values()
    assert policy == (f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:")
    assert "http://" not in page.raw["script"] + page.raw["style"]
    assert not re.search(r"[<>&\u2028]", page.raw["data"])


def test_what_nobody_sees_is_shown_in_the_page() -> None:
    """Neither what is made here nor what page.js makes of the data holds a sign that turns or hides text."""
    text = all_files(nasty(), NASTY)["report.html"].decode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]", text)
    assert "\\u202e@" in text
    (first, *_more) = json.loads(Page(text).raw["data"])["rows"]
    assert "\\u202e" in first[2]
    assert not view.UNSEEN.search(json.dumps(first, ensure_ascii=False))


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("fax\u202e\u2066a", "fax\\u202e\\u2066a"),
        ("a\u200bb\u061c\x07", "a\\u200bb\\u061c\\u0007"),
        ("two\n\tlines é שלום", "two\n\tlines é שלום"),
        ({"a\u200f": ["b\ufeff", 3, None]}, {"a\\u200f": ["b\\ufeff", 3, None]}),
    ],
)
def test_what_is_visible(content: Any, shown: Any) -> None:
    assert view.visible(content) == shown


def test_the_data_of_the_page_are_all_rows() -> None:
    report = sample_report.report([*sample_report.many(250), *EACH])
    text = html_page.text(report)
    data = json.loads(Page(text).raw["data"])
    assert [one[0] for one in data["rows"]].count("differences") == 250 + len(EACH) - 2
    assert {len(one) for one in data["rows"]} == {len(data["columns"])}
    # Without JavaScript: the first rows, and a sentence.
    assert text.count('<tr role="row">\n<th role="rowheader"') == html_page.FIRST_ROWS + 2
    assert "These are the first 100 of 258 rows." in text


def test_accepted_rows_and_risks_have_tables_of_their_own() -> None:
    page = Page(html_page.text(sample_report.report([*EACH, sample_report.failed()])))
    sections = [one["id"] for tag, one in page.tags if tag == "section" and "id" in one]
    assert sections == ["failed", "differences", "risks", "accepted"]


def test_the_chart() -> None:
    report = sample_report.report(EACH)
    runs = history.added(sample_report.runs(12), report)
    page = html_page.text(report, runs=runs)
    assert page.count('class="bar"') == 13
    assert page.count("url(#hatch)") == 1
    assert "2026-11-26T05:00:00Z: Drift. 4 of 5,000 subscribers differ" in page
    assert "<svg" not in html_page.text(report)


# Markdown -------------------------------------------------------------------------------------------------------------


def test_markdown_is_short_and_says_what_matters() -> None:
    text = markdown.text(sample_report.report([*sample_report.many(10_000), sample_report.failed()]))
    assert len(text) < 20_000
    assert "The first 30 of 10,001 rows." in text
    lines = text.splitlines()
    assert lines[2].startswith("**Unknown.** 1 subscriber could not be read.")
    first = next(line for line in lines if line.startswith("| `"))
    assert "Failed" in first


def large_table(text: str) -> list[str]:
    """The lines of the table of rows."""
    return [line for line in text.splitlines() if line.startswith("| `")]


def test_markdown_shows_the_whole_of_what_is_approved() -> None:
    entry = {"from_email": f"{'reception' * 9}@clinic.example", "destination": ".*", "use_regex": True}
    message = f"The server refused it: {'why ' * 500}end."
    text = markdown.text(sample_report.report(
        [row("changed", field="acl", element="x", change="added", expected=entry),
         row("changed", field="name", expected="x" * 1001, actual="y" * 1000),
         row("failed", msg=message)], kind="plan"))  # fmt: skip
    added, name, failed = large_table(text)
    assert f"{entry['from_email']}, destination: .*, use_regex: true`" in added
    assert f"| `{'y' * 1000}` | `{'x' * 1000}`… (cut; report.json has all) |" in name
    assert f"`{message}`" in failed


def test_markdown_fits_into_a_comment_whatever_it_holds() -> None:
    rows = [row(field="name", expected="x" * 900, actual="|`" * 450) for _number in range(40)]
    text = markdown.text(sample_report.report([*rows, *(one | {"accepted": TAKEN["accepted"]} for one in rows)]))
    assert len(text) < 65_536
    assert re.findall(r"The first (\d+) of 40 rows", text) == ["10", "10"]


def test_markdown_tells_last_of_whom_nothing_was_tried() -> None:
    stopped = [row("failed", f"a{number}", msg="Not tried: stopped.") for number in range(2000)]
    nobody = row("failed", None, msg="b@x.example: Not read: stopped.")
    rows = [*stopped, nobody, row("changed", "b", field="name"), row("failed", "c", msg="Not found: 404.")]
    lines = large_table(markdown.text(sample_report.report(rows, kind="provision")))
    assert [line.split("`")[1].partition("@")[0] for line in lines][:3] == ["c", "b", "a0"]
    assert len(lines) == markdown.MOST_ROWS


def test_markdown_lists_what_is_accepted() -> None:
    text = markdown.text(sample_report.report([TAKEN], subscribers=12))
    assert "as declared, except for 1 accepted difference." in text
    _before, _sentence, after = text.partition("**Accepted** by the baseline, and in no other number:\n\n")
    assert after.splitlines()[:3] == [
        "| Subscriber | What | Field | Declared | Actual | Reason | Until |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        r"| `43123001@voip.example.com` | Differs | `t38` | `true` | `false` | `Ticket #4711 \| @ann` | `2026-12-31` |",
    ]
    many = markdown.text(sample_report.report([TAKEN] * 11))
    assert "The first 10 of 11 rows." in many
    assert "Accepted**" not in markdown.text(sample_report.report([row()]))


def test_nothing_in_markdown_calls_anybody_or_is_markup() -> None:
    text = markdown.text(nasty(), NASTY)
    outside = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", re.sub(r"\\`", "", text))
    assert not re.search(r"@\w", outside)
    assert "<" not in outside.replace("\\<", "")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", text)
    # Every line of the large table has its seven cells.
    rows = [line for line in text.splitlines() if line.startswith(("| `", "| Sub"))]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows[1:]} == {8}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("a", "`a`"),
        (None, ""),
        ("a`b", "`` a`b ``"),
        ("``", "``` `` ```"),
        ("a|b", r"`a\|b`"),
        ("\\|", r"`\ \|`"),
        ("a\r\nb\tc  d", "`a b c  d`"),
        ("x" * 100, f"`{'x' * 100}`"),
    ],
)
def test_code_in_a_table(content: str | None, code: str) -> None:
    assert markdown.code(content, in_table=True) == code


# Nothing hides a change -----------------------------------------------------------------------------------------------

PLANTED = row(
    "changed", "victim", settings="faxserver_settings", field="destinations", element="thief@evil.example",
    change="added", expected={"destination": "thief@evil.example", "filetype": "PDF"},
) | {"subscriber_id": 9_999_999, "subscriber": "victim@z.example"}  # fmt: skip


def noise(kind: str, size: int, **more: Any) -> list[Row]:
    """Rows of so many subscribers, all before the planted one in every order of ids and names."""
    return [
        but(
            row(kind, **{"settings": "faxserver_settings", **more}),
            subscriber_id=at,
            subscriber=f"43123{at:05}@voip.example.com",
        )
        for at in range(1, size + 1)
    ]


def of_one(size: int, **more: Any) -> list[Row]:
    """Rows of one subscriber."""
    rows = noise("changed", size, **more)
    who = {"subscriber_id": rows[0]["subscriber_id"], "subscriber": rows[0]["subscriber"]}
    return [but(one, **who, element=f"{at:03}{'x' * 250}") for at, one in enumerate(rows)]


MASSES: dict[str, list[Row]] = {
    "unmanaged": noise("unmanaged", 52, field="active", actual=True, msg="It is active."),
    "unknown external ids": noise("failed", 31, msg="ext-4711: There is no subscriber with this external_id."),
    "missing": noise("missing", 120),
    "long messages": noise("failed", 40, msg="The server refused it: " + "|`<b>&amp;" * 500),
    "not tried": noise("failed", 1_000, msg="Not tried: the login was refused."),
    "risks": noise("risk", 200, msg="It is active without a key."),
    "trivial changes": noise("changed", 1_500, field="t38", change="changed", expected=True, actual=False),
    "a change for each": noise("changed", 60, field="destinations", element="a@b.example", change="added"),
    "long values": noise("changed", 100, field="name", change="changed", expected="`|" * 1_000, actual=NASTY * 20),
    "rules of one": of_one(90, field="acl", change="added", expected={"from_email": "x" * 250}),
    "markup": [but(one, place=NASTY, changed_by=NASTY) for one in noise("changed", 90, field=NASTY, expected=NASTY)],
}
MASSES["all at once"] = [one for name, rows in MASSES.items() if name != "rules of one" for one in rows]


@pytest.mark.parametrize(
    ("kind", "mass"),
    [*(("plan", mass) for mass in MASSES), ("provision", "unmanaged"), ("provision", "trivial changes")],
)
def test_no_mass_of_rows_hides_a_planted_destination(kind: str, mass: str) -> None:
    made = all_files(sample_report.report([*deepcopy(MASSES[mass]), PLANTED], kind=kind), title=NASTY * 100)
    summary = made["report.md"].decode()
    assert len(summary) <= 65_536
    (line,) = (line for line in summary.splitlines() if "`victim@z.example`" in line)
    assert "`destinations thief@evil.example`" in line
    # Where all of that comes together, the address is there, and a note says that values are not.
    assert "thief@evil.example, filetype: PDF" in line or "shown without values**" in summary
    # Without JavaScript the page has its first rows, with it the first rows of these data.
    page = made["report.html"].decode()
    shown, _scripts = page.split('<script type="application/json"')
    assert '<span class="element">thief@<wbr>evil.example' in shown
    data = json.loads(Page(page).raw["data"])
    first = [one for one in data["rows"] if one[0] == "differences"][:100]
    assert any("thief@evil.example" in one for one in first)
    cases = ElementTree.fromstring(made["junit.xml"]).findall("testsuite/testcase")
    assert any("victim@z.example" in case.attrib["name"] and "thief@" in case.attrib["name"] for case in cases)


def test_a_plan_begins_with_what_is_changed() -> None:
    report = sample_report.report([*MASSES["unmanaged"], *MASSES["unknown external ids"], PLANTED], kind="plan")
    first, *others = large_table(markdown.text(report))
    assert "victim@z.example" in first
    assert len(others) == 2 * markdown.MOST_OF_OTHERS + 10
    assert "The first 30 of 83 other rows." in markdown.text(report)
    page = html_page.text(report)
    assert page.index('id="differences"') < page.index('id="failed"')


@pytest.mark.parametrize("size", [31, 300, 1_500])
def test_a_plan_names_everybody_that_it_changes(size: int) -> None:
    rows = noise("changed", size, field="name", change="changed", expected="Clinic", actual="Office")
    text = markdown.text(sample_report.report(rows, kind="plan"))
    assert len(text) <= 65_536
    assert all(f"`{view.name(one)}`" in text for one in rows)
    assert "not shown" not in text
    # As far as there is room, with its values.
    assert text.count("`Office`") >= min(size, 100)


def test_a_plan_says_at_its_top_how_many_changes_it_does_not_show() -> None:
    rows = [but(one, field=field) for field in ("t38", "ecm") for one in noise("changed", 1_700, change="changed")]
    text = markdown.text(sample_report.report(rows, kind="plan"))
    named = {name for name in map(view.name, rows) if f"`{name}`" in text}
    hidden = 2 * (1_700 - len(named))
    lines = text.splitlines()
    assert lines[2] == f"**{hidden:,} changes are not shown** here. The other files of the report have all."
    notes = [int(found.replace(",", "")) for found in re.findall(r"\*\*([\d,]+) changes are", text)]
    assert sum(notes[1:]) <= 2 * len(named)
    assert 65_536 - 1_500 < len(text) <= 65_536
    assert len(named) > 1_000
    # What follows the changes has its place all the same.
    text = markdown.text(sample_report.report([*rows, *noise("failed", 3, msg="Not found.")], kind="plan"))
    assert text.count("`Not found.`") == 3


def test_a_report_of_drift_says_how_many_differences_it_does_not_show() -> None:
    rows = [*noise("failed", 31, msg="x" * 900), *noise("missing", 52), *noise("drift", 40, field="name")]
    text = markdown.text(sample_report.report(rows))
    differing = text.count("| Differs |")
    assert differing >= 10
    assert text.splitlines()[4].startswith(f"**{40 - differing} differences are not shown** here.")
    assert "not shown" not in markdown.text(sample_report.report(rows[:-35]))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (" Clinic", '`" Clinic"`'),
        ("a  b", '`"a  b"`'),
        ("a\nb", '`"a\\nb"`'),
        ("a b", "`a b`"),
        ("a\u00a0b", "`a\\u00a0b`"),
        ("a\u3164", "`a\\u3164`"),
        ("\U000e0041", "`\\U000e0041`"),
    ],
)
def test_a_value_that_looks_like_another_is_told_apart(value: str, shown: str) -> None:
    report = sample_report.report([row("changed", field="name", expected=value, actual="x")], kind="plan")
    assert f"| `x` | {shown} |" in markdown.text(model.read(report))


def test_an_entry_cannot_look_like_several_settings() -> None:
    entry = {"from_email": "a, destination: 43123, use_regex: false", "destination": None, "use_regex": True}
    report = sample_report.report([row("changed", field="acl", change="added", expected=entry)], kind="plan")
    told = 'from_email: "a, destination: 43123, use_regex: false", use_regex: true'
    assert f"`{told}`" in markdown.text(report)
    assert view.value_text(entry) == f"{told}".replace(", use_regex: true", ", destination: not set, use_regex: true")


# JUnit ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "report", [sample_report.report(EACH), nasty(), sample_report.report()], ids=["each", "nasty", "none"]
)
def test_junit_is_well_formed_and_its_counts_are_right(report: Report) -> None:
    root = ElementTree.fromstring(all_files(report, NASTY)["junit.xml"])
    cases = root.findall("testsuite/testcase")
    assert len(cases) == len(report["rows"]) + 1 == int(root.attrib["tests"])
    for suite in [root, *root]:
        for outcome, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(suite.attrib[name]) == len(list(suite.iter(outcome)))
    names = [(case.attrib["classname"], case.attrib["name"]) for case in cases]
    assert report == nasty() or len(set(names)) == len(names)


@pytest.mark.parametrize(("fails", "failures"), [((), 8), (("unmanaged",), 9), (("unmanaged", "risk"), 10)])
def test_junit_fails_on_drift_and_on_what_is_asked_for(fails: tuple[str, ...], failures: int) -> None:
    root = ElementTree.fromstring(junit.text(sample_report.report(EACH), fails=fails))
    assert (root.attrib["failures"], root.attrib["errors"], root.attrib["skipped"]) == (str(failures), "0", "1")
    assert [suite.attrib["name"] for suite in root] == ["ngcp.fax", "voip.example.com", "tel.example"]


def test_junit_is_an_error_where_nobody_knows() -> None:
    root = ElementTree.fromstring(junit.text(sample_report.report([sample_report.failed()])))
    assert root.attrib["errors"] == "2"


# Files ----------------------------------------------------------------------------------------------------------------


def test_the_same_report_gives_the_same_bytes() -> None:
    for report in (sample_report.report(EACH), nasty()):
        assert all_files(report) == all_files(deepcopy(report))


def test_only_what_differs_is_written_and_nothing_in_check_mode(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "a"
    assert files.write({file: b"x"}, check_mode=True)
    assert not file.parent.exists()
    assert files.write({file: b"x"}, check_mode=False)
    written = file.stat().st_mtime_ns
    assert not files.write({file: b"x"}, check_mode=False)
    assert file.stat().st_mtime_ns == written
    with pytest.raises(BadOption, match="cannot be written"):
        files.write({file / "below": b"x"}, check_mode=False)


@pytest.mark.parametrize(
    ("rows", "fail_on", "outcome"),
    [
        ([], ["drift", "unmanaged", "risk"], ""),
        ([row()], ["drift"], "failed"),
        ([row("missing")], ["drift"], "failed"),
        ([row("unmanaged")], ["drift"], ""),
        ([row("unmanaged")], ["unmanaged"], "failed"),
        ([row("risk")], ["drift", "risk"], "failed"),
        ([row("changed")], ["drift", "unmanaged", "risk"], ""),
        ([row(accepted={"reason": "x", "expires": "2026-12-31"})], ["drift"], ""),
        ([row()], ["never"], ""),
        ([row(), row("failed")], ["drift"], "unreachable"),
        ([row("failed")], ["risk"], "unreachable"),
        ([row("failed")], ["never"], ""),
    ],
)
def test_what_a_run_comes_to(rows: list[Row], fail_on: list[str], outcome: str) -> None:
    assert files.verdict(sample_report.report(rows), fail_on)[0] == outcome


# History --------------------------------------------------------------------------------------------------------------


def test_the_history_keeps_each_run_once_and_the_newest(tmp_path: Path) -> None:
    file = tmp_path / "history.json"
    assert history.read(file) == []
    report = sample_report.report()
    runs = history.added(history.added([], report), report)
    assert len(runs) == 1
    old = [runs[0] | {"generated": f"2025-01-01T00:{number:02}:00Z"} for number in range(60)]
    old += [runs[0] | {"generated": f"2025-01-01T01:{number:02}:00Z"} for number in range(60)]
    kept = history.added(old, report)
    assert (len(kept), kept[-1]["generated"]) == (history.MOST_RUNS, report["generated"])
    file.write_text(history.text(kept), encoding="utf-8")
    assert history.read(file) == kept


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"version": 2, "runs": []}', b'{"version": 1, "runs": [{}]}', b"\xff", b'{"version": 1, "runs": 3}',
     b"[" * 100_000],
)  # fmt: skip
def test_a_damaged_history_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "history.json"
    file.write_bytes(content)
    with pytest.raises(history.Damaged, match=r"is damaged: it (is not JSON|holds no history).*It was left as it is"):
        history.read(file)
    with pytest.raises(history.Damaged, match="cannot be read"):
        history.read(tmp_path)


@pytest.mark.parametrize("report_kind", schema.REPORT_KINDS)
def test_every_kind_of_row_is_in_every_file(report_kind: str) -> None:
    rows = [sample_report.row(kind, f"user-{kind}") for kind in schema.ROW_KINDS]
    for content in all_files({**sample_report.report(rows), "kind": report_kind}).values():
        assert all(f"user-{kind}" in content.decode() for kind in schema.ROW_KINDS)
