"""Scenarios over all mechanisms, for Hypothesis: each on with some probability, extreme values included.

Numbers are not round, so that comparisons do not tie by construction, and their size keeps a path to some fifty
accounts and two years.
"""

from __future__ import annotations

import datetime
from typing import Any

from hypothesis import strategies as st

from tests.naive_twin.drawing import Table, factor, number, often, share, slope, table
from tests.naive_twin.drawn_segments import segments

SEGMENTS = ("large", "middle", "small")
STAGES = ("onboarding", "stalled", "growth", "renewal_window")


@st.composite
def teams(draw: Any, own: list[str], department: bool) -> Table:
    """One team."""
    posts = {"today": draw(st.integers(0, 3))}
    if often(draw, 40):
        posts["from_month"] = {m: draw(st.integers(0, 4)) for m in ("1", "4", "11") if often(draw, 60)}
    serves = draw(st.lists(st.sampled_from(own), min_size=1, unique=True))
    out = {
        "segments": serves,
        "skill": {segment: draw(number(0.0, 2.0)) for segment in serves if often(draw, 30)},
        "posts": posts,
        "hours_per_month": draw(number(1.0, 30.0)),
        "department": department,
    }
    if often(draw, 40):
        out["hiring"] = {
            "overload_hours": draw(number(0.0, 10.0)),
            "for_months": draw(st.integers(1, 4)),
            "most_posts": draw(st.integers(0, 6)),
        }
    return out | table(
        draw,
        50,
        ramp_months=number(0.0, 8.0),
        annual_attrition=number(0.0, 0.9),
        months_to_fill=st.integers(0, 5),
        recruiting_cost=number(0.0, 9000.0),
        severance_cost=number(0.0, 9000.0),
        process_monthly_cost=number(0.0, 900.0),
        orphan_engagement_loss=share,
        overload_attrition=number(0.0, 2.0),
        productivity=factor,
    )


@st.composite
def ranges(draw: Any, low: float, high: float) -> Table:
    """A range with one end or two."""
    ends = sorted((draw(number(low, high)), draw(number(low, high))))
    return {name: end for name, end in zip(("min", "max"), ends, strict=True) if often(draw, 60)}


@st.composite
def plays(draw: Any, own: list[str], company: Table) -> Table:
    """One playbook on the channel of one of the teams, or a digital one."""
    team = draw(st.sampled_from([None, *company]))
    out: Table = {"channel": "digital"}
    if team is not None:
        channel = "department" if company[team]["department"] else "csm"
        out = {"channel": channel, "team": team, "hours": draw(number(0.2, 5.0))}
    allowed = own if team is None else company[team]["segments"]
    trigger = table(
        draw,
        25,
        segments=st.lists(st.sampled_from(allowed), min_size=1, unique=True),
        stages=st.lists(st.sampled_from(STAGES), min_size=1, unique=True),
        score=ranges(0.0, 1.0),
        months_to_renewal=ranges(0.0, 20.0),
        tenure_months=ranges(0.0, 20.0),
        months_since_touch=ranges(0.0, 12.0),
        arr=ranges(500.0, 60_000.0),
        sponsor=st.sampled_from(("present", "absent")),
        random_share=share,
    )
    effects = table(
        draw,
        45,
        adoption=number(-0.4, 0.8),
        engagement=number(-0.4, 0.8),
        shield=number(-1.0, 2.0),
        expansion_lift=number(-1.0, 1.5),
        first_value=number(0.0, 1.0),
        rescue=share,
        sponsor=share,
        ceiling=number(-0.4, 0.6),
        odds_ratio=number(0.4, 3.0),
        causal_share=number(-1.0, 1.0),
    )
    vary = table(draw, 30, misfit=number(-1.0, 2.0), at_health_0=number(-1.0, 2.0), at_health_1=number(-1.0, 2.0))
    vary["by_segment"] = {segment: draw(number(-0.5, 2.0)) for segment in own if often(draw, 20)}
    return (
        out
        | {"trigger": trigger, "effects": effects, "effects_vary": vary}
        | table(
            draw,
            50,
            cadence_months=st.integers(0, 7),
            success_probability=share,
            repeat_factor=share,
            cost_per_delivery=number(0.0, 90.0),
        )
    )


@st.composite
def companies(draw: Any, own: list[str]) -> Table:
    """Market, product, desk, health, teams, plays and policy of a company with the segments `own`."""
    count = draw(st.integers(1, 3))
    named = {f"team {n}": draw(teams(own, n > 0 and often(draw, 50))) for n in range(count)}
    playbooks = {f"play {n}": draw(plays(own, named)) for n in range(draw(st.integers(0, 5)))}
    policy = table(
        draw,
        60,
        rule=st.sampled_from(("random", "round_robin", "risk", "value", "value_at_risk")),
        arr_exponent=number(-1.0, 1.5),
        rationing=st.sampled_from(("priority", "dilute")),
    )
    return {
        "teams": named,
        "playbooks": playbooks,
        "policy": policy | {"play_weight": {name: draw(number(0.0, 3.0)) for name in playbooks if often(draw, 40)}},
        "effect_decay": table(
            draw,
            50,
            shield_half_life_months=number(0.3, 20.0),
            expansion_lift_half_life_months=number(0.3, 20.0),
        ),
        "market": table(
            draw,
            50,
            volatility=number(0.0, 0.8),
            monthly_persistence=number(0.0, 0.99),
            lead_loading=slope(1.5),
            expansion_loading=slope(1.5),
            cohort_volatility=number(0.0, 0.8),
        ),
        "health": table(
            draw,
            60,
            adoption_weight=share,
            noise_sd=number(0.0, 0.5),
            lag_months=st.integers(0, 4),
            bias_sd=number(0.0, 0.4),
            frailty_loading=slope(0.4),
            telemetry_from_month=st.integers(1, 12),
        ),
        "product": table(
            draw,
            50,
            initial_quality=share,
            monthly_voice=share,
            monthly_erosion=number(0.0, 0.2),
            detection_delay_months=st.integers(0, 5),
        )
        | {"release_setback": {m: draw(share) for m in ("3", "8", "13") if often(draw, 25)}},
        "company": table(draw, 40, commitment=number(0.0, 1.5), implementation=share),
        "desk": table(
            draw,
            60,
            agents=st.integers(0, 3),
            hours_per_agent_month=number(4.0, 90.0),
            handling_hours=number(0.1, 3.0),
            patience_hours=number(0.0, 5.0),
        ),
    }


@st.composite
def scenarios(draw: Any) -> Table:
    """A whole scenario without uncertain numbers and without a book, as a document."""
    own = list(SEGMENTS[: draw(st.integers(1, len(SEGMENTS)))])
    leads = 9.0 / len(own)
    year, month = draw(st.integers(2020, 2030)), draw(st.integers(1, 12))
    return {
        "name": "generated",
        "as_of": datetime.date(year, month, 28),
        "book": "none",
        "run": {"horizon_months": draw(st.integers(14, 30)), "seed": draw(st.integers(0, 2**40))},
        "segments": {name: draw(segments(leads)) for name in own},
        **draw(companies(own)),
    }
