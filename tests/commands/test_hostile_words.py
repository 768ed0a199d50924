"""Every command with names and labels that try to steer the terminal or to forge a line."""

import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from orangecontrib.transferlearning import Embeddings, Hdf5Sink
from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.reports.charts import draw_confusion
from orangecontrib.transferlearning.reports.text import report_test
from orangecontrib.transferlearning.training.training import train
from orangecontrib.transferlearning.visible_text import visible

from ..conftest import solid
from ..hostile_words import EVIL, SHOWN, assert_one_line, assert_tame

if sys.platform == "win32":
    pytest.skip("no such names of files", allow_module_level=True)


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


@pytest.fixture
def hostile(tmp_path):
    """Write four images in two classes, and two files that cannot be read."""
    folder = tmp_path / f"photos{EVIL}"
    for kind, red in (("a", 250), ("b", 10)):
        (folder / (EVIL + kind)).mkdir(parents=True)
        for number in range(2):
            Image.fromarray(solid((red, 90 * number, 0))).save(folder / (EVIL + kind) / f"{number}{EVIL}.png", "PNG")
        (folder / (EVIL + kind) / f"bad{EVIL}.png").write_bytes(b"no image")
    return folder


@pytest.fixture
def features(tmp_path):
    """Write features of two classes with hostile names, 12 images of each."""
    rows = np.random.default_rng(0).normal(size=(24, 4)).astype(np.float32)
    rows[12:] += 9
    path = tmp_path / "features.h5"
    labels = [EVIL + "a"] * 12 + [EVIL + "b"] * 12
    with Hdf5Sink(path) as sink:
        sink.write(Embeddings([f"{n}{EVIL}.png" for n in range(24)], rows, labels, []))
    return path


def in_error(text):
    """Return how an error shows a text; it is on one line, so that spaces and line breaks are one space."""
    return visible(" ".join(text.split()))


def check(result, *words, code=0):
    assert result.exit_code == code, result.output
    assert_tame(result.output)
    for word in words:
        assert word in result.output


def test_embed_and_what_it_skips(fake_network, run, hostile):
    check(run("embed", hostile, f"out{EVIL}.csv"), f"skipped: {SHOWN}a/bad{SHOWN}.png: ", f"out{SHOWN}.csv")


def test_embed_that_fails(fake_network, run, hostile):
    nothing = hostile / f"none{EVIL}.png"
    check(run("embed", nothing, "out.csv"), in_error(f"none{EVIL}.png"), code=2)
    check(run("embed", hostile / (EVIL + "a") / f"bad{EVIL}.png", "out.csv"), in_error(f"bad{EVIL}.png"), code=2)
    check(run("embed", hostile, "out.csv", "--backbone", EVIL), "Error: ", code=2)
    check(run("embed", hostile, "out.csv", "--image-size", EVIL), r"\x1b[31mred\r\nskipped 0\x9b", code=2)
    check(run("embed", hostile, "out.csv", "--where", "no condition" + EVIL), "Error: ", code=2)


def test_group_itself(run):
    check(run(EVIL), "No such command", code=2)
    check(run(f"--{EVIL}"), "No such option", code=2)


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_predict_to_a_pipe_and_to_a_file(form, networks_of_classes, run, hostile, tmp_path):
    result = run("predict", hostile, "--top", 1, "--format", form)
    assert result.exit_code == 0, result.output
    assert_tame(result.stderr)
    if form != "csv":  # It is data.
        assert_tame(result.stdout)
    out = run("predict", hostile, "--top", 1, "--format", form, "--out", tmp_path / f"out{EVIL}")
    check(out, f"out{SHOWN}")
    text = (tmp_path / f"out{EVIL}").read_bytes().decode()
    if form == "json":
        keys = [each["image"] for each in json.loads(text)]
        assert keys == [str(hostile / (EVIL + kind) / f"{n}{EVIL}.png") for kind in "ab" for n in range(2)]
    assert text.replace("\r\n", "\n") == result.stdout  # The runner replaces them.


@pytest.fixture
def networks_of_classes(fake_network, monkeypatch):
    """Let the fake network predict ImageNet's classes."""

    def engine(*settings):
        def forward(images):
            rows = np.full((len(images), 1000), 1e-4, np.float32)
            rows[:, 7] = 0.9
            return rows

        forward.title = "Fake"
        return forward

    from orangecontrib.transferlearning.backbones.network import Network
    from orangecontrib.transferlearning.engines import opening

    def build(backbone, **settings):
        return Network(None, (6, 8), backbone.classes_layer, ("red",), (1000,), "0" * 64, backbone.name)

    monkeypatch.setattr(opening, "build_network", build)
    monkeypatch.setattr(opening, "open_engine", engine)


