"""What the README says can be typed: its Python runs, its commands and options exist, its scenario parts validate."""

import pathlib
import re
import shlex

import matplotlib
import pytest

README = (pathlib.Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_of_the_readme_runs() -> None:
    matplotlib.use("Agg")
    source = "\n".join(blocks("python"))  # the second block goes on from the first
    space: dict[str, object] = {}
    exec(compile(source, "README.md", "exec"), space)
    assert "NPV" in space["duel"].sentence  # type: ignore[attr-defined]


def test_the_arms_of_the_readme_fit_the_preset() -> None:
    import churnsim
    from churnsim.scenario.files import parse

    (toml,) = blocks("toml")
    text = re.sub(r"\[arms\..*", "", churnsim.example("midmarket").text, flags=re.DOTALL)
    arms = churnsim.arms(parse(text + "\n" + toml))
    assert list(arms) == ["base", "two_more_in_july", "serve_the_largest_first"]


COMMANDS = sorted({line.split("#")[0].strip() for line in re.findall(r"^    (churnsim .*)$", README, re.MULTILINE)})


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_and_options_exist(line: str) -> None:
    import typer.main

    from churnsim.cli.app import app

    words = shlex.split(line.split(">")[0])
    group = typer.main.get_command(app)
    command = group.commands[words[1]]  # type: ignore[attr-defined]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words[2:] if word.startswith("-")} <= known


def test_no_placeholder_is_left() -> None:
    assert "@@" not in README


def test_make_targets_exist() -> None:
    makefile = (pathlib.Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`?make ([a-z]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
