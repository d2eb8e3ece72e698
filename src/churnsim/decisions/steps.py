"""Steps from one run's inputs to another's: which changes move together, and the scenarios in between.

A step is one changed value, or several that belong together: a table whose keys are data (months, segments), an arm, a
table that only one scenario has, the book with the date that its months count from. Above `MOST_STEPS` steps the values
of a table are moved as one, of the deepest tables that bring the number down. Steps between which no valid scenario
lies are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from churnsim.decisions.changes import Change, book_under, mixed, values
from churnsim.results.arms import check_arm
from churnsim.scenario.book import Book
from churnsim.scenario.checks import check
from churnsim.scenario.lines import Path
from churnsim.scenario.model import Scenario
from churnsim.scenario.overrides import FREE_NAMES

Arms = Callable[[Scenario], Mapping[str, Scenario]]
"""The arms of a scenario on the way; raises KeyError or ValueError (as ScenarioError is) where it cannot have them."""

MOST_STEPS = 12
BOOK: Path = ("book",)
_DATE: Path = ("as_of",)
_OPENING = "opening"


@dataclass(frozen=True)
class Stage:
    """A scenario on the way, with its accounts and its arms."""

    scenario: Scenario
    book: Book | None
    arms: Mapping[str, Scenario]


@dataclass(frozen=True)
class Group:
    """Changes that move together."""

    name: str
    paths: tuple[Path, ...]
    """Changed values; the path `book` stands for the accounts."""


class Way:
    """Both ends and everything between them."""

    def __init__(self, books: tuple[Book | None, Book | None], before: Scenario, after: Scenario, arms: Arms) -> None:
        self.books, self.before, self.after, self.arms = books, before, after, arms

    def stage(self, groups: Sequence[Group]) -> Stage | None:
        """`before` with the changes of some groups made; None where that is no valid scenario."""
        paths = [path for group in groups for path in group.paths]
        scenario, problems = check(mixed(self.before, self.after, [path for path in paths if path != BOOK]))
        if scenario is None or problems:
            return None
        book, written = (self.books[1], self.after) if BOOK in paths else (self.books[0], self.before)
        return self._stage(scenario, book, written)

    def ends(self) -> tuple[Stage, Stage]:
        """The two runs' own inputs."""
        first = self._stage(self.before, self.books[0], self.before)
        last = self._stage(self.after, self.books[1], self.after)
        assert first is not None, "a run that was made can be made again"
        assert last is not None, "a run that was made can be made again"
        return first, last

    def _stage(self, scenario: Scenario, book: Book | None, written: Scenario) -> Stage | None:
        try:
            own, arms = book_under(book, written, scenario), self.arms(scenario)
            for name, arm in arms.items():
                check_arm(scenario, name, arm)
        except (KeyError, ValueError):
            return None
        has_customers = own is not None or any(
            segment.acquisition.channels for arm in arms.values() for segment in arm.segments.values()
        )
        return Stage(scenario, own, arms) if has_customers else None

    def joined(self, groups: Sequence[Group]) -> list[Group]:
        """The groups, with neighbours joined until a valid scenario lies between any two, from either end."""
        joined = list(groups)
        cut = 1
        while cut < len(joined):
            if self.stage(joined[:cut]) is None or self.stage(joined[cut:]) is None:
                left, right = joined[cut - 1], joined[cut]
                joined[cut - 1 : cut + 1] = [Group(f"{left.name} + {right.name}", left.paths + right.paths)]
                cut = 1
            else:
                cut += 1
        return joined


def obstacle(before: Scenario, after: Scenario) -> str:
    """Why no step by step attribution is possible, or nothing."""
    if before.money.currency != after.money.currency:
        return f"the currency was {before.money.currency} and is {after.money.currency}"
    for kind in ("segments", "teams", "playbooks", "causes", "channels"):
        old, new = list(getattr(before, kind)), list(getattr(after, kind))
        if [name for name in old if name in new] != [name for name in new if name in old]:
            return f"the {kind} stand in another order"
    return ""


def groups_of(changes: Sequence[Change], book_changed: bool, before: Scenario, after: Scenario) -> list[Group]:
    """Changes by the step that they belong to, the accounts first, then in the order of the schema."""
    tables_of = [{path[:i] for path in values(side) for i in range(len(path) + 1)} for side in (before, after)]
    shared = tables_of[0] & tables_of[1]
    paths = [change.path for change in changes if not change.inert]
    units: dict[Path, list[Path]] = {BOOK: [BOOK]} if book_changed or _DATE in paths else {}
    for path in paths:
        # the date of the book, and the size that it is brought to, move with its accounts
        with_book = path == _DATE or path[0] == _OPENING
        units.setdefault(BOOK if with_book else _unit(path, shared), []).append(path)
    deepest = max(map(len, units), default=0)
    for depth in range(deepest, 0, -1):
        tables: dict[Path, list[Path]] = {}
        for unit, members in units.items():
            tables.setdefault(unit[:depth], []).extend(members)
        if len(tables) <= MOST_STEPS or depth == 1:
            return [Group(_name(prefix, members), tuple(members)) for prefix, members in tables.items()]
    return []


def _unit(path: Path, shared: set[Path]) -> Path:
    """What moves with a changed value; `shared` are the tables and values that both scenarios have."""
    if path[0] == "arms":
        return path[:2]
    for i, part in enumerate(path[:-1], start=1):
        if part in FREE_NAMES or path[:i] not in shared:
            return path[:i]
    return path


def _name(prefix: Path, members: Sequence[Path]) -> str:
    if prefix == BOOK:
        return "as_of and the book" if _DATE in members else "book"
    return ".".join(members[0]) if len(members) == 1 else f"{'.'.join(prefix)} ({len(members)} values)"
