import numpy as np
import pytest
import xarray as xr

from churnsim.metrics.reasons import stated_reasons

CAUSES = ["product", "relationship", "closure", "payment"]
DIMS = ("arm", "draw", "replicate", "window", "cause")


def company(draws=1):
    """100, 50, 20 and 10 accounts lost by cause, and a hundred times the ARR; 3 replicates, one input."""
    lost = np.array([100.0, 50.0, 20.0, 10.0]) * np.ones((2, draws, 3, 2, 1))
    inputs = np.linspace(0.1, 0.3, draws)[None]
    return xr.Dataset(
        {
            "accounts_churned_by_cause": (DIMS, lost),
            "arr_churned_by_cause": (DIMS, 100.0 * lost),
            "inputs": (("input", "draw"), inputs),
        },
        coords={"cause": CAUSES, "input": ["stated_reasons.product.price"]},
        attrs={"currency": "EUR"},
    )


def test_by_hand():
    confusion = {"product": {"price": 0.6, "relationship": 0.1}, "relationship": {"price": 1.0}}
    found = stated_reasons(company(), confusion)
    assert found.dims == ("arm", "draw", "replicate", "window", "reason")
    one = found.isel(arm=1, draw=0, replicate=2, window=0)
    expected = {"product": 30.0, "price": 110.0, "relationship": 10.0, "closure": 20.0, "payment": 10.0}
    assert {str(reason): one.sel(reason=reason).item() for reason in one["reason"].values} == pytest.approx(expected)
    assert found.attrs == {"long_name": "accounts lost, by stated reason", "units": "accounts"}


def test_nobody_is_lost_on_the_way():
    ds = company()
    for confusion in ({}, {"product": {"price": 0.3, "silence": 0.7}, "payment": {"price": 0.2}}):
        found = stated_reasons(ds, confusion, "arr")
        lost = ds["arr_churned_by_cause"]
        assert found.sum("reason").values == pytest.approx(lost.sum("cause").values)
        assert found.attrs["units"] == "EUR"
    assert list(stated_reasons(ds, {})["reason"].values) == CAUSES


def test_a_share_that_is_not_known_is_read_from_the_draw():
    found = stated_reasons(company(draws=3), {"product": {"price": object()}})
    assert found.sel(reason="price").isel(arm=0, replicate=0, window=0).values == pytest.approx([10.0, 20.0, 30.0])
    assert found.sel(reason="product").isel(arm=0, replicate=0, window=0).values == pytest.approx([90.0, 80.0, 70.0])


@pytest.mark.parametrize(
    ("confusion", "message"),
    [
        ({"prodct": {"price": 0.5}}, "no root cause is called 'prodct'"),
        ({"product": {"price": 0.7, "need": 0.4}}, "add up to no more than 1"),
        ({"product": {"price": -0.1}}, "from 0 to 1"),
    ],
)
def test_wrong_matrices(confusion, message):
    with pytest.raises(ValueError, match=message):
        stated_reasons(company(), confusion)
