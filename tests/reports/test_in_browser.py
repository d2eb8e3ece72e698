"""Reports in a real headless Chromium: quiet, offline, as wide as the screen, printable."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from churnsim.reports.html import write_report
from churnsim.reports.sweep import write_page
from tests.reports.browser import chromium
from tests.reports.small_runs import CAUSE, NAME, comparison_run, ladder_run, plain_run
from tests.reports.test_sweep_hours import company

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

KINDS = {"ladder": ladder_run, "comparison": comparison_run, "run": plain_run}
# elements that stick out of the page, but for what lies in a box that scrolls
STICKING_OUT = """() => [...document.querySelectorAll('body *')]
    .filter(e => !e.closest('.scroll') || e.matches('.scroll'))
    .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5)
    .map(e => e.outerHTML.slice(0, 80))"""

DRAWN = """() => [...document.querySelectorAll('details table')]
    .filter(t => t.checkVisibility() && t.getBoundingClientRect().height > 0).length"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pathlib.Path]:
    folder = tmp_path_factory.mktemp("reports")
    return {kind: write_report(make(), folder / f"{kind}.html") for kind, make in KINDS.items()}


def opened(browser: Browser, path: pathlib.Path, width: int) -> tuple[Page, list[str]]:
    """The page, and all that it said, asked for and popped up."""
    page = browser.new_page(viewport={"width": width, "height": 844})
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: heard.append(request.url))
    page.goto(path.as_uri())
    return page, heard


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_report_is_quiet_and_fits(browser, reports, kind, width):
    page, heard = opened(browser, reports[kind], width)
    assert heard == [reports[kind].as_uri()], "the file itself and nothing else"
    for everything_open in (False, True):
        if everything_open:
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(STICKING_OUT) == []
    assert page.evaluate("document.scripts.length") == 0
    assert NAME in page.inner_text("body")
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("measures", [("capacity", "arr"), ("arr", "hours")])
def test_the_page_of_a_sweep_fits(browser, tmp_path, measures, width):
    path = write_page(company(measures), tmp_path / "sweep.html")
    page, heard = opened(browser, path, width)
    assert heard == [path.as_uri()]
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(STICKING_OUT) == []
    # a legend of three arms and more stays within its picture
    out = """() => [...document.querySelectorAll('svg')].flatMap(s => [...s.querySelectorAll('text')]
        .filter(t => t.getBoundingClientRect().right > s.getBoundingClientRect().right + 1).map(t => t.textContent))"""
    assert page.evaluate(out) == []
    page.close()


def test_the_checks_see_what_they_look_for(browser, tmp_path):
    path = tmp_path / "bad.html"
    path.write_text('<body><p style="width:900px">wide</p><img src="none.png"><script>console.log("x")</script></body>')
    page, heard = opened(browser, path, 390)
    assert len(heard) >= 3
    assert page.evaluate("document.documentElement.scrollWidth") > 390
    assert len(page.evaluate(STICKING_OUT)) == 1
    page.close()


def test_names_in_pictures_are_drawn_as_text(browser, reports):
    page, _ = opened(browser, reports["ladder"], 1280)
    drawn = "".join("".join(page.locator("svg text").all_text_contents()).split())
    assert "".join(CAUSE.split()) in drawn
    page.close()


def test_a_report_prints_with_every_table_open(browser, reports):
    page, _ = opened(browser, reports["ladder"], 1280)
    tables = page.locator("details table").count()
    assert tables > 9
    assert page.evaluate(DRAWN) == 0, "closed on the screen"
    page.emulate_media(media="print")
    assert page.evaluate(DRAWN) == tables
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert len(printed) > 50_000
    page.close()
