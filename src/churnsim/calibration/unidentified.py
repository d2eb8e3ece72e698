"""What observed KPIs cannot tell. A calibration leaves these as they were assumed, right or wrong."""

from __future__ import annotations

from churnsim.scenario.model import Scenario


def unidentified(scenario: Scenario) -> tuple[str, ...]:
    """In plain words, those of the scenario's mechanisms that no KPI pins."""
    segments = scenario.segments.values()
    out = []
    if scenario.playbooks:
        out.append(
            "effects of plays: weak plays with a low base hazard and strong plays with a high one give the same churn"
            " today, but not the same answer for another team; only a trial tells them apart"
        )
    if any(segment.intent.frailty.law != "none" for segment in segments):
        out.append(
            "frailty against duration: differences between customers and a hazard that falls with tenure give the same"
            " yearly churn; a table of survival by tenure tells some of it"
        )
    out.append(
        "drift against rowing: engagement that fades fast and is rowed back, or fades slowly, has the same level"
        " and the same churn"
    )
    if any(len(segment.intent.causes) > 1 for segment in segments):
        out.append("root causes: the KPIs know how many left, not why; weights and slopes of causes stay as assumed")
    if any(segment.contracts.scrutiny for segment in segments):
        out.append("scrutiny against intent: what renewals add is scaled along with the hazard, not told apart from it")
    out.append("closures against intent: both count as voluntary; failed payments against their recovery")
    out.append("number against size of upsells and contractions: only rate times fraction shows in retention")
    out.append("market volatility and drift between cohorts: one year is one sample of them")
    return tuple(out)
