# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports in a real browser: Chromium, headless. Any message on its console or request fails a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Row
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import history, html_page, model
from tests import sample_report
from tests.browser import chromium

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium.start(playwright)
        yield browser
        browser.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """`show(rows, **context)` is a page with the report about these rows."""
    contexts = []
    heard: list[str] = []

    def requested(request: Request) -> None:
        if request.url != file.as_uri() and not request.url.startswith("data:"):
            heard.append(f"request: {request.url}")

    file = tmp_path / "report.html"

    def run(rows: list[Row], title: str = "", runs: int = 29, kind: str = "drift", **options: Any) -> Page:
        report = model.read(sample_report.report(rows, kind=kind))
        past = history.added(sample_report.runs(runs), report) if runs else []
        file.write_bytes(html_page.text(report, title, past).encode(errors="replace"))
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: heard.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("dialog", lambda dialog: heard.append(f"dialog: {dialog.message}"))
        page.on("request", requested)
        page.goto(file.as_uri())
        return page

    yield run
    for context in contexts:
        context.close()
    assert heard == []
