import io

import pytest
from rich.console import Console

from churnsim.decisions.compare import comparison_from
from churnsim.decisions.ladder import ladder_from, neighbours
from churnsim.metrics.estimates import estimate
from churnsim.reports.numbers import money_with_error
from churnsim.reports.tables import Column, print_table
from churnsim.reports.terminal import print_comparison, print_ladder, print_run
from tests.decisions.fake import dataset, ladder_arms

GAINS = [400_000.0, 250_000.0, 90_000.0, -120_000.0, -200_000.0]
EFFECTS = {"teams.csm.annual_cost": -300_000.0, "segments.core.intent.annual_churn": 220_000.0}


def make_ladder(**options):
    arms, rungs = ladder_arms(range(6), 2)
    options = {"draws": 60, "own": 30_000.0, "effects": EFFECTS} | options
    ds = dataset(arms, GAINS, **options)
    again = {arm: arms[arm] for arm in dict.fromkeys(("base", *neighbours(ds, rungs)))}
    return ladder_from(ds, rungs, "csm", fresh=dataset(again, GAINS, **options | {"seed": 9}))


@pytest.fixture(scope="module")
def ladder():
    return make_ladder()


def printed(show, thing, width=100):
    out = io.StringIO()
    show(thing, Console(file=out, width=width, color_system=None))
    return out.getvalue()


