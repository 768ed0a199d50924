"""The long runs of `tests/soak` work; their counts are for doc/testing.md."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .hostile import corpus
from .soak.__main__ import main
from .soak.row import Row


def run_soak(*words):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.soak", *words],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_faults_are_counted_by_names_with_a_mark():
    row = Row("kills", {"kills": 1000, "lost!": 2, "doubled!": 1})
    assert (row.n_faults, str(row)) == (3, "| kills | kills 1,000, lost 2, doubled 1 |")


@pytest.mark.filterwarnings("ignore")
def test_bad_inputs_are_a_row_of_the_table(monkeypatch, capsys):
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # It is changed.
    members = corpus.members()[::5]  # tests/hostile reads all of them.
    monkeypatch.setattr(corpus, "members", lambda: members)
    monkeypatch.setattr(sys, "argv", ["soak", "inputs", "--scale", "0.01"])
    assert main() == 0
    table = capsys.readouterr().out
    assert re.search(
        r"^\| image files damaged at random \| tried 20, embedded \d+, skipped \d+, wrong 0 \|$", table, re.M
    )
    assert table.endswith("\n0 faults\n")


@pytest.mark.slow
def test_every_part_runs():
    table = run_soak("--scale", "0.02")
    assert len(re.findall(r"^\| runs of .*failed 0,", table, re.M)) == 7
    assert len(re.findall(r"^\| kills of a run .*lost 0, doubled 0, other features 0 \|$", table, re.M)) == 4
    assert len(re.findall(r"^\| damages of .*failed 0, wrong features 0 \|$", table, re.M)) == 1
