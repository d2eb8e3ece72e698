"""The report as plain text, narrow enough for a README."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.machine import PACKAGES
from benchmarks.timing import Spread

WIDTH = 34
"""Of the labels."""


def render(report: dict[str, Any]) -> str:
    """The measurements of a report."""
    parts = [_machine(report)]
    if "engine" in report:
        parts += [_engine(report, "main"), _engine(report, "whole")]
    sections = {"peers": _peers, "scale": _scale, "ladder": _ladder, "start": _start, "pairing": _pairing}
    parts += [show(report) for name, show in sections.items() if name in report]
    return "\n\n".join("\n".join(part) for part in parts)


def spread(values: Spread, factor: float = 1.0, digits: int = 1) -> str:
    """Median, with least and greatest."""
    median, low, high = (f"{value * factor:,.{digits}f}" for value in values)
    return f"{median} ({low} to {high})"


def _row(label: str, *cells: str) -> str:
    return f"  {label:<{WIDTH}}" + "".join(f"{cell:>25}" for cell in cells)


def _machine(report: dict[str, Any]) -> Iterator[str]:
    about = report["machine"]
    reduced = ", much reduced (--quick): says nothing about speed" if report["quick"] else ""
    yield f"churnsim benchmark{reduced}"
    yield (
        f"  {about['processor']}, {about['cores']} cores, {about['memory_gb']} GB, {about['system']},"
        f" load {about['load_before']} before the run"
    )
    yield f"  Python {about['python']}, " + ", ".join(f"{name} {about[name]}" for name in PACKAGES)
    yield f"  engine sources {about['engine']}"


MODELS = {"main": "every mechanism of the main job on", "whole": "every mechanism of the model on"}


def _engine(report: dict[str, Any], model: str) -> Iterator[str]:
    rows = report["engine"][model]
    many = rows[0]["threads"]
    yield f"Engine alone, {MODELS[model]}: ns per account-month, {rows[0]['months']} months"
    yield f"  median (least to greatest) of {report['repeats']} interleaved; a batch shares the book's initial draws"
    yield _row("accounts", *(f"{row['accounts']:,}" for row in rows))
    yield _row("one arm, 1 core", *(spread(row["ns_one_arm_one_core"]) for row in rows))
    yield _row(f"one arm, {many} cores", *(spread(row["ns_one_arm_all_cores"]) for row in rows))
    yield _row("arms of a batch", *(str(row["arms"]) for row in rows))
    yield _row("batch, 1 core", *(spread(row["ns_batch_one_core"]) for row in rows))
    yield _row(f"batch, {many} cores", *(spread(row["ns_batch_all_cores"]) for row in rows))
    yield _row("initial draws, in one arm, 1 core", *(spread(row["ns_initial_draws"]) for row in rows))
    yield _row("the same, ns per account", *(spread(row["ns_per_account_initial_draws"], digits=0) for row in rows))
    yield _row(f"efficiency of {many} threads, batch", *(f"{_efficiency(row):.2f}" for row in rows))
    yield "  what an account-month goes through:"
    for label, name in (
        ("plays delivered by CSMs", "csm_deliveries"),
        ("plays delivered digitally", "digital_deliveries"),
        ("arrivals", "arrivals"),
        ("exits", "exits"),
    ):
        yield _row(f"  {label}", *(f"{row[name]:.3f}" for row in rows))
    yield _row("  hours demanded over available", *(f"{row['hours_demanded_over_available']:.1f}" for row in rows))


def _efficiency(row: dict[str, Any]) -> float:
    return float(row["ns_batch_one_core"].median / (row["threads"] * row["ns_batch_all_cores"].median))


def _peers(report: dict[str, Any]) -> Iterator[str]:
    section = report["peers"]
    yield (
        f"Common model (benchmarks/common.md), peers side by side: {section['accounts']:,} accounts,"
        f" {section['months']} months, 1 core"
    )
    yield f"  median (least to greatest) of {report['repeats']} interleaved; z against the engine: exits, ARR, plays"
    yield _row("", "ns per account-month", "times the engine", "agreement, z")
    for row in section["peers"]:
        z = "" if row["z"] is None else ", ".join(f"{value:+.1f}" for value in row["z"].values())
        ratio = "1" if row["z"] is None else spread(row["ratio"], digits=_digits(row["ratio"]))
        yield _row(row["label"], spread(row["ns"], digits=_digits(row["ns"])), ratio, z)
    for name, reason in section["missing"].items():
        yield f"  {name.upper()} was skipped: {reason}"
    for row in section["peers"]:
        if row["peer"] == "c":
            yield f"  C by {row['version']}"


def _scale(report: dict[str, Any]) -> Iterator[str]:
    rows = report["scale"]
    yield f"From few accounts to many: one arm, {rows[0]['months']} months, 1 core, initial draws included"
    yield _row("accounts", *(f"{row['accounts']:,}" for row in rows))
    for model, words in MODELS.items():
        yield f"  {words}:"
        yield _row("  ns per account-month", *(f"{row[model]['ns']:.1f}" for row in rows))
        yield _row("  bytes an account and worker", *(_bytes(row[model]["bytes"]) for row in rows))
        yield _row("  book in the tables, bytes", *(f"{row[model]['tables_bytes']:,.0f}" for row in rows))


def _bytes(found: float | None) -> str:
    return "not measured" if found is None else f"{found:,.0f}"


def _digits(values: Spread) -> int:
    return 2 if values.median < 10.0 else 1 if values.median < 1_000.0 else 0


def _ladder(report: dict[str, Any]) -> Iterator[str]:
    job = report["ladder"]
    yield (
        f"Ladder job, public API: {job['accounts']:,} accounts, {job['months']} months, {job['arms']} rungs,"
        f" {job['draws']} draws x {job['replicates']} replicates"
    )
    yield _row("account-months", f"{job['account_months']:.2e}")
    yield _row("wall time, s", f"{job['seconds']:.1f}")
    yield _row("ns per account-month, wall", f"{job['ns_per_account_month']:.1f}")
    yield _row("cores busy on average", f"{job['busy_cores']:.2f}")
    yield _row("tables, share of processor time", f"{job['tables_share_of_processor']:.1%}")
    yield _row("tables, share of wall time", f"{job['tables_share_of_wall']:.1%}")
    yield _row("peak memory, MB", f"{job['peak_bytes'] / 1e6:,.0f}")
    yield _row("of it before the job, MB", f"{job['bytes_before'] / 1e6:,.0f}")
    yield _row("result, MB", f"{job['result_bytes'] / 1e6:,.1f}")


def _start(report: dict[str, Any]) -> Iterator[str]:
    start = report["start"]
    cold, cached = start["cold"], start["cached"]
    once = "" if cold is None else ", cold once"
    yield f"Start, s: median (least to greatest) of {report['repeats']}{once}"
    if cold is not None:
        yield _row("cold: compile alone", f"{cold['kernel']:.1f}")
        yield _row("cold: process to first result", f"{cold['to_first_result']:.1f}")
    yield _row("cached: load alone", spread(cached["kernel"], digits=2))
    yield _row("cached: process to first path", spread(cached["to_first_path"], digits=2))
    yield _row("cached: process to first result", spread(cached["to_first_result"], digits=2))
    yield _row("python -c pass", spread(start["python"], digits=3))
    yield _row("import churnsim", spread(start["import"], digits=3))
    yield _row("churnsim --help", spread(start["help"], digits=3))


def _pairing(report: dict[str, Any]) -> Iterator[str]:
    rows = report["pairing"]
    yield "What pairing buys: variance of the NPV difference between n and n + 1 CSMs, as a multiple of the paired one"
    yield _row("scenario", *(row["scenario"] for row in rows))
    yield _row("n, months", *(f"{row['posts']}, {row['months']}" for row in rows))
    yield _row("draws x replicates", *(f"{row['draws']} x {row['replicates']}" for row in rows))
    yield _row("same inputs, other luck", *(_ratio(row, "other_luck") for row in rows))
    yield _row("other inputs and luck (other seed)", *(_ratio(row, "other_seed") for row in rows))
    yield _row("mean difference", *(f"{row['mean_difference']:,.0f} {row['currency']}" for row in rows))
    yield _row("sd of a path's difference, paired", *(f"{row['sd_paired']:,.0f} {row['currency']}" for row in rows))
    yield "  in brackets: 90% interval, bootstrap over draws"


def _ratio(row: dict[str, Any], name: str) -> str:
    low, high = row[f"{name}_over_paired_90"]
    return f"{row[f'{name}_over_paired']:,.0f} ({low:,.0f} to {high:,.0f})"
