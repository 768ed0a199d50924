"""A writer that is stopped anywhere leaves the old output or the new one, and the next run is right."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .stopped_runs import OTHERS, OUTPUTS

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks there")

ROOT = Path(__file__).parents[2]


def run(name, how, first, step):
    """Return the faults that were found, and the number of stops."""
    # Waiting for a disk would take most of the time.
    memory = {"TMPDIR": "/dev/shm"} if os.access("/dev/shm", os.W_OK) else {}
    command = [sys.executable, "-m", "tests.features.stopped_runs", name, how, str(first), str(step)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=os.environ | memory)
    assert done.returncode == 0, done.stderr
    *faults, n_stops = done.stdout.splitlines()
    return faults, int(n_stops)


@pytest.mark.parametrize("name, step", [("f.csv", 3), ("f.h5", 13), ("pair", 5), ("f/", 13)])
def test_run_that_is_killed_leaves_old_or_new_and_the_next_one_is_right(name, step):
    faults, n_stops = run(name, "killed", 1, step)
    assert faults == []
    assert n_stops >= 10


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "interrupted", "full"])
@pytest.mark.parametrize("name", [*OUTPUTS, *OTHERS])
def test_run_that_is_stopped_at_each_call_leaves_old_or_new_and_the_next_one_is_right(name, how):
    faults, n_stops = run(name, how, 0, 1)
    assert faults == []
    assert n_stops >= 36
