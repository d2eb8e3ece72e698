"""Misfits and size among existing accounts: how many there were, how many stayed, and what ARR tells of frailty.

Frailty and misfit may be tied (scenario/acquisition.py): the right customers then have another law of Z than misfits.
ARR at entry is not known. ARR at month 0 stands for it, its place among the segment's accounts of the same tenure: what
they have grown by, and that those who pay less left more often, is taken out with the mean. Expansion since entry makes
it a noisy measure, which weakens the tie in the proportion of the standard deviations.
"""

from __future__ import annotations

import numpy as np

from churnsim.compile.hazards import beta_mean, reweighted
from churnsim.compile.lines import Arm
from churnsim.engine.acquisition import SCORE_LIMIT
from churnsim.scenario.book import Book

NODES = 48
"""Nodes of Gauss and Hermite's rule over the normal score of frailty."""


def misfit_share(arm: Arm) -> np.ndarray:
    """Share of misfits (D, S) among the accounts that the base arm's channels bring; 0 without channels."""
    from scipy.special import ndtr

    channel = arm["channel"]
    cut = channel["misfit_cut"].astype(np.float64)
    misfits = (channel["reference_leads"] * ndtr(-cut) * channel["conversion_misfit"]).sum(axis=2)
    right = (channel["reference_leads"] * ndtr(cut) * channel["conversion"]).sum(axis=2)
    return np.asarray(np.divide(misfits, misfits + right, out=np.zeros_like(misfits), where=misfits > 0.0))


def frailty_misfit(arm: Arm) -> np.ndarray:
    """Correlation (D, S) of the normal scores of frailty and misfit."""
    segment = arm["segment"]
    a, b, c, d = (segment[f"copula_{n}"].astype(np.float64) for n in (21, 31, 22, 32))
    return np.asarray(a * b + c * d)


def frailty_quantiles(law: str, parameters: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Z (D, n) at normal scores (n,); parameters (D, 2) as in hazards.frailty_key."""
    from scipy.special import betaincinv, gammainccinv, ndtr

    first, second = parameters[:, :1], parameters[:, 1:]
    if law == "beta":
        loyal = np.maximum(betaincinv(second, first, ndtr(-scores)), 1e-300)
        return np.asarray(-np.log(loyal) / beta_mean(first, second))
    v = np.maximum(first, 1e-9)
    if law == "gamma":
        return np.asarray(v * gammainccinv(1.0 / v, ndtr(-scores)))
    return np.exp([reweighted(law, float(variance), np.zeros(1), ndtr(scores))[0] for variance in v[:, 0]])


def survival_by_kind(
    law: str, parameters: np.ndarray, hazard: np.ndarray, share: np.ndarray, correlation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """E exp(-Z Lambda) of right customers and of misfits, each at all cumulated hazards (D, n).

    `share` and `correlation` (D,): of misfits at entry, and of their normal score with that of frailty.
    """
    from scipy.special import ndtr, ndtri

    scores, weights = np.polynomial.hermite_e.hermegauss(NODES)
    z = frailty_quantiles(law, parameters, scores)
    inside = (correlation[:, None] * scores + ndtri(share)[:, None]) / np.sqrt(1.0 - correlation[:, None] ** 2)
    odds = np.stack((ndtr(-inside), ndtr(inside)), axis=1) * weights
    whole = odds.sum(axis=2, keepdims=True)
    # a kind that nobody belongs to: any law will do
    odds = np.where(whole > 0.0, odds, weights)
    odds /= odds.sum(axis=2, keepdims=True)
    out = np.zeros((2, *hazard.shape))
    for n in range(len(scores)):
        out += odds[:, :, n].T[:, :, None] * np.exp(-z[:, n, None] * hazard)
    return out[0], out[1]


def arr_scores(book: Book, entry_sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normal score of ARR (B,) given tenure, among the segment's accounts, and its correlation (D, S) with entry's.

    `entry_sigma` (D, S): standard deviation of ln ARR at entry.
    """
    score, tie = np.zeros(len(book)), np.zeros_like(entry_sigma)
    for s in np.unique(book.segment):
        mine = book.segment == s
        log_arr, tenure = np.log(book.arr[mine]), book.start_month[mine].astype(np.float64)
        log_arr, tenure = log_arr - log_arr.mean(), tenure - tenure.mean()
        squares = tenure @ tenure
        rest = log_arr - tenure * (tenure @ log_arr / squares if squares > 0.0 else 0.0)
        spread = rest.std()
        if spread > 1e-9:
            score[mine] = np.clip(rest / spread, -SCORE_LIMIT, SCORE_LIMIT)
            tie[:, s] = np.minimum(entry_sigma[:, s] / spread, 1.0)
    return score, tie
