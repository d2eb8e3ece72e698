"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from churnsim.outputs import written_beside


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("old", [None, "old"])
def test_the_new_file_takes_the_place_of_the_old_one_at_the_end(tmp_path: Path, old: str | None) -> None:
    path = tmp_path / "out.txt"
    if old is not None:
        path.write_text(old)
    with written_beside(str(path)) as beside:
        beside.write_text("new")
        assert beside.parent == path.parent, "or it could not be renamed"
        assert beside.name.startswith("."), "nobody takes it for a result"
        assert (path.read_text() if path.exists() else None) == old
    assert path.read_text() == "new"
    assert names(tmp_path) == ["out.txt"]


def fail_in(path: Path, failure: type[BaseException], *, begun: bool) -> None:
    with written_beside(path) as beside:
        if begun:
            beside.write_text("half")
        raise failure


@pytest.mark.parametrize("failure", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("begun", [False, True])
def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path, failure: type[BaseException], begun: bool) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    with pytest.raises(failure):
        fail_in(path, failure, begun=begun)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["out.txt"]


def test_a_rename_that_fails_leaves_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.mkdir()
    with pytest.raises(OSError, match="out"), written_beside(path) as beside:
        beside.write_text("new")
    assert names(tmp_path) == ["out"]


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of POSIX")
def test_the_file_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    with written_beside(tmp_path / "out") as beside:
        beside.write_text("new")
    (tmp_path / "other").touch()
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "other").stat().st_mode
