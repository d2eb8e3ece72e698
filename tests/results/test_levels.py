"""Recording levels agree with each other, and their sizes are what the estimate says."""

import numpy as np
import pytest
import xarray as xr

from churnsim.results import memory
from churnsim.results.memory import TooLarge
from churnsim.results.simulation import simulate
from churnsim.results.summary import PATH_SERIES, TEAM_SERIES
from churnsim.scenario.files import override
from tests.invariants.rich import differences, rich_book, rich_file

FILE = rich_file()
BOOK = rich_book(FILE)


def close(found: xr.DataArray, expected: xr.DataArray) -> None:
    """Assert equality up to rounding, whatever the order of dims."""
    np.testing.assert_allclose(found.values, expected.transpose(*found.dims).values, rtol=1e-10, atol=1e-9)


def run(record: str, **options: object) -> xr.Dataset:
    size = {"draws": 4, "replicates": 3, "seed": 2, "book": BOOK} | options
    return simulate(FILE, record=record, **size)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def levels() -> dict[str, xr.Dataset]:
    return {record: run(record) for record in memory.LEVELS}


def test_every_level_holds_the_same_summary(levels: dict[str, xr.Dataset]) -> None:
    names = list(levels["summary"].data_vars)
    for dataset in levels.values():
        assert differences(levels["summary"], dataset[names]) == []


def test_summary_is_the_sum_of_the_months(levels: dict[str, xr.Dataset]) -> None:
    full = levels["full"]
    ends = {"first_year": 12, "horizon": 26}
    last = {"arr_closing", "accounts_closing", "arr_intending", "accounts_intending", "promoters", "detractors"}
    first = {"arr_opening", "accounts_opening"}
    compared = 0
    for window, end in ends.items():
        months = full.sel(month=slice(1, end))
        for name in full.data_vars:
            if f"{name}_by_month" not in full or "window" not in full[name].dims:
                continue
            monthly, whole = months[f"{name}_by_month"], full[name].sel(window=window)
            if name in last:
                expected = monthly.isel(month=-1)
            elif name in first:
                expected = monthly.isel(month=0)
            else:
                expected = monthly.sum("month")
            if name.endswith("_by_cause"):
                expected = expected.sum("segment")
            close(whole, expected)
            compared += 1
    assert compared > 40
    closing = full["health_sum_by_month"].isel(month=-1) / full["accounts_closing_by_month"].isel(month=-1)
    close(full["health"].sel(window="horizon"), closing.transpose(*full["health"].dims[:3], "segment"))


def test_money_adds_up(levels: dict[str, xr.Dataset]) -> None:
    full = levels["full"]
    money = FILE.scenario.money
    revenue = full["revenue"].sum("segment")
    close(full["gross_profit"], revenue * money.gross_margin)
    close(full["contribution"], full["gross_profit"] - full["cost"].sum("line"))
    mean = (full["arr_opening_by_month"] + full["arr_closing_by_month"]) / 24.0
    close(full["revenue_by_month"], mean)
    factor = (1.0 + money.annual_discount) ** (-(full["month"] - 0.5) / 12.0)
    discounted = full["contribution_by_month"] * factor
    close(full["discounted_contribution_by_month"], discounted)
    close(full["npv"].sel(window="first_year"), discounted.sel(month=slice(1, 12)).sum("month"))
    cost = full["cost"]
    close(cost.sel(line="salaries"), _window_sums(full["salaries_by_month"].sum("team"), cost))
    paid = full["salaries_by_month"] * factor
    close(full["salaries_discounted"].sel(window="first_year"), paid.sel(month=slice(1, 12)).sum("month"))
    close(full["salaries_discounted"].sel(window="horizon"), paid.sum("month"))
    sold = full["arr_upsell"] + full["arr_cross_sell"]
    close(cost.sel(line="expansion_selling"), 0.3 * sold.sum("segment"))
    assert not full["value_after_horizon"].any()
    assert not full["salaries_after_horizon"].any()


def _window_sums(monthly: xr.DataArray, like: xr.DataArray) -> xr.DataArray:
    sums = [monthly.sel(month=slice(1, end)).sum("month") for end in (12, 26)]
    return xr.concat(sums, like["window"]).transpose("arm", "draw", "replicate", "window")


def test_paths_are_totals_of_the_months(levels: dict[str, xr.Dataset]) -> None:
    paths, full = levels["paths"], levels["full"]
    for names, dim in ((PATH_SERIES, "segment"), (TEAM_SERIES, "team")):
        for name in names:
            field = f"{name}_by_month"
            assert paths[f"total_{field}"].dims == ("arm", "draw", "replicate", "month")
            close(paths[f"total_{field}"], full[field].sum(dim))


def test_moments_are_those_of_the_months(levels: dict[str, xr.Dataset]) -> None:
    moments, full = levels["moments"], levels["full"]
    fields = [name for name in full.data_vars if name.endswith("_by_month") and "contribution" not in name]
    assert len(fields) > 30
    for name in fields:
        sample = full[name]
        means = sample.mean("replicate")
        scale = float(np.abs(sample).max()) + 1e-9
        for ending, expected in (
            ("mean", means.mean("draw")),
            ("sd_between", means.std("draw", ddof=1)),
            ("sd_within", np.sqrt(sample.var("replicate", ddof=1).mean("draw"))),
        ):
            found = moments[f"{name}_{ending}"]
            assert np.abs(found - expected.transpose(*found.dims)).max() < 1e-6 * scale, (name, ending)


