"""The page: whole, offline, and safe whatever its names are."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from churnsim.reports.html import html, write_report
from churnsim.reports.report import report_of
from tests.reports.small_runs import (
    ARM,
    CAUSE,
    COMMENT,
    NAME,
    PLAYBOOK,
    REASON,
    SEGMENT,
    TEAM,
    comparison_run,
    ladder_run,
    plain_run,
)


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.in_pictures = ""
        self.depth = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.depth += tag == "svg"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "svg"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.depth:
            self.in_pictures += data


@pytest.fixture(scope="module")
def ladder() -> str:
    return html(report_of(ladder_run()))


@pytest.fixture(scope="module")
def comparison() -> str:
    return html(report_of(comparison_run()))


def test_names_come_out_as_text(ladder, comparison):
    found = Page(ladder)
    for name in (NAME, SEGMENT, CAUSE, REASON, TEAM, PLAYBOOK, COMMENT):
        assert name in found.text, name
    assert CAUSE.replace(" ", "") in re.sub(r"\s", "", found.in_pictures), "in the picture too"
    assert REASON.replace(" ", "") in re.sub(r"\s", "", found.in_pictures), "never read as mathematics"
    assert ARM.replace(" ", "") in re.sub(r"\s", "", Page(comparison).in_pictures)


@pytest.mark.parametrize("kind", ["ladder", "comparison"])
def test_the_page_has_no_script_and_asks_for_nothing(kind, request):
    text = request.getfixturevalue(kind)
    found = Page(text)
    assert not {"script", "img", "iframe", "object", "b", "form"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    addresses = [value for name, value in found.attributes if name in ("href", "src", "xlink:href", "action")]
    assert [a for a in addresses if not a.startswith("#")] == ["data:,"]
    styles = "".join(re.findall(r"<style>.*?</style>", text, re.DOTALL))
    assert "@import" not in styles
    assert "url(" not in styles


@pytest.mark.parametrize("kind", ["ladder", "comparison"])
def test_ids_are_unique_and_references_lead_somewhere(kind, request):
    found = Page(request.getfixturevalue(kind))
    ids = [value for name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    used = {v[1:] for n, v in found.attributes if n == "href" and v.startswith("#")}
    used |= {m for _, v in found.attributes for m in re.findall(r"url\(#([^)]*)\)", v)}
    assert used <= set(ids)


def test_every_picture_has_words_for_those_who_do_not_see_it(ladder):
    found = Page(ladder)
    pictures = found.tags.count("svg")
    assert pictures >= 9
    assert found.tags.count("figcaption") == pictures
    assert [value for name, value in found.attributes if name == "role"].count("img") == pictures
    assert found.tags.count("details") >= pictures


def test_what_cannot_be_shown_is_said():
    text = Page(html(report_of(plain_run()))).text
    assert "What this report cannot show" in text
    assert "only churnsim headcount simulates a ladder" in text


def test_the_same_run_gives_the_same_page():
    assert html(report_of(ladder_run())) == html(report_of(ladder_run()))


def test_an_old_report_stays_whole_when_writing_fails(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def broken(self: pathlib.Path, text: str, **options: str) -> None:
        with self.open("w") as file:
            file.write(text[:100])
        raise OSError("disk full")

    monkeypatch.setattr(pathlib.Path, "write_text", broken)
    with pytest.raises(OSError, match="disk full"):
        write_report(plain_run(), path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_the_data_of_a_report_load_neither_jinja_nor_matplotlib():
    code = "import sys, churnsim.reports.report; print({'jinja2', 'matplotlib', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
