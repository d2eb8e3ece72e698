"""Ctrl-C ends work that swallows its exception, that hears nothing, and work in C."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from churnsim.cli import app
from churnsim.cli import key as module
from churnsim.cli.key import Key, ctrl_c


def press_after(*seconds: float) -> None:
    def press() -> None:
        for pause in seconds:
            time.sleep(pause)
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()


@pytest.fixture
def key() -> Iterator[Key]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ctrl_c() as found:
            yield found
    finally:
        signal.signal(signal.SIGINT, before)


def test_work_gives_what_it_gives_or_raises(key: Key) -> None:
    assert key.ends(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        key.ends(lambda: 1 // 0)


def test_an_exception_that_would_be_lost_ends_the_work(key: Key) -> None:
    """In a callback of C Python prints an exception and goes on."""
    calls = 0

    def called() -> None:
        nonlocal calls
        calls += 1
        deadline = time.monotonic() + 0.01
        while time.monotonic() < deadline:
            pass

    callback = ctypes.CFUNCTYPE(None)(called)

    def work() -> None:
        for _ in range(1000):
            callback()
            key.check()

    press_after(0.1)
    with pytest.raises(KeyboardInterrupt):
        key.ends(work)
    assert 1 < calls < 500


def test_work_that_does_not_look_is_not_waited_for(key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE", 0.3)
    press_after(0.1)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        key.ends(lambda: time.sleep(30))
    assert 0.3 < time.monotonic() - begin < 5.0


def test_the_second_press_ends_at_once(key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE", 60.0)
    press_after(0.1, 0.1)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        key.ends(lambda: time.sleep(30))
    assert time.monotonic() - begin < 5.0


def test_the_handler_is_put_back_and_that_of_others_kept() -> None:
    def theirs(number: int, frame: object) -> None: ...

    before = signal.getsignal(signal.SIGINT)
    try:
        for handler in (signal.default_int_handler, theirs):
            signal.signal(signal.SIGINT, handler)
            with ctrl_c():
                assert (signal.getsignal(signal.SIGINT) is handler) == (handler is theirs)
            assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_key_before_a_command_begins(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def pressed() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "app", pressed)
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert (ended.value.code, *capsys.readouterr()) == (1, "", "Stopped.\n")
