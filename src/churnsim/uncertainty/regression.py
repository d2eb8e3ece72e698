"""Regression that looks ahead: what features of a draw tell of its outcome, judged on draws that were not fitted.

Three nested models are tried for each outcome: straight lines, cubic splines of each feature (three inner knots at its
quartiles), and these with the products of any two features. Each is a ridge regression whose penalty, and the choice
of the model, have the least leave-one-out error among the fitted draws (Golub, Heath & Wahba 1979; scikit-learn), so a
feature that tells nothing shrinks to a constant. Beyond the sampled range splines go on as straight lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from churnsim.metrics.estimates import Array

if TYPE_CHECKING:
    from sklearn.linear_model import RidgeCV

Places = npt.NDArray[np.intp]

FOLDS = 5
"""Parts of the draws, each of which is predicted from the other four."""
MOST_FEATURES_IN_PAIRS = 32
"""Features up to which products of two are tried: 496 of them."""
_DEGREE = 3
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
    best, error = np.tile(outcomes.mean(axis=0), (len(new), 1)), np.full(outcomes.shape[1], np.inf)
    for known, unknown in _bases(features, new):
        model = _ridge(len(known))
        scale = outcomes.std(axis=0)
        varies = scale > 0.0
        if known.shape[1] == 0 or not varies.any():
            continue
        model.fit(known, outcomes[:, varies] / scale[varies])
        found = -np.atleast_1d(model.best_score_)
        better = np.flatnonzero(varies)[found < error[varies]]
        predicted = np.asarray(model.predict(unknown)).reshape(len(new), -1) * scale[varies]
        best[:, better] = predicted[:, found < error[varies]]
        error[varies] = np.minimum(error[varies], found)
    return best


def _ridge(draws: int) -> RidgeCV:
    from sklearn.linear_model import RidgeCV

    return RidgeCV(alphas=draws * _PENALTIES, alpha_per_target=True)


def _bases(features: Array, new: Array) -> Iterator[tuple[Array, Array]]:
    """Columns of the three models for the fitted draws and the new ones, standardised by the fitted ones."""
    varies = np.ptp(features, axis=0) > 0.0
    lines = _standard(features[:, varies], new[:, varies])
    yield lines
    curves = [_curve(a, b) for a, b in zip(lines[0].T, lines[1].T, strict=True)]
    if not curves:
        return
    bent = np.hstack([a for a, _ in curves]), np.hstack([b for _, b in curves])
    yield _standard(*bent)
    k = lines[0].shape[1]
    if 2 <= k <= MOST_FEATURES_IN_PAIRS:
        i, j = np.triu_indices(k, 1)
        yield _standard(*(np.hstack([b, x[:, i] * x[:, j]]) for b, x in zip(bent, lines, strict=True)))


def _curve(feature: Array, new: Array) -> tuple[Array, Array]:
    """Spline basis of one feature (n,), at the draws fitted and at the new ones; one with few values stays a line."""
    from sklearn.preprocessing import SplineTransformer

    knots = np.unique(np.quantile(feature, _QUANTILES))
    if len(knots) < 3:
        return feature[:, None], new[:, None]
    spline = SplineTransformer(degree=_DEGREE, knots=knots[:, None], extrapolation="linear", include_bias=False)
    return spline.fit_transform(feature[:, None]), spline.transform(new[:, None])


def _standard(features: Array, new: Array) -> tuple[Array, Array]:
    """Both with mean 0 and standard deviation 1 over the draws fitted."""
    mean, sd = features.mean(axis=0), features.std(axis=0)
    kept = sd > 1e-12 * np.maximum(np.abs(mean), 1.0)
    return (features[:, kept] - mean[kept]) / sd[kept], (new[:, kept] - mean[kept]) / sd[kept]
