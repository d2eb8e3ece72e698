"""Segments over all mechanisms, for Hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.naive_twin.drawing import Table, number, often, share, slope, table

CAUSES = ("onboarding", "adoption", "relationship", "need")


@st.composite
def durations(draw: Any) -> Table:
    """Every shape of the hazard over tenure."""
    kind = draw(st.sampled_from(("constant", "weibull", "gompertz", "log_logistic", "piecewise", "table")))
    if kind in ("weibull", "log_logistic"):
        return {"kind": kind, "shape": draw(number(0.3, 2.5))}
    if kind == "gompertz":
        return {"kind": kind, "monthly_growth": draw(number(-0.2, 0.1))}
    if kind == "piecewise":
        return {"kind": kind, "level_from_month": {"0": draw(number(0.1, 3.0)), "5": draw(share), "14": draw(share)}}
    if kind == "table":
        return {
            "kind": kind,
            "monthly_rate": {str(n + 1): draw(number(0.0, 0.15)) for n in range(draw(st.integers(1, 9)))},
        }
    return {"kind": kind}


@st.composite
def frailties(draw: Any) -> Table:
    """Every law of frailty."""
    law = draw(st.sampled_from(("none", "gamma", "lognormal", "inverse_gaussian", "beta")))
    if law == "beta":
        return {"law": law, "alpha": draw(number(0.3, 4.0)), "beta": draw(number(0.5, 8.0))}
    return {"law": law} if law == "none" else {"law": law, "variance": draw(number(0.05, 3.0))}


@st.composite
def intents(draw: Any) -> Table:
    """Hazard of intent with one to four root causes."""
    names = CAUSES[: draw(st.integers(1, len(CAUSES)))]
    weights = [draw(number(0.05, 1.0)) for _ in names]
    causes = {
        name: {"weight": weight / sum(weights)}
        | table(
            draw,
            30,
            adoption=slope(6.0),
            engagement=slope(6.0),
            no_first_value=slope(3.0),
            recent_uplift=slope(30.0),
            no_sponsor=slope(3.0),
            misfit=slope(2.0),
            products=slope(1.5),
            expectation_gap=slope(2.0),
        )
        for name, weight in zip(names, weights, strict=True)
    }
    duration = draw(durations())
    level = {} if duration["kind"] == "table" else {"annual_churn": draw(number(0.02, 0.7))}
    own = {"duration": duration, "frailty": draw(frailties()), "causes": causes}
    return level | own | table(draw, 20, hazard_factor=number(0.0, 3.0))


@st.composite
def contracts(draw: Any, beta: bool) -> Table:
    """Terms, billing, scrutiny, price."""
    terms = draw(st.lists(st.sampled_from(("1", "12", "24", "36", "5")), min_size=1, max_size=3, unique=True))
    scrutiny = {}
    for term in terms:
        if often(draw, 40):
            scrutiny[term] = table(draw, 60, duration_exponent=number(0.0, 1.5))
            if not beta or often(draw, 50):
                scrutiny[term]["first_renewal_churn"] = draw(number(0.0, 0.4))
    own = {"term_weight": {term: draw(number(0.1, 1.0)) for term in terms}, "scrutiny": scrutiny}
    return own | table(
        draw,
        60,
        billing_months=st.integers(1, 14),
        renewal_window_months=st.integers(1, 14),
        price_uplift=number(-0.2, 0.3),
        uplift_half_life_months=number(0.5, 20.0),
    )


@st.composite
def channels(draw: Any, leads: float) -> Table:
    """One channel of leads."""
    own = {"leads_per_month": draw(number(0.3 * leads, 1.7 * leads)), "conversion_probability": draw(number(0.3, 1.0))}
    own |= table(
        draw,
        40,
        annual_lead_growth=number(-0.5, 0.8),
        cost_per_lead=number(0.0, 900.0),
        cost_elasticity=number(0.0, 1.5),
        misfit_share=share,
        strictness=share,
        false_rejection=share,
        over_promise=number(0.0, 2.0),
    )
    return own | {"seasonality": {str(m): draw(number(0.0, 3.0)) for m in range(3, 13, 4) if often(draw, 25)}}


@st.composite
def segments(draw: Any, leads: float) -> Table:
    """One segment with about so many leads a month."""
    intent = draw(intents())
    drift = draw(number(0.0, 0.5))
    acquisition = {
        "entry_arr_mean": draw(number(900.0, 90_000.0)),
        "entry_arr_cv": draw(number(0.01, 2.0)),
        "channels": {name: draw(channels(leads / 2)) for name in ("web", "field")[: draw(st.integers(1, 2))]},
        "correlation": table(draw, 40, arr_frailty=slope(0.5), arr_misfit=slope(0.49), frailty_misfit=slope(0.48)),
    } | table(draw, 40, wallet_multiple=number(1.0, 2.5))
    rates = {"adoption": slope(2.0), "engagement": slope(2.0)}
    expansion = {
        "upsell": table(draw, 70, annual_rate=number(0.0, 1.5), fraction=number(0.0, 0.3), **rates),
        "contraction": table(draw, 70, annual_rate=number(0.0, 1.5), fraction=number(0.0, 0.5), **rates),
        "cross_sell": table(
            draw, 70, annual_rate=number(0.0, 3.0), fraction=number(0.0, 0.3), most_products=st.integers(1, 6), **rates
        ),
    }
    return {
        "intent": intent,
        "acquisition": acquisition,
        "expansion": expansion,
        "contracts": draw(contracts(intent["frailty"]["law"] == "beta")),
        "reference": table(draw, 70, adoption=share, engagement=share),
        "onboarding": table(
            draw,
            70,
            median_months_to_first_value=number(0.2, 12.0),
            milestones=st.integers(1, 9),
            handover_quality=share,
            handover_delay=number(0.0, 3.0),
        ),
        "engagement": table(
            draw,
            70,
            monthly_adoption_share=share,
            adoption_ceiling=share,
            misfit_ceiling_factor=share,
            initial_engagement=share,
            monthly_rowing=number(0.0, 1.0 - drift),
            intent_rowing_factor=share,
        )
        | {"monthly_drift": drift, "monthly_rowing": draw(number(0.0, 1.0 - drift))},
        "exits": table(
            draw,
            40,
            annual_closure=number(0.0, 0.4),
            payment_failure_probability=number(0.0, 0.3),
            recovery_probability=share,
            grace_months=st.integers(0, 4),
        ),
        **draw(relations()),
    }


@st.composite
def relations(draw: Any) -> Table:
    """Expectations, sponsors, support, win-back and advocacy of a segment."""
    detractor = draw(number(0.02, 0.6))
    return {
        "expectation": table(
            draw,
            50,
            handover_gap=number(0.0, 2.0),
            half_life_months=number(0.5, 30.0),
            pushy_gap=number(0.0, 1.0),
            pushy_below_health=share,
        ),
        "sponsor": table(
            draw,
            60,
            annual_departure=number(0.0, 0.9),
            median_months_to_return=number(0.3, 9.0),
            engagement_loss=share,
            adoption_protection=share,
        ),
        "support": table(
            draw,
            60,
            annual_incidents=number(0.0, 18.0),
            deflected_share=number(0.0, 0.6),
            reactive_hours=number(0.0, 4.0),
            first_contact_resolution=share,
            engagement_loss=number(0.0, 0.6),
            misfit=slope(1.5),
            no_first_value=slope(1.5),
            quality_gap=slope(2.0),
        ),
        "win_back": table(
            draw, 60, annual_rate=number(0.0, 4.0), half_life_months=number(0.5, 12.0), arr_share=number(0.2, 1.5)
        ),
        "advocacy": table(
            draw,
            60,
            annual_referrals=number(0.0, 4.0),
            conversion_probability=number(0.0, 0.8),
            misfit_share=share,
            word_of_mouth=number(0.0, 3.0),
            memory_months=number(0.5, 20.0),
        )
        | {"detractor_health": detractor, "promoter_health": draw(number(detractor + 0.01, 0.95))},
    }
