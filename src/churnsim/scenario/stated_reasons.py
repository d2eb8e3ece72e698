"""Stated reasons: what customers say when they leave, against why they leave.

Of the exits by a root cause, closure or payment, the share `stated_reasons[cause][reason]` is told as that reason; the
rest of a row keeps the cause's own name. Computed after the run, from sums. Form: a matrix of misclassification (Bross
1954).
"""

from __future__ import annotations

from churnsim.scenario.quantities import Share

StatedReasons = dict[str, dict[str, Share]]
"""Shares by root cause and reason."""
