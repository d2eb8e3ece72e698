"""How a command ends when it cannot do its work: one message, no traceback, exit code 1 (failed) or 2 (wrong input)."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

import typer

from churnsim.scenario.problems import Problem, ScenarioError, listing, nearest

FAILED, WRONG_INPUT = 1, 2

_OURS = (
    ("churnsim.decisions.inputs", "InputError", WRONG_INPUT),
    ("churnsim.results.memory", "TooLarge", WRONG_INPUT),
    ("churnsim.results.runs", "RunError", WRONG_INPUT),
    ("churnsim.results.simulation", "SimulationError", FAILED),
    ("churnsim.sweeps.unit", "SweepError", FAILED),
)
"""Errors that carry a message for the user, with their exit code: looked up only in modules that were imported."""


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Wrap a command so that errors that are the user's, or the machine's, end it with a message."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        as_json = bool(kwargs.get("as_json"))
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt as stopped:
            _stop(as_json, str(stopped) or "Stopped; no file is left half-written.")
        except BrokenPipeError:
            # the reader of our output has gone; Python would complain once more while it flushes at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(FAILED) from None
        except ScenarioError as error:
            _end(str(error), WRONG_INPUT, as_json, error.problems)
        except (ArithmeticError, MemoryError, OSError) as error:
            _end(str(error) or type(error).__name__, FAILED, as_json)
        except Exception as error:
            code = _code(error)
            if code is None:
                raise  # a defect of ours
            _end(str(error), code, as_json)

    return run


def wrong_input(where: str, message: str, **texts: str | None) -> ScenarioError:
    """Error for an argument of a command."""
    return ScenarioError([Problem(where, None, "", message, **texts)])


def unknown(where: str, message: str, word: str, known: Iterable[str], *, cutoff: float = 0.6) -> ScenarioError:
    """Error for a word that is none of those known: it names them all, and the one that is nearest."""
    names = list(known)
    near = nearest(word, names, cutoff=cutoff)
    return wrong_input(where, message, found=repr(word), allowed=listing(names), nearest=near)


def _code(error: Exception) -> int | None:
    for module, name, code in _OURS:
        if module in sys.modules and isinstance(error, getattr(sys.modules[module], name, ())):
            return code
    return None


def _stop(as_json: bool, message: str) -> None:
    """End after Ctrl-C, when files that were being written beside their place have been removed on the way up here."""
    with contextlib.suppress(OSError):  # the reader of our output is stopped by the same key
        _tell(message, as_json)
        sys.stdout.flush()
        sys.stderr.flush()
    # Python would first wait for the worker threads, and one that compiles the core cannot be stopped for some 20 s
    os._exit(FAILED)


def _end(message: str, code: int, as_json: bool, problems: list[Problem] | None = None) -> None:
    _tell(message, as_json, problems)
    raise typer.Exit(code)


def _tell(message: str, as_json: bool, problems: list[Problem] | None = None) -> None:
    typer.echo(message, err=True)
    if as_json:
        print(json.dumps({"error": message, "problems": [problem.to_json() for problem in problems or []]}))