def rows(text):
    """Cells of each line, as words."""
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_a_ladder_fits_and_cuts_no_cell(ladder, width):
    text = printed(print_ladder, ladder, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def test_a_ladder_starts_with_its_sentence(ladder):
    text = " ".join(printed(print_ladder, ladder).split())
    assert text.startswith(ladder.sentence)


def test_each_rung_shows_its_values_with_their_errors(ladder):
    text = rows(printed(print_ladder, ladder, 160))
    rung = ladder.rungs[3]
    step = rung.step.npv
    row = next(line for line in text if line.startswith("3 ") and "(" in line)
    assert money_with_error(step.difference.mean, step.difference.se, "USD") in row
    assert f"{100 * step.odds.share:.0f}% ({100 * step.odds.low:.0f}–{100 * step.odds.high:.0f})" in row
    assert f" {rung.step.payback_month.value:.0f} (" in row
    assert any(line.startswith("2 (plan)") for line in text)
    assert "3 450 ± 0 300 ± 0 300 ± 0 1.50 ± 0" in text


def test_a_narrow_terminal_says_what_it_leaves_out(ladder):
    assert "not shown in 80 columns (widen the terminal): ARR, 12 mo" in printed(print_ladder, ladder, 80)
    assert "not shown" not in printed(print_ladder, ladder, 200)


def test_the_second_look_and_the_drivers_are_shown(ladder):
    text = printed(print_ladder, ladder, 160)
    assert text.count("csm 3 – csm 2") == 2
    assert "fresh seeds" in text
    assert "teams.csm.annual_cost" in text
    assert f"below {ladder.drivers.inputs[0].tips_at:.3g}" in text
    assert "Hours alone would fund 5 CSMs" in text


def test_a_ladder_with_nothing_uncertain_says_so():
    text = printed(print_ladder, make_ladder(effects={}, draws=1, replicates=200))
    assert "What would change it: nothing in the scenario is uncertain." in text
    assert "share of paths" in " ".join(text.split())


def test_a_comparison_shows_every_arm_and_zero_as_zero():
    comparison = comparison_from(dataset({"base": 2, "twin": 2, "more": 3}, GAINS))
    for width in (80, 100, 160):
        text = printed(print_comparison, comparison, width)
        assert max(map(len, text.splitlines())) <= width
        assert "…" not in text
    twin = next(line for line in rows(text) if line.startswith("twin $0"))
    assert "0% (0–9)" in twin
    assert twin.count("$0 ± 0") == 3
    assert "+1.00 pt" in text


def test_a_run_shows_mean_error_and_spread():
    ds = dataset({"base": 2, "more": 3}, GAINS, draws=30)
    text = printed(print_run, ds, 120)
    assert text.count("By segment") == 1, "the base in full"
    for label in ("NPV", "closing ARR", "GRR, last year", "P5", "P95", "small", "large", "logo churn"):
        assert label in text
    assert "$72.0k ± 0" in text, "two posts for 36 months"
    assert "10.0% ± " in text


def test_a_run_shows_all_arms_in_one_table():
    ds = dataset({"base": 2, "more": 3}, GAINS, draws=30)
    lines = rows(printed(print_run, ds, 120))
    start = lines.index("All arms")
    header = next(line for line in lines[start:] if line.startswith("arm "))
    for label in ("NPV", "closing ARR", "NRR", "GRR", "CS cost"):
        assert label in header
    base, more = (next(line for line in lines[start:] if line.startswith(f"{arm} ")) for arm in ("base", "more"))
    npv = ds["npv"].sel(window="horizon")
    for arm, line in (("base", base), ("more", more)):
        e = estimate(npv.sel(arm=arm, drop=True))
        assert line.startswith(f"{arm} {money_with_error(e.mean, e.se, 'USD')}")
    assert "$72.0k ± 0" in base
    assert "$108k ± 0" in more
    alone = printed(print_run, ds.sel(arm=["base"]), 120)
    assert "All arms" not in alone


@pytest.mark.parametrize("width", [80, 100])
def test_a_run_fits_and_cuts_no_cell(width):
    text = printed(print_run, dataset({"base": 2, "serve_the_largest_first": 3}, GAINS, draws=30), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def test_a_run_without_teams_or_full_years():
    ds = dataset({"base": 2}, GAINS, months=6, draws=2, replicates=2).isel(team=[])
    text = printed(print_run, ds)
    assert "Hours a month" not in text
    assert "–" in text


LATER = [0.0, 0.0, 0.0, 300_000.0, 0.0]


@pytest.mark.parametrize("width", [80, 100, 160])
def test_a_ladder_with_value_after_the_horizon_fits_and_says_what_counts(width):
    ladder = make_ladder(later=LATER)
    text = printed(print_ladder, ladder, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    words = " ".join(text.split())
    assert "with the value after the horizon" in ladder.sentence
    assert words.startswith(ladder.sentence)
    assert "count the value after the horizon as well" in words
    header = next(line for line in rows(text) if line.startswith("CSMs "))
    assert "with the value" in header
    assert "pays: share of draws with a marginal NPV above 0" in words
    row = next(line for line in rows(text) if line.startswith("4 ") and "(" in line)
    step = ladder.rungs[4].step.worth
    assert money_with_error(step.difference.mean, step.difference.se, "USD") in row
    if width == 160:
        value = ladder.rungs[4].value_after_horizon
        assert money_with_error(value.mean, value.se, "USD") in row


@pytest.mark.parametrize("width", [80, 100, 160])
def test_a_comparison_shows_the_value_after_the_horizon_apart(width):
    comparison = comparison_from(dataset({"base": 2, "more": 4}, GAINS, later=LATER))
    text = printed(print_comparison, comparison, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    words = " ".join(text.split())
    assert "The value after the horizon, of what follows month 36, is not in the NPV." in words
    assert "$300" in words
    assert "horizon" not in printed(print_comparison, comparison_from(dataset({"base": 2, "more": 4}, GAINS)))


def test_a_run_shows_the_value_after_the_horizon_in_lines_of_its_own():
    ds = dataset({"base": 4, "more": 5}, GAINS, later=LATER)
    lines = rows(printed(print_run, ds, 120))
    value = estimate(ds["value_after_horizon"].sel(arm="base", drop=True))
    both = estimate((ds["npv"].sel(window="horizon") + ds["value_after_horizon"]).sel(arm="base", drop=True))
    assert any(
        line.startswith(f"value after horizon {money_with_error(value.mean, value.se, 'USD')}") for line in lines
    )
    assert any(line.startswith(f"NPV with it {money_with_error(both.mean, both.se, 'USD')}") for line in lines)
    start = lines.index("All arms")
    assert lines[start + 2] == "value after"
    assert lines[start + 3].startswith("arm NPV horizon closing ARR")
    assert "horizon" not in printed(print_run, dataset({"base": 4, "more": 5}, GAINS), 120)


def test_what_was_won_back_is_shown_where_there_is_some():
    text = printed(print_run, dataset({"base": 2}, GAINS, won_back=0.25), 120)
    assert "lost ARR won back" in text
    assert "25.0% ± 0" in text
    assert "won back" not in printed(print_run, dataset({"base": 2}, GAINS), 120)


def test_a_horizon_below_a_year_is_called_what_it_is():
    ladder = make_ladder(months=5)
    text = printed(print_ladder, ladder, 160)
    words = " ".join(text.split())
    assert "first 5 months: marginal NPV of 5 months." in words
    assert "ARR, first 5 mo" in words
    assert "first year" not in words
    assert "12 mo" not in words
    run = printed(print_run, dataset({"base": 2}, GAINS, months=5), 120)
    assert "NPV, first 5 months" in run
    assert "ARR, month 5" in run
    assert "12" not in run.replace("$12", "")


@pytest.mark.parametrize("name", ["[bold]x[/bold]", "[/]", "a]b[", "[red", "tail\\"])
def test_names_are_never_read_as_markup(name):
    ds = dataset(
        {"base": 2, name: 3}, GAINS, name=name, segments=(name, "other"), effects={f"segments.{name}.x": 300_000.0}
    )
    assert name in printed(print_run, ds, 200)
    assert f" {name} " in f" {printed(print_comparison, comparison_from(ds), 200)}"
    text = printed(print_ladder, make_ladder(name=name, effects={f"segments.{name}.x": 900_000.0}), 200)
    assert f"{name}, team csm" in text
    assert text.count(f"segments.{name}.x") == 3


def test_columns_go_by_rank_and_the_needed_ones_stay():
    def show(_, console):
        print_table(
            console, "t", [Column("keep", ["x" * 30]), Column("second", ["y" * 20], 1), Column("first", ["z" * 20], 2)]
        )

    assert "not shown in 60 columns (widen the terminal): first" in printed(show, None, 60)
    assert "second; first" in printed(show, None, 40)
