"""Regression that looks ahead: what features of a draw tell of its outcome, judged on draws that were not fitted.

Three nested models are tried for each outcome: straight lines, cubic splines of each feature (three inner knots at its
quartiles), and these with the products of any two features. Each is a ridge regression with the penalty of least
leave-one-out error among the fitted draws (Golub, Heath & Wahba 1979; scikit-learn). The simplest model is the mean; a
richer one takes its place where its leave-one-out error is lower by more than one standard error, in pairs (the rule of
Breiman et al. 1984), so what tells nothing stays a mean. Beyond the fitted range splines go on as straight lines.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from churnsim.metrics.estimates import Array

Places = npt.NDArray[np.intp]

FOLDS = 5
"""Parts of the draws, each of which is predicted from the other four."""
MOST_FEATURES_IN_PAIRS = 32
"""Features up to which products of two are tried: 496 of them."""
_QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
_PENALTIES = np.logspace(-5.0, 2.0, 8)
"""Penalties relative to the number of draws; at the greatest a slope is a hundredth of what least squares gives."""


def folds(draws: int) -> Iterator[tuple[Places, Places]]:
    """For each fold the draws to fit and those that are left out; draw d belongs to the fold d mod FOLDS."""
    fold = np.arange(draws) % FOLDS
    for left_out in range(FOLDS):
        yield np.flatnonzero(fold != left_out), np.flatnonzero(fold == left_out)


def expected(features: Array, outcomes: Array, new: Array) -> Array:
    """Outcomes (n_new, m) to expect of draws with the features `new` (n_new, k).

    Fitted to draws with `features` (n, k) and `outcomes` (n, m), each outcome by itself.
    """
    scale = outcomes.std(axis=0)
    found = np.tile(outcomes.mean(axis=0), (len(new), 1))
    varies = np.flatnonzero(scale > 0.0)
    if not len(varies):
        return found
    wanted = outcomes[:, varies] / scale[varies]
    # a draw that is left out is judged by the mean of the others
    error = ((wanted - wanted.mean(axis=0)) * (len(wanted) / (len(wanted) - 1.0))) ** 2
    for known, unknown in _bases(features, new):
        if known.shape[1]:
            left_out, predicted = _ridge(known, wanted, unknown)
            saved = error - left_out
            better = saved.mean(axis=0) > saved.std(axis=0, ddof=1) / np.sqrt(len(saved))
            found[:, varies[better]] = predicted[:, better] * scale[varies[better]]
            error[:, better] = left_out[:, better]
    return found


def _ridge(features: Array, outcomes: Array, new: Array) -> tuple[Array, Array]:
    """Squared errors (n, m) of draws left out one by one, at the best penalties, and predictions (n_new, m)."""
    from sklearn.linear_model import RidgeCV

    n, m = outcomes.shape
    model = RidgeCV(alphas=n * _PENALTIES, alpha_per_target=True, store_cv_results=True).fit(features, outcomes)
    errors = model.cv_results_.reshape(n, m, len(_PENALTIES))
    best = errors.mean(axis=0).argmin(axis=1)
    return errors[:, np.arange(m), best], np.asarray(model.predict(new)).reshape(len(new), m)


def _bases(features: Array, new: Array) -> Iterator[tuple[Array, Array]]:
    """Columns of the three models for the fitted draws and the new ones, standardised by the fitted ones."""
    varies = np.ptp(features, axis=0) > 0.0
    lines = _standard(features[:, varies], new[:, varies])
    yield lines
    if not lines[0].shape[1]:
        return
    bent = _curves(*lines)
    yield _standard(*bent)
    k = lines[0].shape[1]
    if 2 <= k <= MOST_FEATURES_IN_PAIRS:
        i, j = np.triu_indices(k, 1)
        yield _standard(*(np.hstack([b, x[:, i] * x[:, j]]) for b, x in zip(bent, lines, strict=True)))


def _curves(features: Array, new: Array) -> tuple[Array, Array]:
    """Spline bases of all features, at the draws fitted and at the new ones; one with few values stays a line."""
    from sklearn.preprocessing import SplineTransformer

    knots = np.quantile(features, _QUANTILES, axis=0)
    smooth = (np.diff(knots, axis=0) > 0.0).all(axis=0)
    if not smooth.any():
        return features, new
    spline = SplineTransformer(degree=3, knots=knots[:, smooth], extrapolation="linear", include_bias=False)
    known = np.hstack([spline.fit_transform(features[:, smooth]), features[:, ~smooth]])
    return known, np.hstack([spline.transform(new[:, smooth]), new[:, ~smooth]])


def _standard(features: Array, new: Array) -> tuple[Array, Array]:
    """Both with mean 0 and standard deviation 1 over the draws fitted."""
    mean, sd = features.mean(axis=0), features.std(axis=0)
    kept = sd > 1e-12 * np.maximum(np.abs(mean), 1.0)
    return (features[:, kept] - mean[kept]) / sd[kept], (new[:, kept] - mean[kept]) / sd[kept]
