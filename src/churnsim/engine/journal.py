"""Journal: one record an event, written where a caller asks for it.

It names accounts, where the ledger only sums them: the naive twin is compared with it, trials and the quality of a
score are computed from it. `what` and `value` depend on the kind, as said below.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.jit import inline

ENTRY = np.int32(1)
"""what: 0 a lead, 1 a referral, 2 an account that came back; value: ARR."""
FIRST_VALUE = np.int32(2)
PLAY = np.int32(3)
"""what: play; value: 1 success, 0 none."""
INTENT = np.int32(4)
"""what: root cause."""
EXIT = np.int32(5)
"""what: root cause, or behind these closure, payment; value: ARR."""
UPSELL = np.int32(6)
"""value: ARR after it, as of the next three."""
CONTRACTION = np.int32(7)
CROSS_SELL = np.int32(8)
RENEWAL = np.int32(9)
RESCUE = np.int32(10)
"""what: play that cleared the intent."""
SPONSOR_GONE = np.int32(11)
SPONSOR_BACK = np.int32(12)
"""what: play that brought the sponsor back, -1 for none."""
INCIDENT = np.int32(13)
"""value: 1 unresolved at first contact, 0 resolved."""
REFERRAL = np.int32(14)
"""who: the lead."""
POST_LEFT = np.int32(15)
"""who: post; what: team."""
HEALTH = np.int32(16)
"""value: health as the score would say it without noise; of every account in the month that `work.watch` names."""

JOURNAL = np.dtype(
    [("month", np.int32), ("kind", np.int32), ("who", np.uint64), ("what", np.int64), ("value", np.float64)]
)


@inline()
def note(work, month, kind, who, what, value):
    """Append a record where a journal is kept; `work.noted` counts on when it is full."""
    if work.journal.shape[0] > 0:
        n = work.noted[0]
        if n < work.journal.shape[0]:
            record = work.journal[n]
            record.month = month
            record.kind = kind
            record.who = who
            record.what = what
            record.value = value
        work.noted[0] = n + 1
