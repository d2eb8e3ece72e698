"""The ledger's identity and what follows from it, on generated scenarios."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from churnsim.results.simulation import simulate
from tests.invariants.rich import rich_book, rich_file

SHARE = st.floats(0.0, 0.95)
FAIR = {"leads_per_month": 3.0, "conversion_probability": 1.0}
VALUES = {
    "segments.core.intent.annual_churn": SHARE,
    "segments.core.intent.frailty": st.sampled_from(
        [{"law": "none"}, {"law": "gamma", "variance": 2.0}, {"law": "lognormal", "variance": 1.0}]
    ),
    "segments.core.onboarding.median_months_to_first_value": st.floats(0.0, 20.0),
    "segments.core.contracts.term_weight": st.sampled_from([{"1": 1.0}, {"12": 1.0}, {"1": 1.0, "12": 2.0}]),
    "segments.core.contracts.scrutiny": st.just({}),
    "segments.core.contracts.price_uplift": st.floats(-0.5, 0.5),
    "segments.core.exits.annual_closure": SHARE,
    "segments.core.exits.payment_failure_probability": SHARE,
    "segments.core.exits.grace_months": st.integers(0, 4),
    "segments.core.expansion.upsell.annual_rate": st.floats(0.0, 40.0),
    "segments.core.expansion.upsell.fraction": st.floats(0.0, 0.5),
    "segments.core.expansion.contraction.annual_rate": st.floats(0.0, 40.0),
    "segments.core.expansion.contraction.fraction": st.floats(0.0, 0.9),
    "segments.core.acquisition.channels.web.leads_per_month": st.floats(0.0, 100.0),
    "segments.large.acquisition.channels": st.sampled_from([{}, {"fair": FAIR}]),
    "teams.csm.posts.today": st.integers(0, 6),
    "playbooks.review.effects.adoption": st.floats(-1.0, 1.0),
    "playbooks.letter.effects.engagement": st.floats(-1.0, 1.0),
    "market.volatility": st.floats(0.0, 0.5),
    "run.horizon_months": st.integers(1, 26),
}


@given(st.fixed_dictionaries(VALUES), st.integers(0, 2**63 - 1))
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_ledger_adds_up(values: dict, seed: int) -> None:
    channels = values.pop("segments.large.acquisition.channels")
    if channels:
        values["segments.large.acquisition.channels"] = channels
    file = rich_file(values)
    # the book has contracts of 1 and 12 months
    mixed = len(values["segments.core.contracts.term_weight"]) == 2
    book = rich_book(rich_file()) if mixed else None
    dataset = simulate(file, draws=2, replicates=2, seed=seed, record="full", threads=1, book=book)
    month = {name.removesuffix("_by_month"): dataset[name] for name in dataset.data_vars if name.endswith("_by_month")}
    left = month["arr_opening"] + month["arr_new"] + month["arr_upsell"] + month["arr_cross_sell"]
    left = left + month["arr_price"] + month["arr_reactivated"] - month["arr_contraction"] - month["arr_churned"]
    turnover = left + 2.0 * (month["arr_contraction"] + month["arr_churned"])
    assert np.all(np.abs(left - month["arr_closing"]) <= 1e-9 * np.abs(turnover) + 1e-9)
    counts = month["accounts_opening"] + month["accounts_new"] + month["accounts_reactivated"]
    assert np.array_equal(counts - month["accounts_churned"], month["accounts_closing"])
    assert np.all(month["promoters"] + month["detractors"] <= month["accounts_closing"])
    assert np.all(month["incidents_unresolved"] <= month["incidents"])
    assert np.all(month["referrals"] <= month["leads"])
    for kind in ("arr", "accounts"):
        closing = month[f"{kind}_closing"].transpose(..., "month").values
        opening = month[f"{kind}_opening"].transpose(..., "month").values
        assert np.array_equal(opening[..., 1:], closing[..., :-1])
        by_cause, by_segment = month[f"{kind}_churned_by_cause"].sum("cause"), month[f"{kind}_churned"]
        assert np.allclose(by_cause, by_segment, rtol=1e-12)
        assert np.all(month[f"{kind}_intending"] <= month[f"{kind}_closing"] * (1.0 + 1e-12))
    assert np.all(month["plays_succeeded"] <= month["plays_delivered"])
    assert np.all(month["plays_delivered"] <= month["plays_demanded"])
    assert np.all(month["hours_delivered"] <= month["hours_available"] + 1e-9)
    assert np.all(month["health_sum"] <= month["accounts_closing"] + 1e-3)
    assert np.all(month["health_sum"] >= 0.0)
    for year in dataset["year"].values:
        cohort = dataset.sel(year=year)
        assert np.all(cohort["cohort_arr_kept"] <= cohort["cohort_arr_opening"] * (1.0 + 1e-12))
        assert np.all(cohort["cohort_arr_kept"] <= cohort["cohort_arr_now"] * (1.0 + 1e-12))
        assert np.all(cohort["cohort_accounts_now"] <= cohort["cohort_accounts_opening"])
        opening = month["arr_opening"].sel(month=12 * year - 11)
        assert np.allclose(cohort["cohort_arr_opening"].transpose(*opening.dims), opening, rtol=1e-12)
