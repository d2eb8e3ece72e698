"""The four revenue curves: simulate the cohort under four states of customer success, draw it and write the table.

    python -m experiments.four_curves.draw

Writes curves.png and table.md beside this file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

import churnsim
from churnsim.metrics.estimates import estimate
from churnsim.metrics.money import customer_success_cost
from churnsim.reports import style
from churnsim.reports.figures import write
from churnsim.reports.numbers import money_with_error, percent, percent_with_error, run_size

HERE = Path(__file__).parent
STATES = {
    "base": ("No customer success", style.ORANGE, "v"),
    "just_started": ("Just started", style.GREY, "s"),
    "on_track": ("On track", style.SKY, "o"),
    "mature": ("Mature", style.BLUE, "^"),
}
"""Name, colour and mark of each arm."""
YEARS = 5
ANNIVERSARIES = [1 + 12 * year for year in range(YEARS + 1)]
"""Months whose closing ARR is that of the cohort at signature and after each year of tenure."""
LOW, HIGH = 0.05, 0.95
"""Ends of the pale bands, as quantiles of the paths."""


def run(draws: int | None = None, replicates: int | None = None, seed: int | None = None) -> xr.Dataset:
    """The scenario's four arms with every monthly field."""
    file = churnsim.load(HERE / "scenario.toml")
    return churnsim.simulate(file, draws=draws, replicates=replicates, seed=seed, record="full")


def arr_index(dataset: xr.Dataset) -> xr.DataArray:
    """ARR as a share of the ARR at signature, dims (arm, draw, replicate, month)."""
    arr = dataset["arr_closing_by_month"].sum("segment")
    return arr / arr.sel(month=1)


def retention(dataset: xr.Dataset) -> xr.DataArray:
    """Net revenue retention by year of tenure, dims (arm, draw, replicate, year); the cohort is closed."""
    index = arr_index(dataset).sel(month=ANNIVERSARIES)
    now, then = (index.isel(month=part).drop_vars("month") for part in (slice(1, None), slice(None, -1)))
    return (now / then).rename(month="year").assign_coords(year=np.arange(1, YEARS + 1))


def health(dataset: xr.Dataset) -> xr.DataArray:
    """Mean latent health of the cohort's accounts, dims (arm, draw, replicate, month)."""
    return dataset["health_sum_by_month"].sum("segment") / dataset["accounts_closing_by_month"].sum("segment")


def draw_curves(dataset: xr.Dataset) -> Figure:
    """The curves, and below them net retention by year and the health that makes it."""
    with style.house_style():
        figure = Figure(figsize=(style.WIDTH, style.HEIGHT), dpi=style.DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplot_mosaic([["arr", "arr"], ["nrr", "health"]], height_ratios=[1.5, 1.0])
        size = run_size(dataset.sizes["draw"], dataset.sizes["replicate"])
        last = arr_index(dataset).sel(month=ANNIVERSARIES[-1])
        ends = {arm: estimate(last.sel(arm=arm)).mean for arm in STATES}
        figure.suptitle(
            f"With the same customers revenue falls to {percent(ends['base'])} or rises to {percent(ends['mature'])}"
            f" in five years\none cohort, no new customers; only the team differs; {size}",
            fontsize=15,
            fontweight="bold",
            x=0.012,
            ha="left",
        )
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12, wspace=0.03, hspace=0.03)
        _draw_arr(axes["arr"], dataset)
        _draw_retention(axes["nrr"], dataset)
        _draw_health(axes["health"], dataset)
    return figure


