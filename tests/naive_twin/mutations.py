"""Does the naive twin see a fault? Single-line mutations of the engine, each of which it must find.

    python -m tests.naive_twin.mutations [NUMBER ...]

Each is made in a copy of the package and run against the twin's tests; minutes each, since the engine compiles anew.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Mutation(NamedTuple):
    """One line of the engine, and what stands there instead."""

    what: str
    file: str
    line: str
    instead: str


MUTATIONS = (
    Mutation("the shield raises the hazard", "intent.py", "exp32(shift - shield[i])", "exp32(shift + shield[i])"),
    Mutation("a renewal is due a month late", "events.py", "then if to_renewal[i] == 1", "then if to_renewal[i] == 0"),
    Mutation(
        "effects fade before they work",
        "month.py",
        "            seg.shield_decay,\n",
        "            seg.shield_decay * seg.shield_decay,\n",
    ),
    Mutation(
        "a rescue leaves the old clock running",
        "playbooks.py",
        "threshold(key, work.ids[i], CLOCKS, work.whole[N_INTENT, i], INTENT_LANE)",
        "threshold(key, work.ids[i], CLOCKS, work.whole[N_INTENT, i] - 1, INTENT_LANE)",
    ),
    Mutation(
        "the cadence lets a play through a month early",
        "playbooks.py",
        "np.int32(month - max(play.cadence, 1))",
        "np.int32(month - max(play.cadence - 1, 1))",
    ),
    Mutation(
        "what no longer fits ends the scan",
        "allocation.py",
        "        if bottom > top or left < shortest:",
        "        if bottom <= LARGEST:",
    ),
    Mutation(
        "attrition comes before the month's work",
        "team.py",
        "months_in_post = month - work.filled_since[t, post]",
        "months_in_post = month - work.filled_since[t, post] + 1",
    ),
    Mutation(
        "a sponsor's return keeps the overshoot",
        "sponsor.py",
        "reals[SPONSOR_LEFT, i] = work.drawn[c]",
        "reals[SPONSOR_LEFT, i] += work.drawn[c]",
    ),
    Mutation(
        "promoters are counted on the month's end",
        "advocacy.py",
        "return (health >= promoter_health) & (first_value_left == REACHED)",
        "return health >= promoter_health",
    ),
    Mutation(
        "an account that comes back pays its old ARR",
        "win_back.py",
        "work.back_state[0, n] = seg.win_back_share * work.reals[ARR, i]",
        "work.back_state[0, n] = work.reals[ARR, i]",
    ),
    Mutation(
        "the desk forgets the customers' patience",
        "support.py",
        "math.exp(-(agents - load) * desk.patience / desk.handling)",
        "math.exp(-(agents - load) * desk.handling)",
    ),
    Mutation(
        "word of mouth does not lower conversion",
        "arrivals.py",
        "np.int64(heard >= 1.0 or converts(",
        "np.int64(heard >= 0.0 or converts(",
    ),
    Mutation("a price is raised twice a year", "contracts.py", "// np.uint32(12)", "// np.uint32(6)"),
    Mutation(
        "controls of a trial get the play",
        "acquisition.py",
        "whole[delivery_months(tables, whole) + p, i] = NEVER",
        "whole[delivery_months(tables, whole) + p, i] = -NEVER",
    ),
)


def found(mutation: Mutation) -> bool:
    """Whether the twin's tests fail on the mutated engine."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "churnsim"
        shutil.copytree(ROOT / "src" / "churnsim", package, ignore=shutil.ignore_patterns("__pycache__"))
        source = package / "engine" / mutation.file
        text = source.read_text(encoding="utf-8")
        if text.count(mutation.line) != 1:
            raise ValueError(f"{mutation.file} holds {mutation.line!r} {text.count(mutation.line)} times, not once")
        source.write_text(text.replace(mutation.line, mutation.instead), encoding="utf-8")
        environment = os.environ | {"PYTHONPATH": folder, "CHURNSIM_CACHE_DIR": folder}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            "tests/naive_twin/test_twin.py",
        ]
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if run.returncode not in (0, 1):
            raise RuntimeError(run.stdout[-3000:] + run.stderr[-3000:])
        return run.returncode == 1


def main() -> None:
    """Try the mutations; exit code 1 if one goes unseen."""
    chosen = [int(word) for word in sys.argv[1:]] or list(range(1, len(MUTATIONS) + 1))
    unseen = 0
    for number in chosen:
        seen = found(MUTATIONS[number - 1])
        unseen += not seen
        print(f"{number:2d} {'found ' if seen else 'UNSEEN'} {MUTATIONS[number - 1].what}", flush=True)
    sys.exit(1 if unseen else 0)


if __name__ == "__main__":
    main()
