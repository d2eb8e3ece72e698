"""A calibration in the terminal, and the note of a run whose KPIs are not those observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console

from churnsim.calibration.calibrate import Calibration, Fit
from churnsim.calibration.comparison import Compared
from churnsim.metrics.estimates import Estimate
from churnsim.reports.cells import say
from churnsim.reports.numbers import percent_tenths, percent_with_error, points, ratio_with_error, run_size
from churnsim.reports.tables import Column, print_table

NAMES = {
    "median_months_to_first_value": "months to first value",
    "involuntary_share": "involuntary share",
    "annual_logo_churn": "logo churn",
    "annual_gross_retention": "gross retention",
    "annual_net_retention": "net retention",
}


def print_calibration(calibration: Calibration, console: Console) -> None:
    """The verdict, targets against what is reached, the scales, and what KPIs cannot tell."""
    fits = calibration.fits

    def each(show: Callable[[Fit], str]) -> list[str]:
        return [show(fit) for fit in fits]

    say(console, calibration.sentence, style="bold")
    say(console)
    size = f"{run_size(calibration.draws, calibration.replicates)}, seed {calibration.seed}"
    print_table(
        console,
        f"{calibration.scenario}: observed KPIs and the simulated status quo ({size})",
        [
            *_names(fits),
            Column("target", each(lambda f: _value(f.target, f.kind))),
            Column("reached", each(lambda f: _estimate(f.reached, f.kind))),
            Column("residual", each(lambda f: _difference(f.residual, f.kind))),
            Column("tolerance", each(lambda f: _difference(f.tolerance, f.kind).lstrip("+")), 1),
            Column("fresh seeds", each(lambda f: _estimate(f.fresh, f.kind)), 2),
            Column("sd of draws", each(lambda f: _difference(f.spread, f.kind).lstrip("+")), 3),
            Column("with one scale", each(lambda f: _difference(f.spread_before, f.kind).lstrip("+")), 4),
        ],
    )
    say(
        console,
        "±: standard error, clustered by draw; fresh seeds: with draws and luck that the scales have not seen; sd of"
        " draws: how far fresh draws lie apart, luck taken off, because other numbers are uncertain; with one scale:"
        " how far they would if a scale were one number and did not answer those numbers draw by draw.",
    )
    say(console)
    say(console, "What is changed in the file:", style="bold")
    for fit in fits:
        if fit.before != f"{fit.after:g}":
            say(console, f"- {fit.scale} = {fit.after:g} (was {fit.before})")
    for path, was in calibration.settled.items():
        say(console, f"- {path} = its mean (was {was}): logo churn pins it together with the factor")
    for scale, own in calibration.responses.items():
        say(console, f"- {scale} answers in each draw to {', '.join(own)}")
    say(console)
    say(console, "What these KPIs cannot tell, and what stays as it was assumed:", style="bold")
    for what in calibration.unidentified:
        say(console, f"- {what}")
    say(console)


def disagreements(compared: Sequence[Compared], file: str) -> str:
    """What a run says of KPIs that are not those observed; empty when they agree."""
    apart = [one for one in compared if not one.agrees]
    if not apart:
        return ""
    lines = [
        f"  {one.segment}: {NAMES[one.kpi]} {_estimate(one.simulated, one.kind)} simulated,"
        f" {_value(one.target, one.kind)} observed"
        for one in apart
    ]
    cure = f"Nothing was fitted to them. To do so: churnsim calibrate {file} -o calibrated.toml"
    return "\n".join(["The simulated status quo is not what [observed] says:", *lines, cure])


def _names(fits: Sequence[Fit]) -> list[Column]:
    return [
        Column("segment", [fit.segment for fit in fits], left=True),
        Column("KPI", [NAMES[fit.kpi] for fit in fits], left=True),
    ]


def _value(value: float, kind: str) -> str:
    return percent_tenths(value) if kind == "share" else f"{value:.2f}"


def _estimate(e: Estimate, kind: str) -> str:
    return percent_with_error(e.mean, e.se) if kind == "share" else ratio_with_error(e.mean, e.se)


def _difference(value: float, kind: str) -> str:
    return points(value) if kind == "share" else f"{value:+.2f}" if value == value else "–"
