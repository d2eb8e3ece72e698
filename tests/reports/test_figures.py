import matplotlib
import matplotlib.image
import numpy as np
import pytest

from churnsim.decisions.ladder import ladder_from
from churnsim.reports import figures
from churnsim.reports.figures import draw_ladder, ladder_figure
from tests.decisions.fake import DEMAND, dataset, ladder_arms

GAINS = [40_000.0, 9_000.0, -12_000.0]


def make_ladder(gains=GAINS, **options):
    arms, rungs = ladder_arms(range(len(gains) + 1), 2)
    return ladder_from(dataset(arms, gains, **options), rungs, "csm")


@pytest.fixture(scope="module")
def ladder():
    return make_ladder(name="a $5 [b] $x$ _name_")


def test_the_file_is_1200_by_900_and_not_blank(ladder, tmp_path):
    path = ladder_figure(ladder, tmp_path / "ladder.png")
    image = matplotlib.image.imread(path)
    assert image.shape[:2] == (900, 1200)
    assert image.std() > 0.05
    assert [p.name for p in tmp_path.iterdir()] == ["ladder.png"], "nothing is left beside it"


def test_the_same_ladder_gives_the_same_svg(ladder, tmp_path):
    first = ladder_figure(ladder, tmp_path / "a.svg").read_bytes()
    assert first == ladder_figure(ladder, tmp_path / "b.svg").read_bytes()
    assert b"a $5 [b] $x$ _name_" in first, "names are text, never mathematics"


def test_a_failed_write_leaves_the_old_file_whole(ladder, tmp_path, monkeypatch):
    path = tmp_path / "ladder.png"
    path.write_bytes(b"old")

    def broken(self, beside, **options):
        with open(beside, "wb") as file:
            file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(figures.Figure, "savefig", broken)
    with pytest.raises(OSError, match="disk full"):
        ladder_figure(ladder, path)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["ladder.png"]


def test_a_folder_that_does_not_exist_is_an_error(ladder, tmp_path):
    with pytest.raises(FileNotFoundError):
        ladder_figure(ladder, tmp_path / "none" / "ladder.png")


def test_what_is_drawn_is_the_ladder(ladder):
    npv, odds, hours = draw_ladder(ladder).axes
    steps = [rung.step.npv for rung in ladder.rungs[1:]]
    points = npv.containers[0].lines[0]
    assert points.get_xdata().tolist() == [1, 2, 3]
    assert points.get_ydata() == pytest.approx([s.difference.mean for s in steps])
    bars = np.array([bar[:, 1] for bar in npv.containers[0].lines[2][0].get_segments()])
    assert bars == pytest.approx(np.array([(s.difference.low, s.difference.high) for s in steps]))
    assert odds.containers[0].lines[0].get_ydata() == pytest.approx([s.odds.share for s in steps])
    lines = {line.get_label(): line.get_ydata() for line in hours.lines}
    assert lines["demanded"] == pytest.approx([DEMAND] * 4)
    assert lines["available"] == pytest.approx([0.0, 100.0, 200.0, 300.0])
    for ax in (npv, odds, hours):
        band = ax.patches[0].get_bbox() if hasattr(ax.patches[0], "get_bbox") else ax.patches[0].get_extents()
        assert band.x0 < ladder.recommended < band.x1
        assert ax.get_xlabel()
        assert ax.get_ylabel()


def test_ticks_of_money_have_one_unit_and_one_number_of_decimals():
    figure = draw_ladder(make_ladder([2_400_000.0, 900_000.0, -12_000.0], own=5_000.0))
    figure.canvas.draw()
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    money = [label for label in labels if label != "$0"]
    assert len(money) >= 3
    assert len({len(label.partition(".")[2]) for label in money}) == 1
    assert len({label[-1] for label in money}) == 1


@pytest.mark.parametrize(
    ("gains", "title"),
    [
        (GAINS, "The 2nd CSM pays on average; the 3rd CSM does not pay on average"),
        ([40_000.0, 9_000.0], "The 2nd CSM pays on average, and the ladder ends there"),
        ([-40_000.0, -9_000.0], "The 1st CSM does not pay on average"),
        (
            [40_000.0, 10.0, -12_000.0],
            "The 2nd CSM is not settled (interval includes 0); the 3rd CSM does not pay on average",
        ),
        ([40_000.0, 10.0, -10.0, -20.0], "nor the"),
    ],
)
def test_titles_say_what_to_see(gains, title):
    figure = draw_ladder(make_ladder(gains))
    assert title in figure.axes[0].get_title(loc="left")


def test_the_title_over_the_figure_is_the_recommendation():
    assert draw_ladder(make_ladder()).get_suptitle().startswith("Fund 2 CSMs")
    assert (
        draw_ladder(make_ladder([1e5, 1e5])).get_suptitle().startswith("The ladder is too short: try more than 2 CSMs")
    )
    hours = draw_ladder(make_ladder()).axes[2]
    assert hours.get_title(loc="left") == "Hours never cover what is asked for"


def test_the_value_after_the_horizon_is_drawn_and_named():
    ladder = make_ladder(later=[0.0, 0.0, 30_000.0])
    npv, odds, _ = draw_ladder(ladder).axes
    worth = [rung.step.worth for rung in ladder.rungs[1:]]
    assert npv.containers[0].lines[0].get_ydata() == pytest.approx([v.difference.mean for v in worth])
    assert odds.containers[0].lines[0].get_ydata() == pytest.approx([v.odds.share for v in worth])
    assert npv.get_ylabel() == "marginal NPV with the value after the horizon\n(USD)"
    assert "back" not in odds.get_ylabel() + odds.get_title(loc="left")
    npv, odds, _ = draw_ladder(make_ladder()).axes
    assert npv.get_ylabel() == "marginal NPV (USD)"
    assert odds.get_ylabel() == "share of draws that pay back"


def test_unknown_errors_are_drawn_without_bars(tmp_path):
    ladder_figure(make_ladder(draws=1, replicates=1), tmp_path / "one.png")


def test_drawing_changes_no_setting_outside(ladder):
    before = dict(matplotlib.rcParams)
    draw_ladder(ladder)
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("size", [11, 15])
def test_a_title_stays_inside_the_figure(size):
    long = "The best arm and its lead, by NPV: midmarket, 5,600 points, 60 months, 400 draws x 16 replicates; 12 of 14"
    with figures.style.house_style():
        figure = figures.blank()
        figures.head(figure, f"Short\n{long}", size)
        figure.canvas.draw()
        title = figure._suptitle
        assert title.get_text().splitlines()[0] == "Short"
        assert title.get_window_extent().x1 < figure.bbox.x1
        assert " ".join(title.get_text().split()[1:]) == long
