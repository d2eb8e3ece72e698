"""A report as one HTML file that needs nothing else: no script, no request, pictures as inline SVG.

Whatever a user named is escaped by the template; only pictures and the house's own style sheet are taken as they are.
"""

from __future__ import annotations

import pathlib
from importlib.resources import files

from churnsim.outputs import written_beside
from churnsim.reports.content import Report
from churnsim.reports.report import report_of
from churnsim.results.runs import Run


def write_report(run: Run, path: str | pathlib.Path) -> pathlib.Path:
    """Write the report of a run beside `path`, then rename it into place; return the path.

    Raises ModuleNotFoundError where Jinja, of the extra `report`, is missing, OSError where the folder cannot be
    written to.
    """
    path = pathlib.Path(path)
    text = html(report_of(run))
    with written_beside(path) as beside:
        beside.write_text(text, encoding="utf-8")
    return path


def html(report: Report) -> str:
    """The page. Raises ModuleNotFoundError where Jinja is missing."""
    import jinja2
    from markupsafe import Markup

    from churnsim.reports.pictures import picture

    pictures = {
        f"{section.key}-{i}": Markup(
            picture(view.chart, report.currency, key=f"{section.key}-{i}", alt=f"{view.title}. The table below has it.")
        )
        for section in report.sections
        for i, view in enumerate(section.views)
    }
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("churnsim.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sheet = (files("churnsim.reports") / "templates" / "report.css").read_text(encoding="utf-8")
    return environment.get_template("report.html.j2").render(report=report, pictures=pictures, sheet=Markup(sheet))
