"""A run as a workbook for a spreadsheet: typed numbers, native charts, no macros, no user's text a formula.

The same run gives the same bytes: the date of creation is the scenario's `as_of`. XlsxWriter is of the extra `report`.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from churnsim.outputs import written_beside

if TYPE_CHECKING:
    from churnsim.results.runs import Run

__all__ = ["write_workbook"]


def write_workbook(run: Run, path: str | Path) -> Path:
    """Write the sheets that apply to a run; return the path.

    Written beside and renamed, so that a stopped run leaves the old file whole. Raises OSError where the folder cannot
    be written to, ModuleNotFoundError where XlsxWriter is missing.
    """
    import xlsxwriter

    from churnsim.reports.workbook import assumptions, audit, definitions, fan, ladder, movements, summary
    from churnsim.reports.workbook.answer import answer_of
    from churnsim.reports.workbook.sheet import Book

    answer = answer_of(run)
    target = Path(path)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    # whole in memory: no file of the writer's own is left when it is stopped
    with (
        written_beside(target) as beside,
        open(beside, "wb") as file,
        xlsxwriter.Workbook(file, options | {"in_memory": True}) as workbook,
    ):
        workbook.set_properties(
            {
                "title": "churnsim: a run as a workbook",
                "author": f"churnsim {run.dataset.attrs['churnsim_version']}",
                "created": datetime.datetime.fromisoformat(str(run.dataset.attrs["as_of"])),
            }
        )
        book = Book(workbook)
        for noun in (summary, ladder, fan, movements, assumptions, definitions, audit):
            noun.add_to(book, answer)
    return target
