"""The company of the benchmark: the scenario core.toml scaled to a number of accounts, and its synthetic book."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import tomlkit

from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile, override, read

CORE = Path(__file__).with_name("core.toml")
WRITTEN_FOR = 2_000
"""Accounts for which core.toml is written."""
MOST_POSTS = 1_000
"""Posts that a team may have; beyond them each CSM works more hours, so that hours per account are the same."""
MOST_AGENTS = 10_000
"""Agents that a desk may have, likewise."""
SEED = 20_251_231
OLDEST = 60
"""Greatest tenure in the book, months."""
SHARES = (0.50, 0.35, 0.15)
"""Shares of the accounts in the segments of core.toml, in their order."""


def company(accounts: int, whole: bool = False, months: int | None = None) -> tuple[ScenarioFile, Book]:
    """The scenario, with the `whole` model or another horizon if asked for, and a book of `accounts` accounts."""
    file = read(CORE)
    values = _sized(file, accounts)
    if whole:
        values |= _rest_of_the_model(file)
        wanted = max(round(values["desk.agents"] * accounts / WRITTEN_FOR), 1)  # type: ignore[call-overload]
        hours = file.scenario.desk.hours_per_agent_month
        values["desk.agents"], values["desk.hours_per_agent_month"] = _staffed(wanted, hours, MOST_AGENTS)
    scenario = override(file, values)
    if months is not None:
        scenario = scenario.model_copy(update={"run": scenario.run.model_copy(update={"horizon_months": months})})
    file = dataclasses.replace(file, scenario=scenario)
    return file, synthetic_book(file, accounts)


def write_company(folder: Path, accounts: int, with_book: bool = True) -> Path:
    """Write the scenario of that size into a folder, and its book beside it unless left out; path of the scenario."""
    file, book = company(accounts)
    document = tomlkit.parse(CORE.read_text(encoding="utf-8"))
    for path, value in _sized(read(CORE), accounts).items():
        *tables, last = path.split(".")
        node: Any = document
        for table in tables:
            node = node[table]
        node[last] = value
    scenario = folder / "company.toml"
    named = "accounts.csv" if with_book else "none"
    scenario.write_text(f'book = "{named}"\n{tomlkit.dumps(document)}', encoding="utf-8")
    if not with_book:
        return scenario
    names = list(file.scenario.segments)
    with (folder / "accounts.csv").open("w", encoding="utf-8", newline="") as out:
        write = csv.writer(out)
        write.writerow(("account_id", "segment", "start_date", "arr", "contract_term_months", "health"))
        for i, name in enumerate(book.account_id):
            health = "" if np.isnan(book.health[i]) else book.health[i]
            date = _first_of(file.scenario.as_of, int(book.start_month[i]))
            write.writerow((name, names[book.segment[i]], date, book.arr[i], book.term_months[i], health))
    return scenario


def _sized(file: ScenarioFile, accounts: int) -> dict[str, object]:
    """What a company of so many accounts has in another number, by dotted path."""
    factor = accounts / WRITTEN_FOR
    team = file.scenario.teams["csm"]
    posts, hours = _staffed(round(team.posts.today * factor), team.hours_per_month, MOST_POSTS)
    values: dict[str, object] = {"teams.csm.posts.today": posts, "teams.csm.hours_per_month": hours}
    for name, segment in file.scenario.segments.items():
        for channel, source in segment.acquisition.channels.items():
            leads = source.leads_per_month * factor
            values[f"segments.{name}.acquisition.channels.{channel}.leads_per_month"] = leads
    return values


def _staffed(wanted: int, hours: float, most: int) -> tuple[int, float]:
    """People, at most so many, and the hours of each that are together those of the `wanted`."""
    people = min(wanted, most)
    return people, hours * wanted / people


def _first_of(as_of: datetime.date, months: int) -> str:
    """The first day of a month, so many months from that of `as_of`."""
    year, month = divmod(as_of.year * 12 + as_of.month - 1 + months, 12)
    return f"{year}-{month + 1:02d}-01"


def _rest_of_the_model(file: ScenarioFile) -> dict[str, object]:
    """What whole.toml adds, a star spelt out for each segment and channel."""
    values: dict[str, object] = {}
    for path, value in tomllib.loads(Path(__file__).with_name("whole.toml").read_text(encoding="utf-8")).items():
        if ".*" not in path:
            values[path] = value
            continue
        for name, segment in file.scenario.segments.items():
            mine = path.replace("segments.*", f"segments.{name}")
            channels = segment.acquisition.channels if "channels.*" in mine else [""]
            values |= {mine.replace("channels.*", f"channels.{channel}"): value for channel in channels}
    return values


def synthetic_book(file: ScenarioFile, accounts: int) -> Book:
    """A book with the segments' own mix of terms and ARR, tenures even up to OLDEST; a third has a health score."""
    rng = np.random.default_rng([SEED, accounts])
    segments = list(file.scenario.segments.values())
    ids = np.sort(rng.integers(0, 2**64, accounts, dtype=np.uint64))
    which = rng.permutation(np.repeat(np.arange(len(SHARES)), _parts(accounts)))
    term, arr = np.zeros(accounts, np.int32), np.zeros(accounts)
    for s, segment in enumerate(segments):
        own = which == s
        weight = np.array(list(segment.contracts.term_weight.values()))
        term[own] = rng.choice([int(t) for t in segment.contracts.term_weight], own.sum(), p=weight / weight.sum())
        variance = np.log1p(segment.acquisition.entry_arr_cv**2)
        mean = np.log(segment.acquisition.entry_arr_mean) - variance / 2.0
        arr[own] = rng.lognormal(mean, np.sqrt(variance), own.sum())
    start = -rng.integers(0, OLDEST + 1, accounts).astype(np.int32)
    return Book(
        account_id=[f"{i:016x}" for i in ids],
        id_hash=ids,
        segment=which.astype(np.int32),
        start_month=start,
        arr=arr,
        term_months=term,
        renewal_month=start + term * (-start // term + 1),
        products=np.ones(accounts, np.int32),
        health=np.where(rng.random(accounts) < 1.0 / 3.0, rng.beta(6.0, 4.0, accounts), np.nan),
    )


def _parts(accounts: int) -> np.ndarray:
    """Accounts of each segment; they add up."""
    ends = np.rint(np.cumsum(SHARES) * accounts).astype(int)
    return np.diff(ends, prepend=0)
