"""The command through its real entry point."""

import csv
import math
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.commands.terminal import N_SHOWN
from orangecontrib.transferlearning.embedding.cache import default_path
from orangecontrib.transferlearning.embedding.presets import PRESETS
from orangecontrib.transferlearning.errors import Cancelled
from orangecontrib.transferlearning.records import ImageItem

from ..samples import fill, hear_interrupts


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the command in a folder of its own; gives click's result."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_folder_becomes_a_csv_of_classes_and_features(fake_network, run, photos, tmp_path):
    result = run("embed", photos, "out.csv", "--keys", "--skipped", "bad.csv", "--backbone", "SqueezeNet")
    assert result.exit_code == 0, result.output
    assert rows_of(tmp_path / "out.csv") == [
        ["Class", "key", "n0", "n1", "n2", "n3"],
        ["a", "a/1.png", "255.0", "0.0", "0.0", "255.0"],
        ["a", "a/2.png", "0.0", "255.0", "0.0", "0.0"],
        ["b", "b/1.png", "0.0", "0.0", "255.0", "0.0"],
        ["b", "b/3.png", "90.0", "90.0", "90.0", "90.0"],
    ]
    assert result.stdout.splitlines()[0].startswith("4 images in ")
    assert "4 features each: SqueezeNet 1.1, layer mean" in result.stdout
    assert result.stdout.splitlines()[1] == "out.csv"
    assert "skipped: b/2.png: " in result.stderr
    assert "Embedding: 100%" in result.stderr
    header, (key, reason) = rows_of(tmp_path / "bad.csv")
    assert (header, key) == (["key", "reason"], "b/2.png")
    assert "not an image" in reason


def test_what_is_to_know_about_images_is_told_once_for_each_kind(fake_network, run, photos, tmp_path):
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    for name in ("a.tif", "b.tif"):
        frames[0].save(photos / "a" / name, save_all=True, append_images=frames[1:])
    result = run("embed", photos, "out.csv")
    assert result.exit_code == 0, result.output
    (note,) = [line for line in result.stderr.splitlines() if line.startswith("note: ")]
    assert note.endswith("(the step frame:N reads another): 2 images, such as a/a.tif (2 frames)")
    assert "note: " not in run("embed", photos, "again.csv", "--step", "frame:1").stderr


def test_arrays_become_an_npy_pair(fake_network, run, tmp_path):
    np.save(tmp_path / "d.npy", np.full((3, 4 * 5 * 3), 7, np.uint8))
    np.save(tmp_path / "l.npy", np.array([2, 0, 1]))
    result = run("embed", "d.npy", "out", "--labels", "l.npy", "--height", 4, "--width", 5, "--backbone", "SqueezeNet")
    assert result.exit_code == 0, result.output
    np.testing.assert_array_equal(np.load(tmp_path / "out_data.npy"), np.full((3, 4), 7, np.float32))
    assert np.load(tmp_path / "out_labels.npy").tolist() == [2, 0, 1]


def test_csv_sources_with_and_without_header(fake_network, run, photos, tmp_path):
    (tmp_path / "plain.csv").write_text("red,photos/a/1.png\nblue,photos/b/1.png\n")
    (tmp_path / "named.csv").write_text("n,image,color\n1,a/1.png,red\n2,b/1.png,blue\n")
    assert run("embed", "plain.csv", "one.csv").exit_code == 0
    options = ["--root", "photos", "--image-column", "image", "--label-column", "color"]
    assert run("embed", "named.csv", "two.csv", *options).exit_code == 0
    one, two = rows_of(tmp_path / "one.csv"), rows_of(tmp_path / "two.csv")
    assert (one[0][0], two[0][0]) == ("Class", "color")
    assert two[0][1:3] == ["key", "n"]
    assert one[1:] == [[label, *features] for label, _, _, *features in two[1:]]
    assert [row[0] for row in one[1:]] == ["red", "blue"]


