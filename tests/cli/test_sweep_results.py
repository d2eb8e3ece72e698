"""report and diff on the stores of sweeps, as a user types them."""

from __future__ import annotations

import json
import pathlib

import pytest

from tests.cli.test_cli import call, refused
from tests.sweeps.stores import ARMS, CHURN, ECONOMY, plans, stored, worth


def kept(dataset, path: pathlib.Path) -> pathlib.Path:
    """A Dataset as a store."""
    attrs = {"churnsim_sweep": 1, "failed": json.loads(dataset.attrs["failed"])}
    chunks = {"outcome": {"chunks": (1, 1, *dataset["outcome"].shape[2:])}, "seal": {"chunks": (1, 1, 64)}}
    dataset.assign_attrs(attrs).to_zarr(path, zarr_format=3, consolidated=True, encoding=chunks)
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return kept(plans(missing=[(1, 1)], failed={(3, 0): "too high"}), tmp_path_factory.mktemp("sweep") / "a.zarr")


pytestmark = pytest.mark.filterwarnings("ignore:Consolidated metadata", "ignore:The data type")


def test_report_prints_words_and_tables(store):
    result = call("report", store)
    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert "Preliminary: 6 of 8 points are finished" in text
    assert "The best arm and its lead, by NPV" in text
    assert result.stderr == ""


def test_report_writes_a_page_and_a_figure_and_json_says_where(store, tmp_path):
    page, figure = tmp_path / "a.html", tmp_path / "a.png"
    result = call("report", store, "-o", page, "--figure", figure, "--json", "--measure", "nrr")
    found = json.loads(result.stdout)
    assert (found["html"], found["figure"], found["measure"]) == (str(page), str(figure), "nrr")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_a_page_is_written_with_no_more_said_than_its_headline(store, tmp_path):
    result = call("report", store, "-o", tmp_path / "a.html")
    assert result.exit_code == 0, result.output
    lines = [line for line in result.stdout.splitlines() if line.strip()]
    assert lines[0].startswith("No arm clearly wins") or "wins in most futures" in lines[0]
    assert " ".join(lines[1:]).startswith("Preliminary: 6 of 8 points are finished")
    assert lines[-1] == f"Report: {tmp_path / 'a.html'}"
    assert len(lines) < 8


def test_report_reads_some_points_alone(store):
    found = json.loads(call("report", store, "--at", "churn=0.05", "--at", "churn=0.1", "--json").stdout)
    assert [point["at"]["churn"] for point in found["points"]] == ["0.05", "0.05", "0.1", "0.1"]
    refused(call("report", store, "--at", "chrun=0.05"), "nearest: 'churn'")
    refused(call("report", store, "--at", "churn"), "AXIS=VALUE")
    refused(call("report", store.parent / "run.nc", "--at", "churn=0.05"), "is for the store of a sweep")


def test_report_maps_a_difference(store):
    found = call("report", store, "--arm", "waste", "--against", "base", "--y", "churn")
    assert found.exit_code == 0, found.output
    assert "NPV of waste less that of base" in found.stdout


def test_wrong_words_are_refused_with_the_nearest(store):
    refused(call("report", store, "--measure", "nvp"), "npv")
    refused(call("report", store, "--arm", "wast"), "waste")
    refused(call("report", store, "--x", "chrun"), "churn")
    refused(call("report", store, "--against", "base"), "needs --arm")
    refused(call("report", store, "--xlsx", "a.xlsx"), "no workbook")


def test_a_place_without_a_sweep_is_refused(tmp_path):
    refused(call("report", tmp_path / "none.zarr"), "holds no sweep")
    refused(call("report", tmp_path, "-o", tmp_path / "a.html"), "is a folder")
    refused(call("diff", tmp_path / "a.zarr", tmp_path / "b.zarr"), "holds no sweep")


def test_options_of_sweeps_are_refused_for_runs(tmp_path):
    refused(call("report", tmp_path / "run.nc", "--arm", "base"), "--arm", "is for the store of a sweep")
    refused(call("diff", tmp_path / "a.nc", tmp_path / "b.nc", "--measure", "npv"), "is for sweeps")


def test_a_run_and_a_sweep_cannot_be_compared(store, tmp_path):
    refused(call("diff", store, tmp_path / "run.nc"), "a run and a sweep cannot be compared")


def test_a_chunk_cut_short_is_told_and_left_out(tmp_path):
    store = kept(plans(), tmp_path / "cut.zarr")
    chunk = next(path for path in (store / "outcome" / "c" / "2" / "1").rglob("*") if path.is_file())
    chunk.write_bytes(chunk.read_bytes()[:100])
    found = json.loads(call("report", store, "--json").stdout)
    (broken,) = [point for point in found["points"] if point["state"] != "finished"]
    assert broken["at"] == {"churn": "0.15", "economy": "recession"}
    assert "not those that were sealed" in broken["error"]


def test_diff_shows_what_changed(store, tmp_path):
    def other(arm, luck, churn, economy):
        return worth(arm, luck, churn, economy) - 1e4 * (economy == "calm")

    new = stored({"churn": CHURN, "economy": ECONOMY}, ARMS, other, salt=lambda p: f"{p}{p['economy'] == 'calm'}")
    path = kept(new, tmp_path / "b.zarr")
    result = call("diff", store, path)
    assert result.exit_code == 0, result.output
    assert "Points with other inputs" in result.stdout
    found = json.loads(call("diff", store, path, "--json").stdout)
    assert found["paired"]
    assert found["arms"]["base"]["difference"]["mean"] == pytest.approx(-5_000.0)
    assert len(found["unfinished"]) == 2
    assert json.loads(call("diff", path, path, "--json").stdout)["same_inputs"] == 8
