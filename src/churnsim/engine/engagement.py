"""Adoption and engagement: two boats. Equation and source: scenario/engagement.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.jit import jit
from churnsim.engine.onboarding import reached

_ONE = np.float32(1.0)


@jit()
def drift_apart(adoption, engagement, first_value_left, intent, share, ceiling, stays, drift, rowing, intent_factor):
    """One month of drift and rowing, both from the values at the month's start; `stays` of adoption survives a release.

    `ceiling` holds the product's quality.
    """
    quiet = rowing * intent_factor
    for i in range(adoption.shape[0]):
        a = adoption[i] * stays
        g = engagement[i]
        row = quiet if intent[i] >= 0 else rowing
        engagement[i] = g - drift * g + row * a * (_ONE - g)
        adoption[i] = a + reached(first_value_left[i]) * share * (ceiling - a)


@jit()
def drift_to_own_ceiling(
    adoption,
    engagement,
    first_value_left,
    intent,
    room,
    misfit,
    share,
    ceiling,
    misfit_factor,
    quality,
    stays,
    drift,
    rowing,
    intent_factor,
):
    """The same where misfits reach less and sticky features raise an account's ceiling."""
    quiet = rowing * intent_factor
    less = ceiling * (_ONE - misfit_factor)
    for i in range(adoption.shape[0]):
        a = adoption[i] * stays
        g = engagement[i]
        row = quiet if intent[i] >= 0 else rowing
        own = quality * (_ONE - (_ONE - ceiling + less * np.float32(misfit[i])) * room[i])
        engagement[i] = g - drift * g + row * a * (_ONE - g)
        adoption[i] = a + reached(first_value_left[i]) * share * (own - a)
