"""Passes of intent, called on their own."""

import numpy as np

from churnsim.engine import intent
from tests.engine.python import callable_from_python

gather = callable_from_python(intent.gather)


def test_a_table_is_never_read_outside() -> None:
    # counters behind the last account of a segment run on and on, below zero too
    index = np.array([0, 2, 3, 700, -1, -32_768, 32_767, 1], np.int16)
    out, place = np.zeros(8, np.float32), np.zeros(8, np.int32)
    gather(out, np.array([1.0, 2.0, 3.0], np.float32), index, place)
    assert out.tolist() == [1.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 2.0]
