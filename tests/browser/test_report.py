# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody does with report.html in the morning, and with what."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests import sample_report
from tests.browser.conftest import Open
from tests.sample_report import row

EACH = sample_report.of_each()
UNKNOWN = [*EACH, sample_report.failed()]
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
IMAGE = Path(__file__).resolve().parents[2] / "docs" / "images" / "report.png"
MOST_BYTES = 200_000
NARROW = {"width": 360, "height": 740}
NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def subscribers(page: Page, section: str = "differences") -> list[str]:
    return page.locator(f"#{section} tbody tr:not(.group):not(.answer) th").locator("b").all_inner_texts()


def told(page: Page) -> str:
    return page.locator("#told").inner_text()


def number(page: Page, section: str = "differences") -> str:
    return page.locator(f"#{section} .number").first.inner_text()


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_it_opens_with_verdict_totals_chart_and_tables(show: Open) -> None:
    page = show(EACH)
    assert page.title() == "Drift · Fax settings: drift"
    expect(page.get_by_role("heading", level=1)).to_have_text("Fax settings: drift")
    expect(page.locator("main, header.top, footer")).to_have_count(3)
    assert page.locator(".totals dd").all_inner_texts() == ["5,000", "4,995", "4", "1", "1", "0", "1", "0", "1"]
    expect(page.locator(".chart .bar")).to_have_count(30)
    sections = page.locator(".part-of-report h2").all_inner_texts()
    assert [" ".join(one.split()) for one in sections] == ["Differences 8", "Risks 1", "Accepted 1"]
    assert "The old gateway" in page.locator("#accepted").inner_text()
    # What differs is marked, and nothing else.
    line = page.locator("#differences tr", has_text="Ward")
    assert (line.locator("del mark").inner_text(), line.locator("ins mark").inner_text()) == ("3", "5")
    assert line.locator("ins").inner_text().endswith("Example Clinic, Ward 5")


def test_unknown_is_unmistakable(show: Open) -> None:
    page = show(UNKNOWN)
    assert page.title().startswith("Unknown")
    verdict = page.get_by_role("region", name="Unknown")
    expect(verdict).to_contain_text("There may be drift.")
    assert subscribers(page, "failed") == ["43123050@voip.example.com"]
    loud = "document.querySelector('.verdict')"
    ground, body = (page.evaluate(f"getComputedStyle({one}).backgroundColor") for one in (loud, "document.body"))
    assert ground != body


def test_filter_search_and_reset(show: Open) -> None:
    page = show(EACH)
    page.get_by_label("Domain").select_option(label="tel.example")
    assert told(page) == "3 of 10 rows."
    assert subscribers(page) == ["reception@tel.example", "lobby@tel.example"]
    expect(page.locator("#accepted .empty")).to_have_text("No row fits.")
    page.get_by_label("What").select_option(label="Unmanaged")
    assert subscribers(page) == ["lobby@tel.example"]
    page.get_by_role("button", name="Reset").click()
    assert told(page) == "All 10 rows."
    assert number(page) == "8"
    page.get_by_label("Search").fill("WARD huber")
    assert (told(page), number(page)) == ("1 of 10 rows.", "1 of 8")
    page.get_by_label("Search").fill("nothing of the kind")
    assert told(page) == "0 of 10 rows."
    expect(page.locator("#differences table")).to_be_hidden()
    page.get_by_label("Search").fill("")
    page.get_by_label("Author").select_option(label="no author")
    assert subscribers(page) == ["reception@tel.example", "43123099@voip.example.com", "lobby@tel.example"]


def test_sort(show: Open) -> None:
    page = show(EACH)
    before = subscribers(page)
    head = page.locator("#differences [data-sort=since]")
    button = head.get_by_role("button")
    times = page.locator("#differences time")
    button.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert times.all_inner_texts() == sorted(times.all_inner_texts())
    # Those without a time stay last.
    last = subscribers(page)[-3:]
    button.click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert times.all_inner_texts() == sorted(times.all_inner_texts(), reverse=True)
    assert subscribers(page)[-3:] == last
    assert told(page) == "Sorted by since, descending."
    button.click()
    expect(page.locator("[aria-sort]")).to_have_count(0)
    assert subscribers(page) == before


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("domain", ["voip.example.com 6 rows", "tel.example 2 rows"]),
        ("customer", ["customer 5 6 rows", "customer 8 2 rows"]),
        (
            "field",
            ["destinations 2 rows", "no field 2 rows", "acl 1 row", "active 1 row", "name 1 row", "secret_key 1 row"],
        ),
        ("author", ["j.huber 3 rows", "no author 3 rows", "m.novak 1 row", "support 1 row"]),
    ],
)
def test_group(show: Open, by: str, groups: list[str]) -> None:
    page = show(EACH)
    page.get_by_label("Group by").select_option(label=by)
    assert page.locator("#differences .group").all_inner_texts() == groups
    assert len(subscribers(page)) == 8


