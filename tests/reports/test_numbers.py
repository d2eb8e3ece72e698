import math

import pytest

from churnsim.reports import numbers

NAN = math.nan


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (1_234_567.0, "USD", "$1.23M"),
        (-1_234_567.0, "USD", "-$1.23M"),
        (999_949.0, "USD", "$1.00M"),
        (999_000.0, "EUR", "€999k"),
        (45_600.0, "GBP", "£45.6k"),
        (789.4, "CHF", "CHF 789"),
        (2.5e9, "JPY", "¥2.50B"),
        (12_345e9, "USD", "$12,345B"),
        (0.0, "USD", "$0"),
        (-0.3, "USD", "$0"),
        (NAN, "USD", "–"),
        (math.inf, "USD", "–"),
    ],
)
def test_money(amount, currency, shown):
    assert numbers.money(amount, currency) == shown


@pytest.mark.parametrize(
    ("amount", "se", "shown"),
    [
        (1_234_567.0, 45_000.0, "$1.23M ± 0.04"),
        (1_234_567.0, 456_000.0, "$1.23M ± 0.46"),
        (12_345_678.0, 1_456_000.0, "$12.3M ± 1.5"),
        (-12_345.0, 4_000.0, "-$12.3k ± 4.0"),
        (10.0, 250_000.0, "$0k ± 250"),
        (1_234_567.0, 40.0, "$1.23M ± <0.01"),
        (1_234_567.0, 0.0, "$1.23M ± 0"),
        (0.0, 0.0, "$0 ± 0"),
        (1_234_567.0, NAN, "$1.23M ± ?"),
        (NAN, NAN, "–"),
    ],
)
def test_money_with_error_has_one_unit_and_the_errors_digits(amount, se, shown):
    assert numbers.money_with_error(amount, se, "USD") == shown


@pytest.mark.parametrize(
    ("amounts", "shown"),
    [
        ([2e6, 2.5e6, 3e6], ["$2.0M", "$2.5M", "$3.0M"]),
        ([-5e5, 0.0, 5e5, 1e6], ["-$0.5M", "$0", "$0.5M", "$1.0M"]),
        ([-0.2e6, -1e-11, 0.2e6, 0.1e6 + 0.2e6], ["-$200k", "$0", "$200k", "$300k"]),
        ([0.0, 2.5e5, 1e6], ["$0", "$0.25M", "$1.00M"]),
        ([0.0, 10.0], ["$0", "$10"]),
        ([], []),
        ([0.0], ["$0"]),
    ],
)
def test_ticks_of_an_axis_are_written_alike(amounts, shown):
    assert numbers.money_ticks(amounts, "USD") == shown


def test_intervals():
    assert numbers.money_interval(-120_000.0, 1_340_000.0, "USD") == "-$0.12M to $1.34M"
    assert numbers.money_interval(NAN, NAN, "USD") == "–"
    assert numbers.percent_interval(0.81, 0.76, 0.855) == "81% (76–86)"
    assert numbers.percent_interval(NAN, NAN, NAN) == "–"


def test_size_of_a_run():
    assert numbers.run_size(250, 4) == "250 draws × 4 replicates"
    assert numbers.run_size(1, 1_000) == "1 draw × 1,000 replicates"


def test_shares_points_and_counts():
    assert numbers.percent(0.814) == "81%"
    assert numbers.percent_tenths(0.8144) == "81.4%"
    assert numbers.percent_with_error(1.0423, 0.0031) == "104.2% ± 0.3"
    assert numbers.percent_with_error(1.0423, 0.0001) == "104.2% ± <0.1"
    assert numbers.percent_with_error(1.0423, 0.0) == "104.2% ± 0"
    assert numbers.percent_with_error(0.9, NAN) == "90.0% ± ?"
    assert numbers.points_with_error(0.0123, 0.0031) == "+1.23 pt ± 0.31"
    assert numbers.points_with_error(-0.0123, NAN) == "-1.23 pt ± ?"
    assert numbers.count_with_error(12_345.4, 17.2) == "12,345 ± 17"
    assert numbers.count_with_error(12.0, 0.1) == "12 ± <1"
    assert numbers.count_with_error(12.0, NAN) == "12 ± ?"
    assert numbers.ratio_with_error(1.287, 0.041) == "1.29 ± 0.04"
    assert numbers.ratio_with_error(NAN, NAN) == "–"
    assert {
        numbers.percent(NAN),
        numbers.percent_tenths(NAN),
        numbers.points_with_error(NAN, NAN),
        numbers.count_with_error(NAN, NAN),
    } == {"–"}