def table(dataset: xr.Dataset) -> str:
    """What the README points to, in Markdown; means with their Monte Carlo standard errors."""
    currency = dataset.attrs["currency"]
    index, nrr = arr_index(dataset), retention(dataset)
    cost = customer_success_cost(dataset).sel(window="horizon")
    npv = dataset["npv"].sel(window="horizon")
    years = [f"NRR year {year}" for year in range(1, YEARS + 1)]
    head = ["state", "ARR after 5 years", *years, "cost of customer success", "NPV"]
    size = run_size(dataset.sizes["draw"], dataset.sizes["replicate"])
    lines = [
        f"Mean ± Monte Carlo standard error, {size}, seed {dataset.attrs['seed']}.\n",
        "| " + " | ".join(head) + " |",
        "|---" * len(head) + "|",
    ]
    for arm, (name, _, _) in STATES.items():
        shares = [index.sel(arm=arm, month=ANNIVERSARIES[-1]), *(nrr.sel(arm=arm, year=y) for y in nrr["year"])]
        cells = [percent_with_error(found.mean, found.se) for found in map(estimate, shares)]
        cells += [
            money_with_error(found.mean, found.se, currency)
            for found in (estimate(cost.sel(arm=arm)), estimate(npv.sel(arm=arm)))
        ]
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return "\n".join(lines) + "\n"


def _draw_arr(ax: Axes, dataset: xr.Dataset) -> None:
    index = arr_index(dataset)
    years = (index["month"].values - 1) / 12
    for arm, (name, colour, _) in STATES.items():
        paths = index.sel(arm=arm)
        low, high = paths.quantile([LOW, HIGH], ("draw", "replicate")).values
        ax.fill_between(years, low, high, color=colour, alpha=0.13, linewidth=0)
        means = [estimate(paths.sel(month=month)) for month in index["month"]]
        ax.fill_between(years, [m.low for m in means], [m.high for m in means], color=colour, alpha=0.45, linewidth=0)
        ax.plot(years, [m.mean for m in means], color=colour)
        label = f"{name} {percent(means[-1].mean)}"
        ax.annotate(label, (years[-1], means[-1].mean), (8, 0), textcoords="offset points", va="center", color=colour)
    ax.axhline(1.0, color=style.INK, linewidth=1.0, linestyle="--")
    ax.set_xlim(0, YEARS)
    ax.set_ylim(bottom=0.0)
    ax.set_title("ARR of the cohort (line: mean with its 95% interval; pale: middle 90% of paths)")
    ax.set_xlabel("years since signature")
    ax.set_ylabel("share of ARR at signature")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))


def _draw_retention(ax: Axes, dataset: xr.Dataset) -> None:
    nrr = retention(dataset)
    for k, (arm, (name, colour, mark)) in enumerate(STATES.items()):
        found = [estimate(nrr.sel(arm=arm, year=year)) for year in nrr["year"]]
        error = [[f.mean - f.low for f in found], [f.high - f.mean for f in found]]
        x = nrr["year"].values + 0.1 * (k - 1.5)
        ax.errorbar(x, [f.mean for f in found], yerr=error, fmt=mark, color=colour, capsize=3, label=name)
    ax.axhline(1.0, color=style.INK, linewidth=1.0, linestyle="--")
    ax.set_title("Mature: above 100% from year 2 on")
    ax.set_xlabel("year of the cohort")
    ax.set_ylabel("net revenue retention")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))


def _draw_health(ax: Axes, dataset: xr.Dataset) -> None:
    found = health(dataset).mean(("draw", "replicate"))
    years = (found["month"].values - 1) / 12
    for arm, (name, colour, _) in STATES.items():
        ax.plot(years, found.sel(arm=arm), color=colour, label=name)
    ax.set_xlim(0, YEARS)
    ax.set_ylim(0.0, 1.0)
    ax.set_title("What the plays move: customers' health")
    ax.set_xlabel("years since signature")
    ax.set_ylabel("mean health (0 to 1)")
    ax.legend(loc="upper right", ncols=2)


def main() -> None:
    """Simulate, draw, write the table."""
    dataset = run()
    write(draw_curves(dataset), HERE / "curves.png")
    (HERE / "table.md").write_text(table(dataset), encoding="utf-8")
    print(table(dataset), end="")


if __name__ == "__main__":
    main()
