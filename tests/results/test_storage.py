"""Datasets on disk."""

import pathlib

import pytest
import xarray as xr

from churnsim.results import storage
from churnsim.results.simulation import simulate
from tests.invariants.rich import differences, rich_book, rich_file

FILE = rich_file()


@pytest.fixture(scope="module")
def dataset() -> xr.Dataset:
    return simulate(FILE, draws=2, replicates=2, book=rich_book(FILE), record="full")


def test_what_is_loaded_is_what_was_saved(dataset: xr.Dataset, tmp_path: pathlib.Path) -> None:
    loaded = storage.load(storage.save(dataset, tmp_path / "run.nc"))
    assert differences(dataset, loaded) == []
    assert loaded.attrs == dataset.attrs
    for name, variable in dataset.data_vars.items():
        assert loaded[name].attrs == variable.attrs
    assert list(loaded["arm"].values) == ["base", "six", "by risk"]
    assert loaded.attrs["scenario_text"] == FILE.text


def test_a_file_without_teams_and_inputs(tmp_path: pathlib.Path) -> None:
    plain = {"teams": {}, "playbooks": {}, "arms": {}}
    plain |= {f"segments.{name}.intent.annual_churn": 0.2 for name in ("core", "large")}
    bare = simulate(rich_file(plain), replicates=2)
    loaded = storage.load(storage.save(bare, tmp_path / "run.nc"))
    assert differences(bare, loaded) == []
    assert loaded.sizes["team"] == loaded.sizes["input"] == 0


def test_a_failed_save_leaves_the_old_file_and_no_rest(
    dataset: xr.Dataset, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = storage.save(dataset, tmp_path / "run.nc")
    before = target.read_bytes()

    def interrupted(self: xr.Dataset, path: pathlib.Path, **options: object) -> None:
        pathlib.Path(path).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(xr.Dataset, "to_netcdf", interrupted)
    with pytest.raises(KeyboardInterrupt):
        storage.save(dataset, target)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run.nc"]


def test_a_folder_that_is_not_there(dataset: xr.Dataset, tmp_path: pathlib.Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        storage.save(dataset, tmp_path / "nowhere" / "run.nc")
