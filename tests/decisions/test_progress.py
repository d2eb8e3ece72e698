"""Progress of a decision that takes several simulations."""

from churnsim.decisions.progress import part


def test_parts_follow_each_other_up_to_the_whole():
    seen: list[tuple[int, int]] = []

    def note(done: int, total: int) -> None:
        seen.append((done, total))

    for start, end in ((0.0, 0.25), (0.25, 1.0)):
        own = part(note, start, end)
        assert own is not None
        for done in (0, 2, 4):
            own(done, 4)
    assert seen == [(0, 1000), (125, 1000), (250, 1000), (250, 1000), (625, 1000), (1000, 1000)]


def test_nothing_to_simulate_is_no_progress():
    seen: list[tuple[int, int]] = []
    own = part(lambda done, total: seen.append((done, total)), 0.5, 1.0)
    assert own is not None
    own(0, 0)
    assert seen == [(500, 1000)]


def test_nobody_to_tell():
    assert part(None, 0.0, 1.0) is None