def test_what_settles_a_row_is_copied(show: Open) -> None:
    page = show(EACH, permissions=["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name="Settle 43123001@voip.example.com active")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    settle = EACH[0]["settle"]
    assert settle
    page.get_by_role("button", name="Put back").click()
    page.wait_for_function("document.getElementById('told').textContent === 'Copied.'")
    assert page.evaluate("navigator.clipboard.readText()") == settle["restore"]
    page.get_by_role("button", name="Declare in git").click()
    page.wait_for_function(f"navigator.clipboard.readText().then((text) => text === {settle['declare']!r})")
    button.click()
    expect(page.locator(".answer")).to_have_count(0)


def test_by_keyboard_alone(show: Open) -> None:
    page = show(EACH)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the rows")).to_be_focused()
    expect(page.get_by_role("link", name="To the rows")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    sort = page.locator("#differences [data-sort=subscriber] button")
    expect(sort).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Space")
    expect(page.locator("#differences [data-sort=subscriber]")).to_have_attribute("aria-sort", "ascending")
    seen = []
    for _step in range(8):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.innerText"))
        if seen[-1].startswith("Settle"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".answer pre")).to_have_count(2)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText").startswith("Copy"), seen
    # Backwards, out of the table, into the tools.
    page.get_by_label("Group by").focus()
    page.keyboard.type("f")
    expect(page.locator("#differences .group").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".group")).to_have_count(0)


def test_on_a_phone(show: Open) -> None:
    page = show(UNKNOWN, viewport=NARROW, has_touch=True)
    assert fits(page)
    page.get_by_label("Search").fill("ward")
    page.locator("#differences").get_by_role("button", name="Settle").tap()
    expect(page.locator(".answer pre").first).to_be_visible()
    assert fits(page)
    # The table is a table for a screen reader, too, though it is shown as cards.
    table = page.get_by_role("table", name=re.compile("Differences"))
    expect(table.get_by_role("rowheader")).to_have_count(1)
    expect(table.get_by_role("columnheader", name="Place")).to_be_visible()


def test_in_the_dark(show: Open) -> None:
    grounds = [
        show(EACH, color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    brightness = [sum(map(int, re.findall(r"\d+", ground))) for ground in grounds]
    assert brightness[0] > 700 > 150 > brightness[1]


def test_on_paper_are_all_rows(show: Open) -> None:
    page = show(sample_report.many(250))
    assert len(subscribers(page)) == 100
    content = page.pdf(format="A4")
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) > 5
    assert len(subscribers(page)) == 250
    page.emulate_media(media="print")
    expect(page.locator(".tools")).to_be_hidden()
    assert page.locator("#differences table").evaluate("(table) => getComputedStyle(table).display") == "table"


def test_ten_thousand_rows_stay_usable(show: Open) -> None:
    page = show(sample_report.many(10_000))
    assert len(subscribers(page)) == 100
    page.get_by_role("button", name="Show 100 more").click()
    assert told(page) == "100 rows more, 200 of 10,000 rows shown."
    page.get_by_label("Search").fill("4312009999")
    assert subscribers(page) == ["4312009999@customer39.example.com"]
    page.get_by_role("button", name="Reset").click()
    page.locator("#differences [data-sort=subscriber] button").click()
    page.locator("#differences [data-sort=subscriber] button").click()
    assert subscribers(page)[0] == "4312009999@customer39.example.com"
    page.get_by_label("Group by").select_option(label="domain")
    assert page.locator(".group").first.inner_text().endswith("250 rows")
    page.get_by_label("Domain").select_option(label="customer7.example.com")
    page.get_by_role("button", name="Show all 250").click()
    assert len(subscribers(page)) == 250
    expect(page.locator("#differences .more")).to_be_hidden()
    # The button is gone: the focus is at the first of the new rows.
    assert page.evaluate("document.activeElement.tagName") == "TR"


def test_without_javascript_there_are_the_first_rows(show: Open) -> None:
    page = show(sample_report.many(250), java_script_enabled=False)
    expect(page.locator("#differences tbody tr")).to_have_count(100)
    expect(page.get_by_text("These are the first 100 of 250 rows.")).to_be_visible()
    expect(page.locator(".tools")).to_be_hidden()
    page.locator("summary", has_text="Settle").first.click()
    expect(page.locator("#differences pre").first).to_be_visible()


def test_markup_in_names_stays_text(show: Open) -> None:
    made = row(
        name=NASTY, domain=NASTY, field=NASTY, element=NASTY, expected=NASTY, actual={NASTY: NASTY}, changed_by=NASTY,
        place=NASTY, settings="faxserver_settings", settle={"declare": NASTY, "restore": NASTY},
    )  # fmt: skip
    page = show([made, {**made, "kind": "risk", "msg": NASTY}], title=NASTY)
    assert page.locator("h1").inner_text() == NASTY
    page.locator("#differences").get_by_role("button", name="Settle").click()
    for by in ("domain", "field", "author"):
        page.get_by_label("Group by").select_option(label=by)
    expect(page.locator("img")).to_have_count(0)
    assert subscribers(page) == [f"{NASTY}@{NASTY}"]


@pytest.mark.parametrize("script", [True, False])
def test_no_name_turns_what_stands_around_it(show: Open, script: bool) -> None:
    """With the program of the page and without it."""
    page = show([row(name="fax\u202eevil", element="שלום", field="destinations", expected="a\u200b", actual="a")],
                java_script_enabled=script)  # fmt: skip
    assert subscribers(page) == [r"fax\u202eevil@voip.example.com"]
    if script:
        names = page.locator("#differences :is(b, .element)")
        isolated = names.evaluate_all("(those) => those.map((one) => getComputedStyle(one).unicodeBidi)")
        assert isolated == ["isolate", "isolate"]
    assert page.locator("#differences del").inner_text().endswith(r"a\u200b")


def test_no_drift(show: Open) -> None:
    page = show([], runs=0)
    expect(page.get_by_role("region", name="No drift")).to_contain_text("All 5,000 subscribers are as declared.")
    expect(page.locator("#differences .empty")).to_have_text("No row.")
    expect(page.locator("#differences table")).to_be_hidden()


def test_a_plan_has_nothing_to_settle(show: Open) -> None:
    changed = row("changed", field="active", change="changed", expected=True, actual=False, settle=None)
    page = show([changed], kind="plan")
    expect(page.get_by_role("region", name="Plan")).to_contain_text("1 of 5,000 subscribers would be changed.")
    heads = page.locator("#differences").get_by_role("columnheader")
    assert [head.split("\n")[0] for head in heads.all_inner_texts()] == [
        "Subscriber",
        "What",
        "Field",
        "Before → After",
        "Place",
    ]
    expect(page.locator("#differences tbody tr").first.locator("td:visible")).to_have_count(4)


@pytest.mark.parametrize(
    "options", [{}, {"color_scheme": "dark"}, {"viewport": NARROW}], ids=["light", "dark", "narrow"]
)
def test_axe_finds_nothing(show: Open, options: dict[str, Any]) -> None:
    """Of any weight, in a page whose rows are grouped, and one of them open."""
    page = show(UNKNOWN, **options)
    page.get_by_label("Group by").select_option(label="domain")
    page.locator("#differences").get_by_role("button", name="Settle").first.click()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    assert [(one["id"], one["impact"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []


def test_the_picture_in_the_readme(show: Open) -> None:
    """Written with `make screenshot` only; what is there is small, and of the size that would be written."""
    page = show(EACH, viewport={"width": 1200, "height": 1280})
    page.locator("#differences").get_by_role("button", name="Settle").nth(1).click()
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        if os.environ.get("SCREENSHOT"):
            IMAGE.parent.mkdir(exist_ok=True)
            # Few colours: a quarter of the bytes, and nobody sees it.
            picture.convert("RGB").quantize(128).save(IMAGE, optimize=True)
        with Image.open(IMAGE) as kept:
            assert kept.size == picture.size
    assert IMAGE.stat().st_size < MOST_BYTES
