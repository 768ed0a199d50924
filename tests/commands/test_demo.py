"""The demonstration, whole, on fewer digits."""

import csv
import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from sklearn.datasets import load_digits

from orangecontrib.transferlearning.commands import cli


@pytest.mark.thorough
def test_demo_prints_scores_and_saves_features_and_a_map(tmp_path, monkeypatch):
    monkeypatch.setattr("orangecontrib.transferlearning.commands.demo.N_DIGITS", 120)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli.main, ["demo"])
    assert result.exit_code == 0, result.output
    folder = tmp_path / "transferlearning-demo"
    n_images = [len(list((folder / "digits" / str(label)).glob("*.png"))) for label in range(10)]
    assert n_images == np.bincount(load_digits().target[:120]).tolist()

    scores = re.findall(r"^(logistic regression|svm|random forest) +(0\.\d+) +(0\.\d+) +[\d.]+ s$", result.stdout, re.M)
    assert [name for name, _, _ in scores] == ["logistic regression", "svm", "random forest"]
    assert float(scores[0][1]) > 0.8
    assert all(float(auc) > 0.7 for _, _, auc in scores)

    with (folder / "digits.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:3] == ["Class", "key", "n0"]
    assert len(rows) == 121
    with Image.open(folder / "digits.png") as drawn:
        assert drawn.size == pytest.approx((1200, 1200), abs=5)
        assert len(drawn.convert("RGB").getcolors(1 << 24)) > 500
    assert str(folder.name) in result.stdout


@pytest.mark.parametrize("name", ["digits.csv", "digits.png", "digits/mine/1.png", "digits/3/mine.png"])
def test_files_of_somebody_else_are_left_alone(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "home" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    result = CliRunner().invoke(cli.main, ["demo", "home"])
    assert result.exit_code == 2
    assert result.stderr.endswith("is there already, and no earlier demo wrote it: choose another folder.\n")
    assert [each for each in (tmp_path / "home").rglob("*") if each.is_file()] == [path]
    assert path.read_text() == "mine"


@pytest.mark.parametrize("in_the_way", ["home"])
def test_file_in_the_way_is_said_in_one_line(tmp_path, monkeypatch, in_the_way):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / in_the_way
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    result = CliRunner().invoke(cli.main, ["demo", "home"])
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: Cannot write home")
    assert len(result.stderr.splitlines()) == 1
    assert path.read_text() == "mine"
