"""Killed runs are resumed to the same bytes: with the real command and a real network."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner

from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.features.opening import read_features

from ..samples import hear_interrupts

N = 1000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with images that all differ, and the features of a run that nothing stopped."""
    path = tmp_path_factory.mktemp("killed")
    np.save(path / "d.npy", np.random.default_rng(0).integers(0, 256, (N, 16, 16, 3), np.uint8))
    np.save(path / "l.npy", np.arange(N) % 7)
    assert run(path, "whole.h5").returncode == 0
    return path


def command(out, *options):
    return [
        sys.executable, "-m", "orangecontrib.transferlearning", "embed", "d.npy", out, "--labels", "l.npy",
        "--no-cache", "--image-size", "64", "--batch-size", "16", "--buffer-size", "100", *options,
    ]  # fmt: skip


def run(folder, out, *options):
    return subprocess.run(command(out, *options), cwd=folder, capture_output=True, text=True)


def stop(folder, out, journal, number):
    """Start a run, send it a signal as soon as rows are safe, and return its exit code and standard error."""
    process = subprocess.Popen(command(out), cwd=folder, stderr=subprocess.PIPE, preexec_fn=hear_interrupts)
    rows = folder / journal / "rows.jsonl"
    deadline = time.monotonic() + 300
    while not (rows.exists() and rows.read_bytes().count(b"\n") > 1) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors.decode()


@pytest.mark.thorough
@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_killed_hdf5_is_refused_then_resumed_to_the_same_bytes(folder):
    assert stop(folder, "f.h5", ".f.h5.part", signal.SIGKILL)[0] == -signal.SIGKILL
    assert not (folder / "f.h5").exists()
    refused = run(folder, "f.h5")
    assert refused.returncode == 2
    assert "images: say --resume to go on, or --overwrite to begin again.\n" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    resumed = run(folder, "f.h5", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert " kept from before, 832 features each" in resumed.stdout
    assert (folder / "f.h5").read_bytes() == (folder / "whole.h5").read_bytes()
    assert not (folder / ".f.h5.part").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_killed_folder_of_arrays_is_resumed_to_the_same_bytes(folder):
    assert stop(folder, "f/", "f/.part", signal.SIGKILL)[0] == -signal.SIGKILL
    times = {path.name: path.stat().st_mtime_ns for path in (folder / "f" / ".part" / "arrays").glob("*.npy")}
    resumed = run(folder, "f/", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    whole = read_features(folder / "whole.h5")
    found = np.stack([np.load(folder / "f" / f"{key}.npy") for key in whole.keys])
    assert found.tobytes() == whole.features.tobytes()
    assert {path.name for path in (folder / "f").iterdir()} == {
        "index.csv", "features.json", *(f"{i}.npy" for i in range(N)),
    }  # fmt: skip
    assert sum((folder / "f" / name).stat().st_mtime_ns == then for name, then in times.items()) >= 200


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_interrupted_run_says_how_to_resume(folder):
    code, errors = stop(folder, "i.h5", ".i.h5.part", signal.SIGINT)
    assert code == 130
    assert "Traceback" not in errors
    words = errors.splitlines()[-1]
    assert words.startswith("Stopped; ") and words.endswith(" images are done and kept: say --resume to go on.")
    assert int(words.split()[1]) >= 200


def test_run_with_other_settings_is_refused_by_the_setting(fake_network, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("orangecontrib.transferlearning.features.single_file_sinks.write_hdf5", lambda *a: 1 / 0)
        assert isinstance(CliRunner().invoke(cli.main, ["embed", "photos", "f.h5"]).exception, ZeroDivisionError)
    refused = CliRunner().invoke(cli.main, ["embed", "photos", "f.h5", "--resume", "--interpolation", "lanczos"])
    assert refused.exit_code == 2
    assert "with interpolation=bilinear, and this run has interpolation=lanczos." in refused.stderr


def test_finished_work_is_only_put_into_the_file(fake_network, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("orangecontrib.transferlearning.features.single_file_sinks.write_hdf5", lambda *a: 1 / 0)
        CliRunner().invoke(cli.main, ["embed", "photos", "f.h5"])
    n_computed = sum(fake_network.engine.calls)
    result = CliRunner().invoke(cli.main, ["embed", "photos", "f.h5", "--resume", "--no-cache", "--skipped", "bad.csv"])
    assert result.exit_code == 0, result.output
    assert sum(fake_network.engine.calls) == n_computed
    assert "4 kept from before" in result.stdout
    assert "skipped: b/2.png: " in result.stderr
    assert (tmp_path / "bad.csv").read_text().startswith("key,reason\nb/2.png,")
    assert read_features("f.h5").keys == ["a/1.png", "a/2.png", "b/1.png", "b/3.png"]


@pytest.mark.parametrize("out", ["f.h5", "f.npz", "f.parquet", "f/"])
def test_repeated_run_says_in_a_line_that_nothing_is_left(fake_network, photos, tmp_path, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    asked = ["embed", "photos", out, "--resume", "--no-cache", "--skipped", "bad.csv"]
    assert CliRunner().invoke(cli.main, asked).exit_code == 0
    n_computed = sum(fake_network.engine.calls)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = CliRunner().invoke(cli.main, asked)
    assert again.exit_code == 0, again.output
    name = out.strip("/")
    assert again.stdout == f"{name}\n"
    first, *others, last = again.stderr.splitlines()
    loading = "Loading SqueezeNet 1.1 + EfficientNet-Lite0 ..."
    assert (first, last) == (loading, f"{name} is complete already: 4 images, nothing left to do")
    assert any(line.startswith("skipped: b/2.png: ") for line in others)
    assert sum(fake_network.engine.calls) == n_computed
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_whole_output_is_refused_where_this_run_would_give_another(fake_network, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = ["embed", "photos", "f.h5", "--resume", "--no-cache"]
    assert CliRunner().invoke(cli.main, asked).exit_code == 0
    before = (tmp_path / "f.h5").read_bytes()
    other = CliRunner().invoke(cli.main, [*asked, "--interpolation", "lanczos"])
    assert other.exit_code == 2
    assert "f.h5 was made with interpolation=bilinear, and this run has interpolation=lanczos." in other.stderr
    (photos / "a" / "3.png").write_bytes((photos / "a" / "1.png").read_bytes())
    grown = CliRunner().invoke(cli.main, asked)
    assert grown.exit_code == 2
    assert (
        "f.h5 is whole without a/3.png, which can be read now: choose another name, or say --overwrite" in grown.stderr
    )
    assert (tmp_path / "f.h5").read_bytes() == before
    assert CliRunner().invoke(cli.main, [*asked, "--overwrite"]).exit_code == 0
    assert len(read_features("f.h5")) == 5
