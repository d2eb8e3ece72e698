"""Value of information: what finding out is worth to a decision.

Net benefits NB come by arm, draw (what is not known, theta) and replicate (luck). Of a decision among arms a

    EVPI      = E max_a E[NB_a | theta]   - max_a E NB_a       everything is found out
    EVPPI(i)  = E max_a E[NB_a | theta_i] - max_a E NB_a       some inputs are
    EVSI(x)   = E max_a E[NB_a | x]       - max_a E NB_a       data x are seen, which tell something of theta

(Raiffa & Schlaifer 1961; Strong, Oakley & Brennan 2014; Strong et al. 2015 for data by their summaries). A maximum over
arms whose values carry luck picks the luckiest arm, and its mean grows with the luck. So no maximum of noisy values is
taken here. Differences between arms are regressed on what is found out, over which luck averages out, and the rule
"take the arm that the regression expects to be best" is judged on draws that it was not fitted to:

    value = mean over draws of NB[rule's arm] - NB[arm that is best on average],

both learnt from the other draws (`churnsim.uncertainty.regression`). The value of a rule judged so is unbiased whatever
the luck; a rule short of the best earns less than perfect use of the information would, by the square of the
regression's error, so values err to the low side, the less so the more draws there are. Arms that are equal have value
0 on average. The difference of a draw is one number, so its standard error is that of a mean, clustered by draw.

For EVPI the regression is on all inputs and, where there are replicates, on the mean differences of one half of the
draw's replicates, judged on the other half, both ways: inputs tell of the draw as far as their form is found, its own
replicates as far as luck lets them, and the fit weighs the two. The usual correction of the nested estimate for its
bias, by halving the replicates, assumes luck that is small beside ignorance and fails where arms are equal.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from churnsim.decisions.inputs import InputError, unknown
from churnsim.metrics.estimates import Array, Estimate
from churnsim.uncertainty.outcomes import over_draws
from churnsim.uncertainty.regression import FOLDS, expected, folds

LEAST_DRAWS = 4 * FOLDS
"""Fewer draws than this and nothing can be learnt from some of them for the others."""

Inputs = Mapping[str, npt.ArrayLike]
"""Samples (draws,) of what is not known, by name."""


def evpi(net_benefit: npt.ArrayLike, inputs: Inputs | None = None) -> Estimate:
    """Value of finding out everything, per decision.

    `net_benefit` is (arms, draws, replicates), or (arms, draws) for one replicate. Without `inputs` the net benefits
    must be without luck, i.e. expected values given the draw, (arms, draws): then the mean of maxima is exact.
    """
    benefit = _checked(net_benefit)
    if inputs is None:
        if benefit.shape[2] > 1:
            raise InputError("net benefits with luck need the inputs that they are regressed on")
        values = benefit[:, :, 0]
        return over_draws(values.max(axis=0) - values[values.mean(axis=1).argmax()])
    features = _features(inputs, benefit.shape[1])
    replicates = benefit.shape[2]
    if replicates == 1:
        return over_draws(_gain(features, benefit[:, :, 0]))
    halves = benefit[:, :, ::2].mean(axis=2), benefit[:, :, 1::2].mean(axis=2)
    gains = [_gain(features, judged, seen) for seen, judged in (halves, halves[::-1])]
    # an odd number of replicates leaves one half larger than the other
    weight = (replicates // 2) / replicates
    return over_draws(weight * gains[0] + (1.0 - weight) * gains[1])


def evppi(net_benefit: npt.ArrayLike, inputs: Inputs) -> Estimate:
    """Value of finding out these inputs, one or several together, per decision. `net_benefit` as in `evpi`."""
    mean = _checked(net_benefit).mean(axis=2)
    return over_draws(_gain(_features(inputs, mean.shape[1]), mean))


def evsi(net_benefit: npt.ArrayLike, data: Inputs) -> Estimate:
    """Value of seeing data before deciding, per decision.

    `data` are summaries of what a study would show, simulated once for each draw with luck of its own.
    """
    return evppi(net_benefit, data)


def net_benefit_of_sampling(
    net_benefit: npt.ArrayLike, data: Inputs, *, cost: float, decisions: float = 1.0, waiting: npt.ArrayLike = 0.0
) -> Estimate:
    """What a study brings over all decisions that it serves: decisions x EVSI - cost - waiting.

    `decisions` counts them as of today, discounted. `waiting` is what deciding later costs, a number or by draw.
    """
    mean = _checked(net_benefit).mean(axis=2)
    gain = _gain(_features(data, mean.shape[1]), mean)
    return over_draws(decisions * gain - cost - np.asarray(waiting, dtype=np.float64))


def select(inputs: Inputs, names: tuple[str, ...] | list[str]) -> dict[str, npt.ArrayLike]:
    """The inputs of these names; InputError for one that does not exist."""
    for name in names:
        if name not in inputs:
            raise unknown("uncertain input", name, inputs)
    return {name: inputs[name] for name in names}


def luck_share(net_benefit: npt.ArrayLike) -> float:
    """Share of the variance of a path's difference between the two best arms that is luck; NaN with one replicate.

    Analysis of variance: the mean square within draws estimates luck; the variance of draws' means has luck over the
    number of replicates in it, which is taken out.
    """
    benefit = _checked(net_benefit)
    if benefit.shape[2] < 2:
        return float("nan")
    second, best = np.argsort(benefit.mean(axis=(1, 2)), kind="stable")[-2:]
    difference = benefit[best] - benefit[second]
    within = float(difference.var(axis=1, ddof=1).mean())
    between = max(0.0, float(difference.mean(axis=1).var(ddof=1)) - within / difference.shape[1])
    return within / (within + between) if within + between > 0.0 else float("nan")


def _gain(features: Array, values: Array, seen: Array | None = None) -> Array:
    """What the learnt rule earns above the arm that is best on average, by draw.

    `features` (draws, k); `values` (arms, draws); the differences of `seen` (arms, draws) are features too.
    """
    from threadpoolctl import threadpool_limits

    gain = np.empty(values.shape[1])
    for train, test in folds(values.shape[1]):
        # against the best arm, so that one that differs from it by luck alone shrinks to its mean, which is lower
        best = int(values[:, train].mean(axis=1).argmax())
        known = features if seen is None else np.hstack([features, (seen - seen[best]).T])
        # the matrices are small: threads would only wait for each other
        with threadpool_limits(limits=1, user_api="blas"):
            found = expected(known[train], (values - values[best]).T[train], known[test])
        gain[test] = values[found.argmax(axis=1), test] - values[best, test]
    return gain


def _checked(net_benefit: npt.ArrayLike) -> Array:
    """Net benefits as (arms, draws, replicates)."""
    benefit = np.asarray(net_benefit, dtype=np.float64)
    benefit = benefit[:, :, None] if benefit.ndim == 2 else benefit
    if benefit.ndim != 3 or benefit.shape[2] < 1:
        raise InputError(f"net benefits must be by (arm, draw, replicate), found the shape {benefit.shape}")
    if len(benefit) < 2:
        raise InputError("information has no value where there is nothing to choose: it needs two arms at least")
    if benefit.shape[1] < LEAST_DRAWS:
        raise InputError(f"{benefit.shape[1]} draws are too few for the value of information: at least {LEAST_DRAWS}")
    if not np.isfinite(benefit).all():
        raise InputError("net benefits must be finite")
    return benefit


def _features(inputs: Inputs, draws: int) -> Array:
    columns = {name: np.asarray(values, dtype=np.float64) for name, values in inputs.items()}
    for name, values in columns.items():
        if values.shape != (draws,) or not np.isfinite(values).all():
            raise InputError(f"{name!r} must have a finite number for each of the {draws} draws")
    if not columns:
        raise InputError("nothing is found out: name one input at least")
    return np.column_stack(list(columns.values()))
