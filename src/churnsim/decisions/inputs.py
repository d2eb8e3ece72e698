"""Arguments of a decision that are wrong."""

from __future__ import annotations

from collections.abc import Iterable

from churnsim.scenario.problems import nearest


class InputError(ValueError):
    """An argument is wrong; the message says what was found and what is allowed."""


def unknown(kind: str, found: str, known: Iterable[str]) -> InputError:
    """Error for a name that does not exist, with the nearest one that does."""
    names = list(known)
    near = nearest(found, names)
    hint = f" (nearest: {near!r})" if near else ""
    return InputError(f"no {kind} is called {found!r}{hint}; there are {', '.join(names) or 'none'}")
