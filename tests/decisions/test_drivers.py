import math

import numpy as np
import pytest
import xarray as xr

from churnsim.decisions.drivers import drivers_of


def inputs_of(**samples):
    return xr.DataArray(
        np.array(list(samples.values()), dtype=float).reshape(len(samples), -1 if samples else 9),
        dims=("input", "draw"),
        coords={"input": list(samples)},
    )


def test_an_exact_line_is_recovered():
    rng = np.random.default_rng(1)
    a, b, c = rng.uniform(0.0, 1.0, 60), rng.uniform(100.0, 300.0, 60), rng.normal(size=60)
    y = 40.0 + 30.0 * (a - a.mean()) - 1.0 * (b - b.mean())
    found = drivers_of(y, inputs_of(a=a, b=b, c=c))
    first, second, third = found.inputs
    assert [d.input for d in found.top] == ["b", "a"]
    assert found.explained == pytest.approx(1.0)
    assert first.effect_per_sd == pytest.approx(-b.std(ddof=1))
    assert second.effect_per_sd == pytest.approx(30.0 * a.std(ddof=1))
    assert third.variance_share == pytest.approx(0.0, abs=1e-9)
    # others at their means the line meets 0 where 40 = b - mean(b); a would have to fall by 4/3, out of its range
    assert first.tips_at == pytest.approx(b.mean() + 40.0)
    assert math.isnan(second.tips_at)
    assert first.clear
    assert second.clear


def test_shares_of_variance_add_up_and_noise_is_left_over():
    rng = np.random.default_rng(2)
    a, b = rng.standard_normal((2, 4_000))
    y = 2.0 * a + 1.0 * b + 2.0 * rng.standard_normal(4_000)
    found = drivers_of(y, inputs_of(a=a, b=b))
    shares = {d.input: d.variance_share for d in found.inputs}
    # true shares 4/9 and 1/9; sd of a squared correlation of 4,000 draws is about 0.012
    assert shares["a"] == pytest.approx(4.0 / 9.0, abs=0.05)
    assert shares["b"] == pytest.approx(1.0 / 9.0, abs=0.04)
    assert found.explained == pytest.approx(sum(shares.values()))


def test_noise_explains_nothing():
    rng = np.random.default_rng(4)
    explained, shares = [], []
    for _ in range(200):
        samples = {f"x{i:02d}": rng.standard_normal(100) for i in range(18)}
        found = drivers_of(rng.standard_normal(100), inputs_of(**samples))
        explained.append(found.explained)
        shares.append(sum(driver.variance_share for driver in found.inputs))
    # R^2 is Beta(9, 40.5): mean 18/99, sd 0.055, so the adjusted one has mean 0 and sd 0.067; of a normal the part
    # above 0 has mean 0.027 and sd 0.039: that of 200 is known to 0.0028. Unadjusted it would be 0.182
    assert np.mean(explained) == pytest.approx(0.027, abs=4 * 0.0028)
    assert min(explained) == 0.0
    assert shares == pytest.approx(explained)


def test_adjusted_share_is_ezekiels():
    a = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    y = np.array([0.0, 2.0, 1.0, 3.0, 5.0, 4.0])
    # R^2 by hand: covariance 15.5 of squares 17.5 and 17.5
    squared = (15.5 / 17.5) ** 2
    found = drivers_of(y, inputs_of(a=a))
    assert found.explained == pytest.approx(1.0 - (1.0 - squared) * 5.0 / 4.0)
    assert found.inputs[0].variance_share == pytest.approx(found.explained)


def test_standard_error_of_an_effect_is_that_of_least_squares():
    rng = np.random.default_rng(5)
    a = rng.standard_normal(50)
    y = a + rng.standard_normal(50)
    found = drivers_of(y, inputs_of(a=a)).inputs[0]
    slope, residues, *_ = np.linalg.lstsq(np.column_stack([np.ones(50), a]), y, rcond=None)
    spread = a.std(ddof=1)
    se = math.sqrt(residues[0] / 48 / ((a - a.mean()) ** 2).sum()) * spread
    assert found.effect_per_sd == pytest.approx(slope[1] * spread)
    assert found.se == pytest.approx(se)


def test_inputs_without_effect_are_rarely_called_clear():
    rng = np.random.default_rng(3)
    clear = 0
    for _ in range(300):
        samples = {f"x{i}": rng.standard_normal(60) for i in range(10)}
        found = drivers_of(rng.standard_normal(60), inputs_of(**samples))
        clear += any(driver.clear for driver in found.inputs)
    # family-wise level 5%: 15 of 300 expected, sd 3.8; without the correction some 120
    assert clear < 15 + 4 * 3.8


def test_tied_inputs_share_their_effect():
    a = np.linspace(0.0, 1.0, 40)
    found = drivers_of(3.0 * a, inputs_of(a=a, copy=a))
    assert [d.variance_share for d in found.inputs] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("marginal", "inputs", "note"),
    [
        (np.ones(9), inputs_of(), "nothing in the scenario is uncertain"),
        (np.arange(5.0), inputs_of(a=np.arange(5.0), b=np.arange(5.0) ** 2), "too few draws (5)"),
        (np.arange(1.0), inputs_of(a=[0.3]), "too few draws (1)"),
        (np.ones(20), inputs_of(a=np.arange(20.0)), "the same in every draw"),
    ],
)
def test_what_cannot_be_answered_is_said(marginal, inputs, note):
    found = drivers_of(marginal, inputs)
    assert note in found.note
    assert found.inputs == ()


def test_an_input_that_does_not_vary_is_left_out():
    a = np.linspace(0.0, 1.0, 30)
    found = drivers_of(a, inputs_of(a=a, fixed=np.full(30, 7.0)))
    assert [d.input for d in found.inputs] == ["a"]
