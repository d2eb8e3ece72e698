"""Sources of numbers: the comments behind them."""

import pytest

from churnsim.scenario.comments import grades_in, source_of, sources
from churnsim.scenario.files import example
from churnsim.scenario.meanings import meaning
from churnsim.scenario.preset_files import presets

TEXT = '''
# [P] a comment on its own line belongs to no key
a = 1  # [J] own
name = "it is # no comment"
note = """
two lines # no comment either
"""  # [W] behind the end
[table]     # [S] of the table
b = 2
c = { low = 1, high = 2 }  # [P] [J] both
"quoted.key" = 3  # quoted's
[other]
d = 4
'''


@pytest.mark.parametrize(
    ("path", "comment"),
    [
        (("a",), "[J] own"),
        (("name",), ""),
        (("table", "b"), "[S] of the table"),
        (("table", "c"), "[P] [J] both"),
        (("table", "c", "low"), "[P] [J] both"),
        (("table", "quoted.key"), "quoted's"),
        (("other", "d"), ""),
    ],
)
def test_a_source_is_the_comment_behind_the_key_or_its_table(path, comment):
    assert source_of(sources(TEXT), path) == comment


def test_grades_in_the_order_of_writing():
    assert grades_in("[P] [J] both") == "P, J"
    assert grades_in("[J] one [J] twice") == "J"
    assert grades_in("[X] none, stated_reasons[cause]") == ""


@pytest.mark.parametrize("name", presets())
def test_every_uncertain_number_of_a_preset_cites_a_grade(name):
    file = example(name)
    known = sources(file.text)
    missing = [p for p in file.scenario.uncertain() if not grades_in(source_of(known, tuple(p.split("."))))]
    assert missing == []


def test_meanings_are_those_of_the_schema():
    scenario = example("midmarket").scenario
    assert meaning(scenario, "teams.csm.posts.today").startswith("Posts that exist")
    assert meaning(scenario, "segments.core.contracts.term_weight.12").startswith("Share of new contracts by term")
    assert meaning(scenario, "name") == ""
