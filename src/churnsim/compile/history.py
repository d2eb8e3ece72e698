"""What the past says of existing accounts: the mean path of the base arm and the posteriors that follow from it.

Buckets of the month of first value: 0 at entry, f = 1, 2, ... in the f-th month, the last one not yet. Given its
bucket, an account's adoption and engagement follow a deterministic recursion (no plays), so its cumulated hazard at
the last contract start is known up to its frailty. Survival to that day weighs the buckets by E exp(-Z Lambda) (Bayes).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from churnsim.compile.hazards import frailty_key, survival
from churnsim.compile.values import Values
from churnsim.engine.tables import Book as BookTables
from churnsim.scenario.book import Book
from churnsim.scenario.model import Scenario
from churnsim.scenario.quantities import Distribution

LEAST_BUCKETS, BUCKETS_PER_MEDIAN = 50, 14
"""Accounts whose first value takes longer than 48 months and 14 medians (1 in 16,000) count as not yet there."""


class Path(NamedTuple):
    """Mean path of a segment: (D, F, N + 1) adoption and engagement at each tenure, first value by month (F, N)."""

    adoption: np.ndarray
    engagement: np.ndarray
    reached: np.ndarray


def mean_path(segment: np.ndarray, buckets: int, tenures: int) -> Path:
    """Adoption and engagement without plays by bucket of first value, from records (D,) of one segment."""
    draws = len(segment)
    f = np.arange(buckets)
    f[-1] = 10**6
    col = {name: segment[name].astype(np.float64)[:, None] for name in segment.dtype.names or ()}
    adoption = np.zeros((draws, buckets, tenures + 1))
    engagement = np.zeros((draws, buckets, tenures + 1))
    engagement[:, :, 0] = col["initial_engagement"]
    for u in range(tenures):
        a, g = adoption[:, :, u], engagement[:, :, u]
        engagement[:, :, u + 1] = g - col["drift"] * g + col["rowing"] * a * (1.0 - g)
        adoption[:, :, u + 1] = a + (f <= u) * col["adoption_share"] * (col["adoption_ceiling"] - a)
    reached = f[:, None] <= np.arange(tenures) + 1
    return Path(adoption, engagement, reached)


def multiplier(path: Path, causes: np.ndarray, constant: np.ndarray, uplift: np.ndarray) -> np.ndarray:
    """sum_c w_c exp(eta_c) (D, F, N) on the mean path; `uplift` (D, N) is the remembered price uplift."""
    out = np.broadcast_to(constant[:, None, None], path.adoption[:, :, 1:].shape).copy()
    for c in range(causes.shape[1]):
        record = causes[:, c]
        if not record["answers"].any():
            continue
        col = {name: record[name].astype(np.float64)[:, None, None] for name in record.dtype.names or ()}
        eta = (
            col["log_weight"]
            + col["adoption"] * path.adoption[:, :, 1:]
            + col["engagement"] * path.engagement[:, :, 1:]
        )
        eta = eta + col["no_first_value"] * ~path.reached + col["uplift"] * uplift[:, None, :]
        out += np.where(record["answers"][:, None, None] != 0, np.exp(eta), 0.0)
    return out


def remembered_uplift(segment: np.ndarray, term: int, tenures: int) -> np.ndarray:
    """Remembered uplift (D, N) in each month of tenure, of an account that renews every `term` months."""
    out = np.zeros((len(segment), tenures))
    memory = np.zeros(len(segment))
    for u in range(tenures):
        out[:, u] = memory
        if (u + 1) % term == 0:
            memory = memory + segment["price_uplift"]
        memory = memory * segment["uplift_decay"]
    return out


def contract_hazard(base: np.ndarray, lumps: np.ndarray, term: int, window: int) -> np.ndarray:
    """Base hazard and scrutiny (D, N) by month of tenure, of an account that renews every `term` months."""
    u = np.arange(base.shape[1])
    inside = term - u % term <= window
    renewal = np.minimum(u // term, lumps.shape[1] - 1)
    return np.asarray(base + np.where(inside, lumps[:, renewal], 0.0))


def bucket_prior(rate: np.ndarray, buckets: int, tenure: int) -> np.ndarray:
    """Prior share (D, F) of the buckets of an account of `tenure` months; `rate` (D,) is negative for value at once."""
    out = np.zeros((len(rate), buckets))
    at_once = rate < 0.0
    last = min(tenure, buckets - 2)
    alive = np.exp(-np.maximum(rate, 0.0)[:, None] * np.arange(last + 1))
    out[:, 1 : last + 1] = alive[:, :-1] - alive[:, 1:]
    out[:, -1] = alive[:, -1]
    out[at_once] = 0.0
    out[at_once, 0] = 1.0
    return out


def _most_buckets(scenario: Scenario) -> int:
    """Buckets that hold nearly all first values; from the expected median, so that no batch of draws moves it."""
    medians = [segment.onboarding.median_months_to_first_value for segment in scenario.segments.values()]
    longest = max(m.expectation() if isinstance(m, Distribution) else m for m in medians)
    return int(max(LEAST_BUCKETS, min(BUCKETS_PER_MEDIAN * longest, 10_000)))


def no_book(scenario: Scenario, draws: int) -> BookTables:
    """Tables of an empty book."""
    s = len(scenario.segments)
    whole, small = np.zeros(0, np.int32), np.zeros((draws, s, 2, 2), np.float32)
    return BookTables(
        first=np.zeros(s + 1, np.int64), ids=np.zeros(0, np.uint64), arr=np.zeros(0, np.float32), tenure=whole,
        term=whole, renewal=whole, renewals=whole, quarter=np.zeros(0, np.int64), health=np.zeros(0, np.float32),
        class_of=whole, bucket_share=np.ones((draws, 1, 2)), past_hazard=np.zeros((draws, 1, 2)),
        multiplier=np.ones((draws, s, 1, 2, 1), np.float32), engagement=small, adoption=small, uplift=np.zeros((draws,
        1)),
    )  # fmt: skip


def recall(
    scenario: Scenario,
    book: Book,
    values: Values,
    segments: np.ndarray,
    causes: np.ndarray,
    base: np.ndarray,
    lumps: np.ndarray,
    terms: list[int],
) -> BookTables:
    """Tables of the book under the base arm.

    Parameters: records `segments` (D, S) and `causes` (D, S, C), base hazard (D, S, N), lumps (D, S, K, R).
    """
    order = np.lexsort((book.id_hash, book.segment))
    segment, arr = book.segment[order], book.arr[order]
    tenure = -book.start_month[order]
    term = np.searchsorted(terms, book.term_months[order]).astype(np.int32)
    renewal = book.renewal_month[order]
    months = np.asarray(terms)[term]
    start = np.maximum(tenure - (months - renewal), 0)
    renewals = np.rint(start / months).astype(np.int32)

    tenures = int(tenure.max(initial=0)) + 1
    buckets = min(tenures + 2, _most_buckets(scenario))
    draws, count = segments.shape
    engagement = np.zeros((draws, count, buckets, tenures + 1), np.float32)
    adoption = np.zeros_like(engagement)
    mult = np.ones((draws, count, len(terms), buckets, tenures), np.float32)

    classes, class_of = np.unique(np.stack([segment, term, tenure, start], axis=1), axis=0, return_inverse=True)
    share = np.zeros((draws, len(classes), buckets))
    past = np.zeros((draws, len(classes), buckets))
    uplift = np.zeros((draws, len(classes)))
    for s, name in enumerate(scenario.segments):
        v = values.under(f"segments.{name}")
        law = scenario.segments[name].intent.frailty.law
        parameters = frailty_key(v)
        path = mean_path(segments[:, s], buckets, tenures)
        adoption[:, s], engagement[:, s] = path.adoption, path.engagement
        constant = segments[:, s]["constant_weight"].astype(np.float64)
        for k in np.unique(term[segment == s]):
            memory = remembered_uplift(segments[:, s], terms[k], tenures)
            m = multiplier(path, causes[:, s], constant, memory)
            mult[:, s, k] = m
            window = int(segments[0, s]["window"])
            monthly = contract_hazard(base[:, s, :tenures], lumps[:, s, k], terms[k], window)
            cumulated = np.concatenate(
                (np.zeros((draws, buckets, 1)), np.cumsum(monthly[:, None, :] * m, axis=2)), axis=2
            )
            for j in np.flatnonzero((classes[:, 0] == s) & (classes[:, 1] == k)):
                at, since = int(classes[j, 2]), int(classes[j, 3])
                past[:, j] = cumulated[:, :, since]
                rate = segments[:, s]["first_value_rate"].astype(np.float64)
                posterior = bucket_prior(rate, buckets, at) * survival(law, parameters, past[:, j])
                cumulative = np.cumsum(posterior, axis=1)
                share[:, j] = cumulative / cumulative[:, -1:]
                uplift[:, j] = memory[:, at]
    year_month = scenario.as_of.year * 12 + scenario.as_of.month - 1
    return BookTables(
        first=np.searchsorted(segment, np.arange(count + 1)).astype(np.int64),
        ids=book.id_hash[order],
        arr=arr.astype(np.float32),
        tenure=tenure.astype(np.int32),
        term=term,
        renewal=renewal.astype(np.int32),
        renewals=renewals,
        quarter=((year_month - tenure) // 3).astype(np.int64),
        health=book.health[order].astype(np.float32),
        class_of=class_of.reshape(-1).astype(np.int32),
        bucket_share=share,
        past_hazard=past,
        multiplier=mult,
        engagement=engagement,
        adoption=adoption,
        uplift=uplift,
    )