def test_train_network_and_classify(features, run, hostile, tmp_path, networks_of_classes):
    check(run("train", features, "model.pkcls", "--folds", 2), f"{SHOWN}"[:20])
    check(run("train", features, f"model{EVIL}.pkcls", "--folds", 13), in_error(f"{EVIL}a (12), {EVIL}b (12)"), code=2)
    check(run("classify", "model.pkcls", hostile), "Error: ", code=2)
    check(run("classify", f"none{EVIL}.pkcls", hostile), in_error(f"none{EVIL}.pkcls"), code=2)


def test_network(features, run):
    check(run("network", features, "small.pkcls", "--epochs", 2), SHOWN[:20])
    check(
        run("network", features, "small.pkcls", "--images", f"none{EVIL}", "--overwrite"),
        in_error(f"none{EVIL}"),
        code=2,
    )


def test_finetune_maps_demo_and_cache(run, hostile, tmp_path, monkeypatch):
    check(run("finetune", hostile, f"tuned{EVIL}.h5"), code=2)
    check(run("finetune", hostile, "t.keras", "--validate", f"none{EVIL}"), in_error(f"none{EVIL}"), code=2)
    check(run("maps", hostile / (EVIL + "a") / f"bad{EVIL}.png"), in_error(f"bad{EVIL}.png"), code=2)
    check(run("demo", tmp_path / f"none{EVIL}" / "demo"), in_error(f"none{EVIL}"), code=2)
    monkeypatch.setattr("orangecontrib.transferlearning.cache_folder.cache_folder", lambda: tmp_path / f"cache{EVIL}")
    check(run("cache"), f"cache{SHOWN}")
    check(run("backbones"), "SqueezeNet")


def test_compare(fake_network, run, hostile):
    words = ("--backbone", "SqueezeNet", "--folds", 2)
    check(run("compare", hostile, f"out{EVIL}.csv", *words), f"skipped: {SHOWN}a/bad{SHOWN}.png: ", f"out{SHOWN}.csv")
    check(run("compare", hostile, *words, "--group", EVIL), SHOWN, code=2)
    check(run("compare", hostile, "--backbone", EVIL), "Error: ", code=2)


def test_pack_and_unpack(run, hostile, tmp_path):
    pytest.importorskip("openvino")
    words = ("--backbone", "SqueezeNet", "--weights", "none", "--image-size", 48)
    check(run("pack", f"out{EVIL}.zip", *words), f"out{SHOWN}.zip")
    check(run("pack", "out.zip", *words, "--images", hostile), f"{SHOWN}.png", code=2)
    check(run("pack", "out.zip", *words, "--workflow", f"none{EVIL}.ows"), in_error(f"none{EVIL}.ows"), code=2)
    check(run("unpack", f"none{EVIL}.zip"), in_error(f"none{EVIL}.zip"), code=2)
    (tmp_path / f"bad{EVIL}.zip").write_bytes(b"PK")
    check(run("unpack", f"bad{EVIL}.zip"), in_error(f"bad{EVIL}.zip"), code=2)


def test_every_command_is_tried_here():
    tried = {
        "embed", "predict", "train", "network", "classify", "finetune", "maps", "demo", "cache", "backbones", "compare",
        "pack", "unpack",
    }  # fmt: skip
    assert tried == cli.main.commands.keys()


@pytest.fixture(scope="module")
def trained():
    rows = np.random.default_rng(0).normal(size=(24, 4)).astype(np.float32)
    rows[12:] += 9
    return train(rows, [f"x{EVIL}$_$"] * 12 + [f"y{EVIL}"] * 12, n_folds=2, grid=(1,))


def test_report_has_a_line_for_each_class(trained):
    lines = report_test(trained)
    for line in lines:
        assert_one_line(line)
    assert [line.split()[0][:6] for line in lines if line.lstrip().startswith(("x", "y"))] == [r"x\x1b[", r"y\x1b["]


def test_chart_shows_names_that_are_no_formulas_and_no_lines(trained):
    axes = draw_confusion(trained).axes[0]
    names = [label.get_text() for label in axes.get_xticklabels()]
    assert names == [visible(f"{each}{EVIL}")[:29] + "…" for each in "xy"]
    for text in (*names, axes.get_title()):
        assert_one_line(text)


@pytest.mark.parametrize("words", [("-m", "ruff", "check", "--select", "TID251,T20", "--stdin-filename")])
@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("commands/new.py", "import click\nclick.echo(1)\n"),
        ("commands/new.py", "print(1)\n"),
        ("commands/new.py", "import sys\nsys.stdout.write('a')\n"),
        ("commands/new.py", "import sys\nprint(1, file=sys.stderr)\n"),
        ("widgets/controls/new.py", "from AnyQt.QtWidgets import QLabel\n"),
    ],
)
def test_ruff_finds_output_that_bypasses_the_one_way(words, module, code):
    pytest.importorskip("ruff")
    path = f"orangecontrib/transferlearning/{module}"
    done = subprocess.run([sys.executable, *words, path, "-"], input=code, text=True, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "TID251" in done.stdout or "T201" in done.stdout