def test_options_of_the_network_reach_it(fake_network, run, photos):
    result = run(
        "embed", photos, "out.csv", "--backbone", "vgg16", "--layer", "fc1", "--pooling", "max", "--weights", "none",
        "--seed", 4, "--image-size", "240x320",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    ((name, arguments),) = fake_network.built
    assert name == "VGG16"
    assert arguments["layer"] == "fc1"
    assert arguments["pooling"] == "max"
    assert arguments["weights"] is None
    assert arguments["seed"] == 4
    assert arguments["image_size"] == (240, 320)


def test_options_of_reading_reach_the_embedder(run, photos, monkeypatch):
    made = []

    def note(embedder):
        made.append(embedder)
        raise Cancelled

    monkeypatch.setattr("orangecontrib.transferlearning.commands.embed.load", note)
    run("embed", photos, "out.csv", "--interpolation", "lanczos", "--fast-decode", "--batch-size", 7)
    run("embed", photos, "out.csv")
    assert [(e.interpolation, e.fast_decode, e.batch_size) for e in made] == [
        ("lanczos", True, 7),
        ("bilinear", False, 32),
    ]


def test_own_size_unpooled_maps_and_steps_reach_the_embedder(run, photos, monkeypatch):
    made = []

    def note(embedder):
        made.append(embedder)
        raise Cancelled

    monkeypatch.setattr("orangecontrib.transferlearning.commands.embed.load", note)
    steps = ["--step", "crop:0,0.35,1,0.9", "--step", "gray"]
    run("embed", photos, "out.csv", "--image-size", "own", "--pooling", "none", *steps)
    (embedder,) = made
    assert (embedder.image_size, embedder.pooling, embedder.steps) == ("own", "none", ("crop:0,0.35,1,0.9", "gray"))


@pytest.mark.parametrize("size, shape", [("12", "3 x 4 x 3"), ("own", "its own size and 3 channels")])
def test_unpooled_maps_go_to_a_folder_and_their_shape_is_told(fake_network, run, photos, tmp_path, size, shape):
    for path in photos.glob("*/[13].png"):
        Image.fromarray(np.full((30 + int(path.stem), 32, 3), 7, np.uint8)).save(path)
    result = run("embed", photos, "out/", "--pooling", "none", "--image-size", size, "--backbone", "SqueezeNet")
    assert result.exit_code == 0, result.output
    assert f", a map of {shape} each: SqueezeNet 1.1" in result.stdout
    expected = (3, 4, 3) if size == "12" else (16, 16, 3)
    assert np.load(tmp_path / "out" / "a" / "1.npy").shape == expected


def test_text_that_is_no_step_ends_the_command_with_the_steps_there_are(run, photos):
    result = run("embed", photos, "out.csv", "--step", "sepia")
    assert result.exit_code == 2
    assert "'sepia' is not a step" in result.stderr
    assert "square, pad" in result.stderr


def test_files_that_are_no_images_are_counted_by_suffix(fake_network, run, photos):
    fill(photos, "1.json", "2.JSON", "a/3.json", "4.png.crdownload", "@eaDir/5.png")
    assert "left out: 3 .json, 1 .crdownload, 1 @eaDir/\n" in run("embed", photos, "out.csv").stderr


def test_splits_are_told_and_written_as_a_column(fake_network, run, photos, tmp_path):
    for split in ("train", "val"):
        shutil.copytree(photos, tmp_path / "data" / split)
    result = run("embed", "data", "out.csv")
    assert "taken as splits: train (5), val (5); classes are the folders in them\n" in result.stderr
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    assert [(row["Class"], row["key"], row["split"]) for row in rows[::4]] == [
        ("a", "train/a/1.png", "train"), ("a", "val/a/1.png", "val"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ["in.csv", "in.csv"],
        ["in.csv", "./in.csv"],
        ["in.csv", "out.csv", "--skipped", "in.csv"],
        ["in.csv", "out.csv", "--skipped", "out.csv"],
        ["out_data.npy", "out"],
        ["d.npy", "out", "--labels", "out_labels.npy"],
        ["d.npy", "out", "--skipped", "out_data.npy"],
        ["d.npy", "new.csv", "--skipped", "no/such/folder.csv"],
    ],
)
def test_no_output_replaces_what_is_read_or_written_otherwise(fake_network, run, photos, tmp_path, arguments):
    (tmp_path / "in.csv").write_text("red,photos/a/1.png\n")
    for name in ("d", "out_data"):
        np.save(tmp_path / f"{name}.npy", np.zeros((1, 4, 5, 3), np.uint8))
    np.save(tmp_path / "out_labels.npy", np.zeros(1))
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    result = run("embed", *arguments, "--overwrite")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert fake_network.built == []
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_images_that_were_skipped_are_written_even_if_they_are_all(fake_network, run, photos, tmp_path):
    result = run("embed", "photos/b/2.png", "out.csv", "--skipped", "bad.csv")
    assert result.exit_code == 2
    assert [row[0] for row in rows_of(tmp_path / "bad.csv")] == ["key", "photos/b/2.png"]
    assert not (tmp_path / "out.csv").exists()


def test_existing_output_is_refused_before_any_work_and_replaced_on_request(fake_network, run, photos, tmp_path):
    (tmp_path / "out.csv").write_text("mine")
    result = run("embed", photos, "out.csv")
    assert result.exit_code == 2
    assert result.stderr == "Error: out.csv is there already: choose another name, or say --overwrite.\n"
    assert fake_network.built == []
    assert (tmp_path / "out.csv").read_text() == "mine"
    assert run("embed", photos, "out.csv", "--overwrite").exit_code == 0
    assert (tmp_path / "out.csv").read_text().startswith("Class,")

    assert run("embed", photos, "new.csv", "--skipped", "out.csv").exit_code == 2
    assert not (tmp_path / "new.csv").exists()


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["absent", "out.csv"], "absent"),
        (["", "out.csv"], "No source is named"),
        (["photos", ""], "is not the name of a file"),
        (["photos", "out.xyz"], "ending .xyz cannot be written"),
        (["photos", "out.csv", "--backbone", "VGG61"], "did you mean VGG19 or VGG16?"),
        (["photos", "out.csv", "--height", "3"], "height"),
        (["photos", "out.csv", "--image-size", "big"], "is not a size"),
        (["photos", "out.csv", "--weights", "absent.h5"], "no weights file 'absent.h5'"),
        (
            ["photos", "out.csv", "--layer", "absent"],
            "The layer 'absent' is for one network that is named without a layer",
        ),
        (["photos", "out.csv", "--backbone", "SqueezeNet", "--layer", "absent"], "no layer 'absent'"),
        (["photos", "out.csv", "--backbone", ""], "A name of a network is missing"),
        (
            ["photos", "out.csv", "--backbone", "SqueezeNet:fire9", "--layer", "fire8"],
            "The layer 'fire8' is for one network that is named without a layer, not for 'SqueezeNet:fire9'",
        ),
        (["photos/b/2.png", "out.csv"], "The image could not be read"),
    ],
)
def test_mistakes_get_one_line_and_exit_code_2_and_leave_nothing(run, photos, tmp_path, arguments, words):
    result = run("embed", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_many_skipped_images_are_counted_not_all_listed(fake_network, run, tmp_path, photos):
    lines = ["x,photos/a/1.png", *(f"x,absent{i}.png" for i in range(N_SHOWN + 3))]
    (tmp_path / "log.csv").write_text("\n".join(lines))
    result = run("embed", "log.csv", "out.csv")
    assert result.stderr.count("skipped: ") == N_SHOWN
    assert "... and 3 more; --skipped FILE.csv writes them all.\n" in result.stderr
    result = run("embed", "log.csv", "again.csv", "--skipped", "s.csv")
    assert "... and 3 more, all in s.csv.\n" in result.stderr
    assert len((tmp_path / "s.csv").read_text().splitlines()) == N_SHOWN + 4


def test_cache_is_shown_used_and_cleared(fake_network, run, photos, cache_folder):
    run("cache", "--clear")
    first, second = (run("embed", photos, f"{name}.csv", "--backbone", "SqueezeNet") for name in ("one", "two"))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "4 images in " in first.stdout and " images/s), " in first.stdout and ", by Fake\n" in first.stdout
    assert " s (all from the cache), " in second.stdout and ", by " not in second.stdout
    assert sum(fake_network.engine.calls) == 4
    lines = run("cache").stdout.splitlines()
    assert lines[0].startswith(f"{cache_folder}") and ": 4 rows of features, " in lines[0]
    assert "SqueezeNet layer=mean" in lines[1]
    assert lines[-2].endswith(" MB") and " networks, " in lines[-2]
    assert lines[-1].endswith(": images of 0 arrays, 0.0 MB")
    assert ": 0 rows of features, " in run("cache", "--clear").stdout

    assert run("embed", photos, "three.csv", "--no-cache").exit_code == 0
    assert ": 0 rows of features, " in run("cache").stdout


def test_backbones_are_listed_with_their_facts(run, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    lines = run("backbones").stdout.splitlines()
    assert len(lines) == len(BACKBONES) + 1 + len(PRESETS) + 2
    best = next(line for line in lines if line.startswith("best"))
    assert " 1,184 " in best
    assert "SqueezeNet+EfficientNetLite0:block7a_project_bn+EfficientNetLite2:block7a_project_bn, mirrored: " in best
    lines = lines[len(PRESETS) + 2 :]
    vgg = next(line.split() for line in lines if line.startswith("VGG16"))
    assert vgg == ["VGG16", "224", "x", "224", "4096", "138,357,544", "528", "71.3", "no"]
    assert lines[1].split()[0] == "SqueezeNet"
    assert lines[1].split()[-1] == "yes"


def test_joined_networks_are_named_with_their_layers(run, photos, map_networks):
    result = run(
        "embed", photos, "joined.csv", "--backbone", "squeezenet+MobileNet:any", "--scaling", "l2", "--mirrored"
    )
    assert ", 12 features each: SqueezeNet 1.1, layer fire9 + MobileNet, layer any, by Fake\n" in result.stdout
    assert "Loading SqueezeNet 1.1 + MobileNet ..." in result.stderr
    header, first, *_ = Path("joined.csv").read_text().splitlines()
    assert header == "Class," + ",".join(f"n{i}" for i in range(12))
    lengths = [math.hypot(*map(float, first.split(",")[start : start + 6])) for start in (1, 7)]
    assert lengths == pytest.approx([1, 1], abs=1e-6)
    assert "views=mirrored" in run("cache").stdout


def test_preset_stands_for_its_networks(run, photos, map_networks):
    assert run("embed", photos, "one.csv", "--preset", "best").exit_code == 0
    given = ["--backbone", PRESETS["best"].backbone, "--scaling", "orange", "--mirrored", "--no-cache"]
    assert run("embed", photos, "other.csv", *given).exit_code == 0
    assert Path("one.csv").read_text() == Path("other.csv").read_text()
    for option in (["--backbone", "VGG16"], ["--layer", "fire5"], ["--scaling", "l2"], ["--mirrored"]):
        refused = run("embed", photos, "two.csv", "--preset", "best", *option)
        assert refused.exit_code == 2
        assert f"--preset best has its own {option[0][2:]}: leave {option[0]} or --preset out." in refused.stderr


def test_help_needs_neither_tensorflow_nor_orange():
    code = (
        "import sys; from orangecontrib.transferlearning.commands.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('tensorflow', 'keras', 'Orange', 'numpy.linalg') if m in sys.modules][:3])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "embed" in done.stdout
    assert not {"tensorflow", "keras", "Orange"} & set(eval(done.stdout.splitlines()[-1]))


def test_module_runs_as_the_command_does():
    done = subprocess.run(
        [sys.executable, "-m", "orangecontrib.transferlearning", "backbones"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "InceptionResNetV2" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_stops_in_one_line_and_leaves_nothing(tmp_path, number):
    # All different: the same image again would not be computed, and the run would be over too soon.
    np.save(tmp_path / "d.npy", np.random.default_rng(0).integers(0, 256, (50_000, 16, 16, 3), np.uint8))
    process = subprocess.Popen(
        [sys.executable, "-m", "orangecontrib.transferlearning", "embed", "d.npy", "out.csv", "--batch-size", "4"],
        cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=hear_interrupts,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob(".out.csv*.part")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert errors.splitlines()[-1] == b"Stopped; no output was written."
    assert [path.name for path in tmp_path.iterdir()] == ["d.npy"]


@pytest.mark.parametrize("words", [["predict", "photos"], ["maps", "photos/a/1.png"], ["finetune", "photos", "n"]])
@pytest.mark.parametrize(
    ("backbone", "kind"), [("Best", "a preset"), ("SqueezeNet+EfficientNetLite0", "several networks")]
)
def test_what_takes_one_network_says_so(run, photos, words, backbone, kind):
    result = run(*words, "--backbone", backbone)
    assert result.exit_code == 2
    assert f"this takes one network, such as SqueezeNet, and '{backbone}' is {kind}." in result.stderr.splitlines()[-1]


def test_interrupt_while_the_command_is_loaded_is_said_in_a_line(tmp_path):
    (tmp_path / "click.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    done = subprocess.run(
        [sys.executable, "-m", "orangecontrib.transferlearning", "backbones"],
        cwd=tmp_path, capture_output=True, text=True, preexec_fn=hear_interrupts, env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "\nStopped.\n")


def test_warning_is_said_in_a_line(run, monkeypatch):
    def warn(*arguments):
        warnings.warn("TensorFlow\nruns it.", stacklevel=2)
        raise KeyboardInterrupt

    monkeypatch.setattr("orangecontrib.transferlearning.commands.demonstration.write_digits", warn)
    assert run("demo").stderr == "warning: TensorFlow runs it.\n\nStopped.\n"


def test_interrupt_of_another_command_says_nothing_of_outputs(run, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("orangecontrib.transferlearning.commands.demonstration.write_digits", interrupted)
    result = run("demo")
    assert (result.exit_code, result.stderr) == (130, "\nStopped.\n")


def run_with_tensorflow(tmp_path, code, closing=""):
    """Run the command in a shell, with a module of this code for TensorFlow."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "tensorflow.py").write_text(code)
    np.save(tmp_path / "d.npy", np.zeros((1, 16, 16, 3), np.uint8))
    options = "--engine tensorflow --no-cache"
    return subprocess.run(
        f"'{sys.executable}' -m orangecontrib.transferlearning embed d.npy out.csv {options} {closing}",
        cwd=tmp_path, shell=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "modules"},
    )  # fmt: skip


@pytest.mark.parametrize("error", ["ImportError", "RuntimeError"])
def test_tensorflow_that_cannot_be_imported_is_told_in_a_line(tmp_path, error):
    code = f"import os; os.write(2, b'no such instruction\\n'); raise {error}('my reason')"
    done = run_with_tensorflow(tmp_path, code)
    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == [
        f"Error: Keras cannot be loaded with tensorflow ({error}: my reason): reinstall both, "
        "`pip install --force-reinstall keras tensorflow`."
    ]


def test_what_tensorflow_wrote_is_shown_if_it_ends_the_command(tmp_path):
    code = "import os; os.write(2, b'no such instruction\\n'); raise SystemExit('my reason')"
    done = run_with_tensorflow(tmp_path, code)
    assert done.returncode == 1
    assert "no such instruction\n" in done.stderr
    assert "my reason" in done.stderr


@pytest.mark.thorough
@pytest.mark.skipif(os.name == "nt", reason="shells close files otherwise there")
def test_closed_standard_error_is_no_hindrance(tmp_path):
    code = (
        "import os, sys; os.write(2, b'greeting'); sys.path[:] = [p for p in sys.path if not p.endswith('modules')]\n"
        "del sys.modules['tensorflow']; import tensorflow"
    )
    done = run_with_tensorflow(tmp_path, code, "2>&-")
    assert done.returncode == 0, done.stdout
    assert "1 image in" in done.stdout
    assert (tmp_path / "out.csv").read_text().startswith("n0,n1")


def test_formulas_are_escaped_on_request_only(run, photos, fake_network):
    (photos / "log.csv").write_text("path,Class\na/1.png,=cmd\nb/2.png,-c\n")
    options = ["--image-column", "path", "--label-column", "Class"]
    for name, escape, label in (("plain.csv", [], "=cmd"), ("safe.csv", ["--escape-formulas"], "'=cmd")):
        result = run("embed", photos / "log.csv", name, *options, *escape)
        assert result.exit_code == 0, result.output
        assert [row[0] for row in csv.reader(Path(name).open())] == ["Class", label]
    result = run("embed", photos, "f.h5", "--escape-formulas")
    assert (result.exit_code, "is for CSV, which is not written here" in result.stderr) == (2, True)


@pytest.mark.parametrize("name", ["f.h5", "f.npz", "f.parquet", "f.csv", "f", "f/"])
def test_label_that_no_file_holds_is_told_before_the_network_is_loaded(run, photos, fake_network, monkeypatch, name):
    monkeypatch.setattr("orangecontrib.transferlearning.sources.csv_source.CsvSource.__iter__", _nul_labels)
    (photos / "log.csv").write_text("path,Class\na/1.png,x\n")
    result = run("embed", photos / "log.csv", name, "--image-column", "path", "--label-column", "Class")
    assert result.exit_code == 2
    assert "cannot hold a NUL character in the label of 'a/1.png'" in result.stderr
    assert "Loading" not in result.stderr
    assert fake_network.built == []


def _nul_labels(source):
    yield ImageItem("a/1.png", "a/1.png", "a\0b")


def test_damaged_cache_is_told_in_one_line(run, photos, fake_network, cache_folder):
    default_path().write_bytes(b"damaged" * 1000)
    result = run("embed", photos, "f.h5")
    assert result.exit_code == 0, result.output
    assert "was damaged: a new one was begun, and the damaged one is now transfer-learning-features" in result.stderr
    result = run("embed", photos, "f.h5", "--overwrite")
    assert "damaged" not in result.stderr
