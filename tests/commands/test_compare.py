"""`orange-transfer compare` through the real entry point."""

import csv

import pytest
from click.testing import CliRunner
from PIL import Image

from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.commands import compare as command
from orangecontrib.transferlearning.engines import opening
from orangecontrib.transferlearning.errors import SettingError

from ..bakeoff.paintings import paint

OPTIONS = ["--backbone", "squeezenet", "--backbone", "MobileNet", "--folds", 3]


@pytest.fixture
def run(fake_network, monkeypatch, tmp_path):
    """Run the command in a folder with images; gives click's result."""
    monkeypatch.chdir(tmp_path)
    paint(tmp_path / "colors")
    return lambda *arguments: CliRunner().invoke(cli.main, ["compare", "colors", *map(str, arguments)])


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_table_chart_and_csv_are_written(run, tmp_path):
    (tmp_path / "colors" / "red" / "bad.png").write_bytes(b"not an image")
    result = run("out", *OPTIONS, "--learner", "knn", "--learner", "logistic", "--seeds", 2)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "3-fold cross-validation on 18 images, seeds 0 to 1"
    assert lines[1].split() == ["network", "learner", *"accuracy spread AUC images/s ms/image features MB".split()]
    assert lines[2].startswith("SqueezeNet  kNN                     1.000   0.000  1.0000 ")
    assert lines[5].startswith("MobileNet   Logistic Regression     1.000   0.000  1.0000 ")
    assert len({len(line.removesuffix("  front")) for line in lines[1:6]}) == 1
    assert any(line.endswith("  front") for line in lines)
    assert lines[-2:] == ["out.csv", "out_speed.png"]
    assert "skipped: red/bad.png: " in result.stderr
    assert "MobileNet: measuring the speed ..." in result.stderr
    rows = rows_of(tmp_path / "out.csv")
    assert [(row["candidate"], row["learner"]) for row in rows] == [
        ("SqueezeNet", "kNN"), ("SqueezeNet", "Logistic Regression"),
        ("MobileNet", "kNN"), ("MobileNet", "Logistic Regression"),
    ]  # fmt: skip
    assert {row["accuracy"] for row in rows} == {row["seed 1 fold 3"] for row in rows} == {"1.0"}
    assert [rows[0][name] for name in ("n_features", "megabytes", "n_images", "n_folds", "n_seeds")] == [
        "4", "5", "18", "3", "2",
    ]  # fmt: skip
    assert float(rows[0]["ms_per_image"]) == pytest.approx(1000 / float(rows[0]["images_per_second"]))
    assert min(Image.open(tmp_path / "out_speed.png").size) > 300


def test_outputs_are_replaced_on_demand_only(run, tmp_path):
    (tmp_path / "out_speed.png").write_text("mine")
    result = run("out.csv", *OPTIONS)
    assert result.exit_code == 2
    assert "out_speed.png is there already" in result.stderr
    assert run("out.csv", *OPTIONS, "--overwrite").exit_code == 0
    assert Image.open(tmp_path / "out_speed.png").format == "PNG"


def test_network_that_cannot_be_compared_leaves_the_rows_of_the_others(run, tmp_path, fake_network, monkeypatch):
    def build(backbone, **settings):
        if settings["layer"] == "none":
            raise SettingError("SqueezeNet 1.1 has no layer 'none'.")
        return fake_network.build(backbone, **settings)

    monkeypatch.setattr(opening, "build_network", build)
    result = run("out", *OPTIONS, "--backbone", "SqueezeNet:none")
    assert result.exit_code == 2
    assert "has no layer 'none'" in result.stderr.splitlines()[-1]
    names = {line.split(",")[0] for line in (tmp_path / "out.csv").read_text().splitlines()[1:]}
    assert names == {"SqueezeNet", "MobileNet"}
    assert (tmp_path / "out_speed.png").exists()


def test_presets_are_compared_unless_others_are_named(run, fake_network):
    result = run("--folds", 2)
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.stdout.splitlines()[2:]] == ["quick", "balanced", "best"]
    names = [name for name, _ in fake_network.built]
    assert names[:3] == ["SqueezeNet", "SqueezeNet", "EfficientNetLite0"]
    result = run("--folds", 2, "--preset", "quick", "--backbone", "MobileNet", "--mirrored", "--scaling", "l2")
    assert [line.split()[0] for line in result.stdout.splitlines()[2:]] == ["quick", "MobileNet"]


def test_duplicates_in_different_folds_are_told(run, tmp_path):
    result = run(*OPTIONS)
    assert "so that accuracies may be too high: remove one of each, or say --keep-together" in result.stderr
    assert "\nalike: blue/0.png and blue/" in result.stderr
    assert " more\n" in result.stderr


@pytest.mark.parametrize(
    "options, message",
    [
        (
            ["--folds", 7],
            "classes have too few images: blue (6), green (6), red (6). 7 folds need 7 of each: choose 6",
        ),
        (["--mirrored"], "Presets have their own mirrored and scaling"),
        (["--backbone", "quick", "--mirrored"], "Presets have their own mirrored and scaling"),
        (["--backbone", "quick", "--preset", "quick"], "quick is there 2 times"),
        (["--seed", 2**32 - 1, "--seeds", 2], "The last of --seeds would be 4294967296, and 4294967295 is the largest"),
        (["--preset", "quick", "--preset", "quick"], "quick is there 2 times"),
        (["--backbone", "Squeeze"], "Squeeze"),
        (["--group", "plate"], "There is no column 'plate' of groups"),
        (["--keep-together", "--backbone", "SqueezeNet", "--folds", 3], "All images of class blue are in one group"),
    ],
)
def test_faults_are_one_sentence(run, options, message):
    result = run(*options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_interruption_shows_what_is_done_and_goes_on_from_the_cache(run, tmp_path, monkeypatch, fake_network):
    def stop(candidate, stage):
        if (candidate.name, stage) == ("MobileNet", "cross-validation"):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(command, "_print_stage", stop)
        result = run("out", *OPTIONS)
    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == (
        "Stopped; features so far are in the cache: the same command goes on from there."
    )
    assert [line.split()[0] for line in result.stdout.splitlines()[2:]] == ["SqueezeNet"]
    assert not list(tmp_path.glob("out*"))
    n_before = sum(fake_network.engine.calls)
    assert run("out", *OPTIONS).exit_code == 0
    # Only the speed is measured again: a batch and five rounds for each network.
    assert sum(fake_network.engine.calls) - n_before == 2 * 6 * 18
