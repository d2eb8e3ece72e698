"""Ctrl-C for work that calls libraries which may swallow the exception of the key.

Python raises it wherever the main thread happens to be, and loses it where that is a callback of C or of the garbage
collector. Here the main thread only waits: the work runs in a thread of its own, which the key does not reach, and
leaves off by itself where it calls `Key.check`.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

GRACE = 5.0
"""Seconds that the work has to leave off after the key; it is not waited for any longer."""
LOOK = 0.1
"""Seconds between looks at the key."""

T = TypeVar("T")


class Key:
    """How often Ctrl-C was pressed."""

    def __init__(self) -> None:
        self.pressed = 0

    def check(self) -> None:
        """Raise KeyboardInterrupt where the key was pressed."""
        if self.pressed:
            raise KeyboardInterrupt

    def ends(self, work: Callable[[], T]) -> T:
        """Do the work, and give what it gives or raises.

        Raises KeyboardInterrupt once the work has left off after the key, or GRACE seconds later, or at once when the
        key is pressed a second time; the work then still runs, and the process has to be ended.
        """
        result: Future[T] = Future()
        done = threading.Event()

        def do() -> None:
            try:
                result.set_result(work())
            except BaseException as error:
                result.set_exception(error)
            done.set()

        threading.Thread(target=do, name="churnsim-work", daemon=True).start()
        waited = 0.0
        while not done.wait(LOOK):
            waited += LOOK if self.pressed else 0.0
            if self.pressed > 1 or waited > GRACE:
                raise KeyboardInterrupt
        return result.result()


@contextmanager
def ctrl_c() -> Iterator[Key]:
    """Count the key rather than raise its exception, where that is what it would do."""
    key = Key()

    def press(number: int, frame: object) -> None:
        key.pressed += 1

    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield key
        return
    signal.signal(signal.SIGINT, press)
    try:
        yield key
    except KeyboardInterrupt:
        raise  # the process is about to end, and the key has nothing more to say
    except BaseException:
        signal.signal(signal.SIGINT, before)
        raise
    signal.signal(signal.SIGINT, before)
