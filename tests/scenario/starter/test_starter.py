"""The file to start from: its first lines, what it keeps of the preset, and what it takes from a book."""

from __future__ import annotations

import datetime
import pathlib
import re
import tomllib

import pytest

from churnsim.scenario.book import parse_book, resolve_book
from churnsim.scenario.files import arms, parse
from churnsim.scenario.preset_files import preset_book, preset_text, presets
from churnsim.scenario.starter.facts import facts_of
from churnsim.scenario.starter.text import starter

KPIS = ("annual_logo_churn", "annual_net_retention")
HEADER = "account_id,segment,start_date,arr,contract_term_months"


def key_of(line: str) -> str:
    return line.removeprefix("# ").partition(" = ")[0]


def comments(text: str) -> list[str]:
    return [line.partition("#")[2].strip() for line in text.splitlines() if "#" in line]


def unobserved(text: str) -> str:
    """A preset without what it says of observed figures, written or hinted at."""
    text = re.sub(r"^# What you measure\..*?\n(?=\n)", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^\[observed\..*?\n(?=\n|#|\[)", "", text, flags=re.DOTALL | re.MULTILINE)


def of_book(data: str, preset: str, as_of: datetime.date | None = None):
    made = starter(preset, "my", "my.toml", as_of, facts_of(data.encode(), "b.csv", as_of), "b.csv")
    file = parse(made.text, "my.toml")
    return made, file, parse_book(data.encode(), file.scenario, "b.csv")


def rows(segment: str, count: int, start: str, arr: float, term: int) -> str:
    return "".join(f"{segment}-{start}-{term}-{i},{segment},{start},{arr},{term}\n" for i in range(count))


@pytest.mark.parametrize("name", presets())
def test_the_first_dozen_lines_are_those_to_fill_in(name: str) -> None:
    made = starter(name, "my", "my.toml")
    lines = made.text.splitlines()
    segments = tomllib.loads(preset_text(name))["segments"]
    expected = ["name", "as_of"]
    for segment in segments:
        expected += [f"opening.{segment}.arr", f"opening.{segment}.accounts"]
        expected += [f"observed.{segment}.{key}" for key in KPIS]
    expected += ["teams.csm.posts.today", "teams.csm.annual_cost"]
    assert [key_of(line) for line in lines[:12]] == expected
    assert lines[12] == ""
    assert made.fill_in == list(range(2, 13))
    words = " ".join(comments("\n".join(lines[:12])))
    for word in ("ARR", "accounts", "churn", "NRR", "CSM", "cost"):
        assert word in words
    assert all(len(line) <= 125 for line in lines[:30])


@pytest.mark.parametrize("name", presets())
def test_without_a_book_the_file_is_the_preset_and_its_size(name: str) -> None:
    made = starter(name, "my", "my.toml")
    document, preset = tomllib.loads(made.text), tomllib.loads(preset_text(name))
    opening = document.pop("opening")
    assert document.pop("name") == "my"
    preset.pop("name")
    observed = document.pop("observed", {})
    known = preset.pop("observed", {})
    assert observed == {
        s: {k: v for k, v in table.items() if k in KPIS} for s, table in known.items() if set(table) & set(KPIS)
    }
    assert document == preset
    book, bundled = resolve_book(parse(made.text)), resolve_book(parse(preset_text(name)))
    assert book is not None
    assert bundled is not None
    assert book.account_id == bundled.account_id
    assert book.arr.sum() == pytest.approx(bundled.arr.sum(), rel=5e-3)
    assert sum(size["accounts"] for size in opening.values()) == len(bundled)


@pytest.mark.parametrize("name", presets())
def test_comments_of_the_preset_survive(name: str) -> None:
    """All but those on lines that are the company's now, and the hint at figures that stand at the top now."""
    own = re.compile(r"(name|as_of|book|posts|annual_cost) = ")
    rest = [line for line in unobserved(preset_text(name)).splitlines() if not own.match(line)]
    kept = comments(starter(name, "my", "my.toml").text)
    assert len(comments("\n".join(rest))) > 100
    assert [comment for comment in comments("\n".join(rest)) if comment and comment not in kept] == []


@pytest.mark.parametrize("name", presets())
def test_the_bundled_book_under_other_names_gives_the_preset_back(name: str) -> None:
    """Own names, mapped by likeness; what the book does not show is the preset's to the digit."""
    data = preset_book(name).read_text(encoding="utf-8")
    preset = tomllib.loads(preset_text(name))
    renamed = {segment: f'{segment} "Größe" = 1' for segment in preset["segments"]}
    for old, new in renamed.items():
        quoted = new.replace('"', '""')
        data = data.replace(f",{old},", f',"{quoted}",')
    made, file, book = of_book(data, name)
    assert made.like == {renamed[old]: old for old in renamed}
    assert len(book) == data.count("\n") - 1
    document = tomllib.loads(made.text)
    for old, new in renamed.items():
        own, theirs = document["segments"][new], preset["segments"][old]
        derived = {"entry_arr_mean", "entry_arr_cv"}
        assert {k: v for k, v in own["acquisition"].items() if k not in derived | {"channels"}} == {
            k: v for k, v in theirs["acquisition"].items() if k not in derived | {"channels"}
        }
        assert own["contracts"].get("scrutiny") == theirs["contracts"].get("scrutiny")
        assert set(own["contracts"]["term_weight"]) == set(theirs["contracts"]["term_weight"])
        rest = set(theirs) - {"acquisition", "contracts"}
        assert {key: own[key] for key in rest} == {key: theirs[key] for key in rest}
    assert document["teams"]["csm"]["segments"] == [renamed[s] for s in made.like.values()]
    assert set(document["playbooks"]) == set(preset["playbooks"])
    assert [*arms(file)][1:] == list(preset["arms"])
    for arm, values in preset["arms"].items():
        settings = {
            path.replace(new, old): v
            for path, v in document["arms"][arm].items()
            for old, new in renamed.items()
            if new in path
        }
        assert settings == {path: v for path, v in values.items() if path.startswith("segments.")}
    assert document["teams"]["csm"]["posts"]["today"] == preset["teams"]["csm"]["posts"]["today"]
    assert document.get("opening") is None


def test_the_first_lines_with_a_book() -> None:
    data = f"{HEADER}\n" + rows("Mid", 30, "2025-03-01", 20_000, 12) + rows("Top", 10, "2024-01-01", 90_000, 36)
    made, file, _ = of_book(data, "midmarket")
    lines = made.text.splitlines()
    expected = ["name", "as_of", "book", *(f"observed.{s}.{k}" for s in ("Mid", "Top") for k in KPIS)]
    expected += ["teams.csm.posts.today", "teams.csm.annual_cost"]
    assert [key_of(line) for line in lines[:9]] == expected
    assert "accounts 40, ARR 1,500,000" in lines[2]
    assert "accounts 30, ARR 600,000" in lines[3]
    assert made.fill_in == [2, *range(4, 10)]
    assert file.scenario.as_of == datetime.date(2025, 3, 31)
    # another company's figures are told as examples, never as observed
    assert not file.scenario.observed
    # 1.5M of ARR where the preset has one CSM for 2.09M
    assert file.scenario.teams["csm"].posts.today == 1


def test_new_accounts_and_what_they_pay_come_from_the_book() -> None:
    data = f"{HEADER}\n" + rows("core", 24, "2025-03-01", 20_000, 12) + rows("core", 10, "2020-01-01", 90_000, 36)
    _, file, _ = of_book(data, "midmarket")
    (core,) = file.scenario.segments.values()
    acquisition = core.acquisition
    assert acquisition.entry_arr_mean == 20_000
    assert acquisition.entry_arr_cv == 0.0
    year = 0.0
    for channel in acquisition.channels.values():
        seasons = sum(float(channel.seasonality.get(str(m), 1.0)) for m in range(1, 13))
        year += channel.leads_per_month * channel.conversion_probability * seasons
    assert year == pytest.approx(24, rel=5e-3)
    preset = parse(preset_text("midmarket")).scenario.segments["core"].acquisition
    marketing, theirs = acquisition.channels["marketing"], preset.channels["marketing"]
    # acquisition cost per unit of new ARR is the preset's
    per_arr = [
        c.cost_per_lead / c.conversion_probability / a.entry_arr_mean
        for c, a in ((marketing, acquisition), (theirs, preset))
    ]
    assert per_arr[0] == pytest.approx(per_arr[1], rel=5e-3)


def test_a_term_that_is_no_longer_sold_has_weight_0_and_the_nearest_scrutiny() -> None:
    data = f"{HEADER}\n" + rows("core", 24, "2025-03-01", 20_000, 12) + rows("core", 3, "2020-01-01", 90_000, 60)
    data += rows("core", 2, "2025-01-01", 900, 1)
    made, file, book = of_book(data, "midmarket")
    contracts = file.scenario.segments["core"].contracts
    assert contracts.term_weight == {"1": 2, "12": 24, "60": 0}
    assert list(contracts.scrutiny) == ["12", "60"]
    assert contracts.scrutiny["60"].first_renewal_churn == 0.05
    assert "[J] as 36 months in the preset" in made.text
    assert "0: no longer sold" in made.text
    assert sorted(set(book.term_months.tolist())) == [1, 12, 60]


def test_new_accounts_on_monthly_terms_are_those_of_the_last_quarter() -> None:
    data = f"{HEADER}\n" + rows("plan", 50, "2024-06-01", 3_000, 1) + rows("plan", 30, "2025-03-01", 3_000, 1)
    made, file, _ = of_book(data, "smb")
    channels = file.scenario.segments["plan"].acquisition.channels.values()
    assert sum(c.leads_per_month * c.conversion_probability for c in channels) == pytest.approx(10, rel=5e-3)
    assert "[B] 10 new accounts a month still in the book" in made.text
    assert "[B] mean ARR of the 30 new accounts of the last 3 months" in made.text


def test_a_segment_without_new_accounts_sells_none() -> None:
    data = f"{HEADER}\n" + rows("old", 9, "2015-01-01", 20_000, 12) + rows("new", 9, "2025-01-01", 20_000, 12)
    _, file, _ = of_book(data, "midmarket")
    assert all(c.leads_per_month == 0.0 for c in file.scenario.segments["old"].acquisition.channels.values())


def test_playbooks_of_segments_that_are_not_there_are_left_out_and_named() -> None:
    data = f"{HEADER}\n" + rows("plan", 50, "2025-01-01", 3_000, 1)
    made, file, _ = of_book(data, "smb")
    assert made.like == {"plan": "monthly"}
    assert "renewal" not in file.scenario.playbooks
    assert not file.scenario.correlations  # tied what the renewal and the rescue can save
    assert "Playbooks left out, for segments that your book does not have: renewal." in made.text
    dunning = file.scenario.arms["better_dunning"]
    assert list(dunning) == ["segments.plan.exits.recovery_probability"]


def test_the_preset_s_observed_figures_move_to_the_top(monkeypatch) -> None:
    observed = """\
# What the other numbers were fitted to.
[observed.core]
annual_logo_churn = 0.15
annual_gross_retention = 0.88

[observed.growth]
annual_net_retention = 1.04  # NRR

[run]"""
    text = unobserved(preset_text("midmarket")).replace("[run]", observed)
    monkeypatch.setattr("churnsim.scenario.starter.text.preset_text", lambda name: text)
    made = starter("midmarket", "my", "my.toml")
    lines = made.text.splitlines()
    assert lines[4].startswith("observed.core.annual_logo_churn = 0.15 ")
    assert lines[5].startswith("# observed.core.annual_net_retention = ")
    assert lines[9].startswith("observed.growth.annual_net_retention = 1.04 ")
    # what nobody asked for at the top waits, with its value
    assert any(line.startswith("# observed.core.annual_gross_retention = 0.88") for line in lines[12:40])
    assert not any(line.startswith("[observed") for line in lines)
    assert "# Grades of sources" in made.text
    assert tomllib.loads(made.text)["observed"] == {"core": {KPIS[0]: 0.15}, "growth": {KPIS[1]: 1.04}}
    data = f"{HEADER}\n" + rows("core", 30, "2025-03-01", 20_000, 12)
    book = starter("midmarket", "my", "my.toml", None, facts_of(data.encode(), "b.csv"), "b.csv")
    assert book.text.splitlines()[3].startswith("# observed.core.annual_logo_churn = 0.15 ")


def test_commands_name_the_file_and_climb_beyond_today_s_posts() -> None:
    commands = starter("midmarket", "my", "my plans/my.toml").commands
    assert commands[0] == "churnsim validate 'my plans/my.toml'"
    assert "--csm 0..14" in commands[2]
    data = f"{HEADER}\n" + rows("core", 50, "2025-03-01", 1_000_000, 12)
    made, file, _ = of_book(data, "midmarket")
    assert file.scenario.teams["csm"].posts.today == 24
    assert "--csm 0..36" in made.commands[2]


def test_every_command_named_is_one_to_come(tmp_path: pathlib.Path) -> None:
    text = starter("smb", "my", "my.toml").text
    names = re.findall(r"^#   churnsim (\w+)", text, re.MULTILINE)
    assert names == ["validate", "calibrate", "headcount", "report"]


def test_a_day_that_is_given_is_not_to_fill_in() -> None:
    made = starter("smb", "my", "my.toml", datetime.date(2026, 6, 30))
    assert parse(made.text).scenario.as_of == datetime.date(2026, 6, 30)
    assert made.fill_in == list(range(3, 13))
