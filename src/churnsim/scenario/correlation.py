"""Rank correlations of uncertain numbers.

A Spearman correlation rho_s of two numbers under a Gaussian copula is the Pearson correlation 2 sin(pi rho_s / 6) of
their normal scores (Pearson 1907). A matrix that is not positive semi-definite is refused, never repaired.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def copula_matrix(pairs: Iterable[tuple[str, str, float]]) -> tuple[list[str], np.ndarray]:
    """Names that take part in a correlation, and the Pearson matrix (k, k) of their normal scores."""
    pairs = list(pairs)
    names = sorted({name for a, b, _ in pairs for name in (a, b)})
    matrix = np.eye(len(names))
    for a, b, rank in pairs:
        i, j = names.index(a), names.index(b)
        matrix[i, j] = matrix[j, i] = 2.0 * np.sin(np.pi / 6.0 * rank)
    return names, matrix


def impossible_correlation(pairs: Iterable[tuple[str, str, float]]) -> str | None:
    """Why the rank correlations cannot all hold at once, or None."""
    names, matrix = copula_matrix(pairs)
    least = float(np.linalg.eigvalsh(matrix).min())
    if least >= -1e-9:
        return None
    return (
        f"the rank correlations between {', '.join(names)} cannot all hold at once (their matrix has the negative"
        f" eigenvalue {least:.3g}): weaken one of them; nothing is repaired for you"
    )
