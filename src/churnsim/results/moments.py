"""Moments: monthly fields pooled over paths, with the variance of luck and of ignorance kept apart.

Paths are added one by one in the order of draw and replicate, so the bytes do not depend on batches or threads.
"""

from __future__ import annotations

import numpy as np

from churnsim.results.summary import Arrays


class Moments:
    """Running sums of monthly fields (A, M, ...)."""

    def __init__(self, replicates: int):
        self.replicates = replicates
        self.draws = 0
        self.seen = 0
        self.draw_sum: Arrays = {}
        self.draw_square: Arrays = {}
        self.mean: Arrays = {}
        self.square_of_means: Arrays = {}
        self.within: Arrays = {}

    def add(self, fields: Arrays) -> None:
        """Add the fields (R, A, M, ...) of the next replicates of the running draw."""
        for name, values in fields.items():
            for path in values:
                if name not in self.mean:
                    for store in (self.draw_sum, self.draw_square, self.mean, self.square_of_means, self.within):
                        store[name] = np.zeros(path.shape)
                self.draw_sum[name] += path
                self.draw_square[name] += path**2
        self.seen += len(next(iter(fields.values())))
        if self.seen == self.replicates:
            self._close_draw()

    def _close_draw(self) -> None:
        n = self.replicates
        for name, whole in self.draw_sum.items():
            mean = whole / n
            self.mean[name] += mean
            self.square_of_means[name] += mean**2
            self.within[name] += np.maximum(self.draw_square[name] - n * mean**2, 0.0) / max(n - 1, 1)
            whole[...] = 0.0
            self.draw_square[name][...] = 0.0
        self.draws += 1
        self.seen = 0

    def result(self) -> Arrays:
        """Mean, standard deviation between draws (of draw means) and within draws (of luck), (A, M, ...)."""
        out: Arrays = {}
        d = self.draws
        for name, whole in self.mean.items():
            mean = whole / d
            spread = np.maximum(self.square_of_means[name] - d * mean**2, 0.0) / max(d - 1, 1)
            out[f"{name}_mean"] = mean
            # one draw has no spread between draws, one replicate none within: masked, not zero
            out[f"{name}_sd_between"] = np.sqrt(spread) if d > 1 else np.full_like(mean, np.nan)
            out[f"{name}_sd_within"] = (
                np.sqrt(self.within[name] / d) if self.replicates > 1 else np.full_like(mean, np.nan)
            )
        return out
