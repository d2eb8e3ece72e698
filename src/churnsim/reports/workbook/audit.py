"""The sheet Audit: versions, seed, hashes, the command and the scenario's text, so that the run can be made again."""

from __future__ import annotations

import json
import shlex

from churnsim.metrics.policy import STANDARD
from churnsim.reports.workbook.answer import Answer
from churnsim.reports.workbook.cells import Cell, Column
from churnsim.reports.workbook.sheet import MOST_CHARACTERS, Book, Sheet


def add_to(book: Book, answer: Answer) -> None:
    """Write the sheet."""
    attrs, sizes = answer.dataset.attrs, answer.dataset.sizes
    facts: dict[str, Cell] = {
        "scenario": str(attrs["scenario_name"]),
        "command": command_line(answer),
        # a spreadsheet would round a seed of more than 15 digits
        "seed": str(attrs["seed"]),
    }
    if answer.run.second is not None:
        facts["seed of the second look"] = str(answer.run.second.attrs["seed"])
    facts |= {
        "draws": sizes["draw"],
        "replicates of each": sizes["replicate"],
        "arms": sizes["arm"],
        "horizon, months": answer.months,
        "as of": str(attrs["as_of"]),
        "currency": answer.currency,
        "recorded": str(attrs["record"]),
        "metric policy of NRR and GRR": STANDARD.stamp,
        "accounts in the book": 0 if answer.run.book is None else len(answer.run.book),
        "hash of the scenario (SHA-256)": str(attrs["scenario_hash"]),
        "hash of the book (SHA-256)": str(attrs["book_hash"]),
    }
    facts |= {f"version of {name}": number for name, number in json.loads(str(attrs["created_with"])).items()}
    sheet = Sheet(
        book,
        "Audit",
        "How to make this run again",
        "The command with the scenario below, the same book and the same versions gives the same bytes.",
        across=2,
    )
    sheet.sheet.freeze_panes(1, 0)
    sheet.sheet.ignore_errors({"number_stored_as_text": "A1:B1048576"})
    sheet.table([Column("what", "what", "text", list(facts)), Column("value", "value", "line", list(facts.values()))])
    sheet.heading("The scenario as it was read")
    lines = _lines(str(attrs["scenario_text"]))
    sheet.table(
        [
            Column("line", "line", "line", [number for number, _ in lines]),
            Column("text", "text", "text", [text for _, text in lines]),
        ]
    )
    sheet.widen(1, 110)
    sheet.finish()


def command_line(answer: Answer) -> str:
    """The command that repeats the run, SCENARIO.toml standing for the file below."""
    run, sizes = answer.run, answer.dataset.sizes
    words = ["churnsim", run.command, "SCENARIO.toml"]
    if answer.ladder is not None:
        posts = [rung.posts for rung in answer.ladder.rungs]
        # a ladder with gaps, made in Python, has no command: its numbers are named one by one
        whole = posts == list(range(posts[0], posts[-1] + 1))
        words += [
            "--team",
            answer.ladder.team,
            "--csm",
            f"{posts[0]}..{posts[-1]}" if whole else ",".join(map(str, posts)),
        ]
    words += ["--draws", str(sizes["draw"]), "--replicates", str(sizes["replicate"])]
    words += ["--seed", str(answer.dataset.attrs["seed"])]
    if run.command == "run":
        words += ["--record", str(answer.dataset.attrs["record"])]
    return shlex.join([*words, "-o", "RUN.nc"])


def _lines(text: str) -> list[tuple[int, str]]:
    """Lines with their numbers; one that is too long for a cell goes on in the next, under its number."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        parts = [line[i : i + MOST_CHARACTERS] for i in range(0, len(line), MOST_CHARACTERS)] or [""]
        found += [(number, part) for part in parts]
    return found
