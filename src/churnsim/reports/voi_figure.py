"""Figure of the value of information: bars of what is worth finding out, beside the value of knowing everything."""

from __future__ import annotations

import pathlib

from matplotlib.figure import Figure

from churnsim.reports import style
from churnsim.reports.figures import MoneyFormatter, blank, head, write
from churnsim.reports.numbers import run_size
from churnsim.reports.voi import headline, months
from churnsim.uncertainty.worth import ValueOfInformation, Worth

MOST_BARS = 12


def information_figure(result: ValueOfInformation, path: str | pathlib.Path) -> pathlib.Path:
    """Draw the values into a file; the suffix says the format (.png, .svg, .pdf). Returns the path."""
    with style.house_style():
        return write(draw_information(result), path)


def draw_information(result: ValueOfInformation) -> Figure:
    """Value per decision of everything, of groups and of single inputs, and of a pilot's data, with 95% intervals."""
    with style.house_style():
        figure = blank()
        ax = figure.subplots()
        run = f"{result.measure} over {result.horizon_months} months, {run_size(result.draws, result.replicates)}"
        head(figure, f"{headline(result)}\n{result.scenario[:50]}, {run}")
        bars = _bars(result)
        for row, (_, worth, colour) in enumerate(bars):
            value = worth.value
            ax.barh(row, value.mean, color=colour, height=0.62, alpha=0.85)
            ax.errorbar(
                value.mean,
                row,
                xerr=[[value.mean - value.low], [value.high - value.mean]],
                color=style.INK,
                capsize=4,
                elinewidth=1.6,
            )
        ax.set_yticks(range(len(bars)), [name for name, _, _ in bars])
        ax.invert_yaxis()
        ax.axvline(0.0, color=style.INK, linewidth=1.2)
        ax.grid(visible=False, axis="y")
        ax.grid(visible=True, axis="x")
        ax.xaxis.set_major_formatter(MoneyFormatter(result.currency))
        ax.set_xlabel(f"worth per decision ({result.currency}); lines: 95% intervals{_idle(result)}")
        ax.set_title(f"What it is worth to know before choosing among {len(result.arms)} arms")
    return figure


def _idle(result: ValueOfInformation) -> str:
    idle = sum(worth.idle for worth in result.inputs)
    return (
        f"\nnot drawn: {idle} of {len(result.inputs)} inputs, which never turn the choice by themselves" if idle else ""
    )


def _bars(result: ValueOfInformation) -> list[tuple[str, Worth, str]]:
    """Everything first, then the pilot, groups and inputs, those of largest value first."""
    everything = Worth("everything", (), result.everything, 1.0)
    bars = [("everything", everything, style.BLUE)]
    if result.pilot is not None:
        pilot = result.pilot.showing.pilot
        data = Worth("pilot", (), result.pilot.per_decision, 0.0)
        bars.append((f"pilot of {pilot.play}\n{pilot.accounts:,} accounts, {months(pilot.months)}", data, style.ORANGE))
    groups = [(f"{w.name} (together)", w, style.GREEN) for w in result.groups if not w.idle]
    inputs = [(w.name, w, style.SKY) for w in result.inputs if not w.idle]
    room = MOST_BARS - len(bars)
    return bars + groups[: max(room // 2, room - len(inputs))] + inputs[: max(room - room // 2, room - len(groups))]