def test_moments_of_one_draw_or_one_replicate_are_masked() -> None:
    one_draw, one_replicate = run("moments", draws=1), run("moments", replicates=1)
    assert one_draw["arr_closing_by_month_sd_between"].isnull().all()
    assert one_draw["arr_closing_by_month_sd_within"].notnull().all()
    assert one_replicate["arr_closing_by_month_sd_within"].isnull().all()


def test_a_run_off_changes_nothing_before_the_horizon(levels: dict[str, xr.Dataset]) -> None:
    way = {"kind": "run_off", "run_off_months": 10}
    later = rich_file({"money.after_horizon": way})
    arms = {
        "short": override(later, {"money.after_horizon.run_off_months": 4}),
        "none": override(later, {"money.after_horizon.kind": "none"}),
        "multiple": override(later, {"money.after_horizon.kind": "multiple", "money.after_horizon.multiple": 2.0}),
    }
    dataset = simulate(later, arms=arms, draws=4, replicates=3, seed=2, book=BOOK, record="full")
    base = levels["full"].sel(arm="base", drop=True).drop_vars(["value_after_horizon", "salaries_after_horizon"])
    for arm in dataset["arm"].values:
        one = dataset.sel(arm=arm, drop=True)
        assert differences(base, one[list(base.data_vars)]) == []
    value = dataset["value_after_horizon"]
    assert (value.sel(arm="none") == 0.0).all()
    assert (value.sel(arm="base") != value.sel(arm="short")).all()
    end = dataset[["arr_closing", "arr_intending"]].sel(arm="multiple", window="horizon").sum("segment")
    factor = (1.0 + FILE.scenario.money.annual_discount) ** (-26 / 12.0)
    close(value.sel(arm="multiple"), 2.0 * (end["arr_closing"] - end["arr_intending"]) * factor)


def test_an_empty_segment_has_no_health() -> None:
    file = rich_file({"segments.large.acquisition.channels": {}})
    dataset = simulate(file, draws=1, replicates=2)
    assert dataset["health"].sel(segment="large").isnull().all()
    assert dataset["health"].sel(segment="core").notnull().all()
    assert (dataset["accounts_closing"].sel(segment="large") == 0).all()


def test_every_variable_has_units_and_a_meaning(levels: dict[str, xr.Dataset]) -> None:
    for dataset in levels.values():
        for name, variable in dataset.data_vars.items():
            assert variable.attrs["units"], name
            assert variable.attrs["long_name"], name
            assert "currency" not in variable.attrs["units"]


@pytest.mark.parametrize("record", memory.LEVELS)
def test_the_estimate_is_the_size_of_the_results(levels: dict[str, xr.Dataset], record: str) -> None:
    shape = memory.Shape(arms=3, draws=4, replicates=3, months=26, segments=2, teams=2, playbooks=4, causes=6)
    inputs = ("inputs", "posts")
    actual = sum(v.nbytes for name, v in levels[record].data_vars.items() if name not in inputs)
    estimate = memory.estimate(shape, record)
    if record == "moments":
        # running sums are held besides the results
        assert actual < estimate < 4 * actual
    else:
        assert estimate == pytest.approx(actual, rel=0.02)


def test_too_large_is_refused_before_anything_is_allocated(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("work has begun")

    monkeypatch.setattr("churnsim.results.simulation.build_tables", forbidden)
    with pytest.raises(TooLarge, match=r"GB.*3 arms x 100000 draws x 1000 replicates.*'full'"):
        simulate(FILE, draws=100_000, replicates=1000, record="full", book=BOOK)


def test_a_refusal_names_the_level_that_would_fit() -> None:
    shape = memory.Shape(arms=15, draws=250, replicates=40, months=60, segments=4, teams=1, playbooks=4, causes=8)
    limit = memory.estimate(shape, "paths") + 1
    with pytest.raises(TooLarge, match="the level 'summary' would fit"):
        memory.check(shape, "full", limit)
    assert memory.check(shape, "paths", limit) == limit - 1
    with pytest.raises(TooLarge, match="fewer draws, replicates or arms"):
        memory.check(shape, "summary", 1000)
    with pytest.raises(ValueError, match="no recording level"):
        memory.check(shape, "everything")


def test_a_company_that_outgrows_the_memory_is_refused_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Referrals can multiply without bound, which the expected newcomers do not show before the run."""
    at = "segments.core.advocacy"
    boom = {f"{at}.annual_referrals": 24.0, f"{at}.promoter_health": 0.1, f"{at}.detractor_health": 0.0}
    file = rich_file(boom | {f"{at}.conversion_probability": 1.0})
    monkeypatch.setattr(memory, "available", lambda: 60_000_000)
    with pytest.raises(memory.TooLarge, match="a slip in the leads, the referrals"):
        simulate(file, draws=1, replicates=1, threads=1)
