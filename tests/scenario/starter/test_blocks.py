from __future__ import annotations

import tomllib

import pytest

from churnsim.scenario.preset_files import preset_text, presets
from churnsim.scenario.starter.blocks import blocks, dotted, joined, number, pair, quoted

TEXT = """\
name = "small" # here

# above the first
[a]
x = 1   # of x
"12" = { y = 2, z = 3 }

# above the second
#
[a.b]      # of b
z = 3
"""


@pytest.mark.parametrize("text", [TEXT, *map(preset_text, presets())], ids=["small", *presets()])
def test_a_text_comes_out_as_it_went_in(text: str) -> None:
    assert joined(blocks(text)) == text


def test_comments_above_a_header_belong_to_it() -> None:
    root, a, b = blocks(TEXT)
    assert [part.path for part in (root, a, b)] == [(), ("a",), ("a", "b")]
    assert root.lines == ['name = "small" # here']
    assert a.lead == ["", "# above the first"]
    assert b.lead == ["", "# above the second", "#"]
    assert a.pairs() == {"x": ("1", "# of x"), '"12"': ("{ y = 2, z = 3 }", "")}


def test_a_block_is_renamed_and_its_values_replaced() -> None:
    part = blocks(TEXT)[2].copy(("a", 'odd "name"', "b"))
    part.set("z", "4", "of z")
    assert tomllib.loads(joined([part])) == {"a": {'odd "name"': {"b": {"z": 4}}}}
    assert part.text()[-1] == "z = 4                             # of z"
    assert blocks(TEXT)[2].lines == ["z = 3"]
    with pytest.raises(KeyError):
        part.set("y", "4", "")


@pytest.mark.parametrize("name", ["core", "a b", 'a"b', "a\\b", "Größe", "=1+1", "#", "a=b", "[x]", "'"])
def test_any_name_can_be_a_key(name: str) -> None:
    assert tomllib.loads(pair(dotted(("x", name)), quoted(name), "of it")) == {"x": {name: name}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7386051.2, "7_390_000"),
        (120.0, "120"),
        (99.96, "100"),
        (0.0, "0.0"),
        (12.0, "12.0"),
        (1.2345, "1.23"),
        (1e-7, "1e-07"),
    ],
)
def test_numbers_are_short_and_still_toml(value: float, text: str) -> None:
    assert number(value) == text
    assert tomllib.loads(f"x = {text}")["x"] == pytest.approx(value, rel=5e-3)
