"""The options of a source, through the command."""

import csv

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from orangecontrib.transferlearning.commands import cli

from ..conftest import solid
from ..samples import fill

pytestmark = pytest.mark.usefixtures("fake_network")

CAMERAS = ("left", "center", "right")

EMBED = ("embed", "--backbone", "SqueezeNet")


@pytest.fixture
def drive(tmp_path, monkeypatch):
    """Logs of three moments with an image a row and with three; that of camera i at moment j is 10 i + j gray."""
    monkeypatch.chdir(tmp_path)
    for i, camera in enumerate(CAMERAS):
        (tmp_path / camera).mkdir()
        for j in range(3):
            Image.fromarray(solid(10 * i + j)).save(tmp_path / camera / f"{j}.png")
    lines = ["timestamp,frame_id,filename,angle,speed"]
    lines += [f"{j},{camera}_camera,{camera}/{j}.png,{j / 10 - 0.1},{5 + j}" for j in range(3) for camera in CAMERAS]
    (tmp_path / "log.csv").write_text("\n".join(lines))
    lines = ["left,center,right,angle,speed"]
    lines += [f"left/{j}.png,center/{j}.png,right/{j}.png,{j / 10 - 0.1},{5 + j}" for j in range(3)]
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


def embedded(*arguments):
    """Embed into a CSV file; gives its rows by the names of columns."""
    result = run(*EMBED, *arguments, "out.csv", "--overwrite", "--keys")
    assert result.exit_code == 0, result.output
    with open("out.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_of_a_log_are_chosen_with_their_targets(drive):
    options = ["--image-column", "filename", "--target-column", "angle", "--where", "frame_id=center_camera"]
    rows = embedded("log.csv", *options)
    assert [row["key"] for row in rows] == ["center/0.png", "center/1.png", "center/2.png"]
    assert [row["n0"] for row in rows] == ["10.0", "11.0", "12.0"]
    assert [float(row["angle"]) for row in rows] == [-0.1, 0.0, 0.1]
    rows = embedded("log.csv", *options, "--where", "speed=6.0")
    assert [row["key"] for row in rows] == ["center/1.png"]
    rows = embedded("log.csv", *options, "--start-row", 2, "--limit", 1)
    assert [row["key"] for row in rows] == ["center/1.png"]


def test_images_of_several_cameras_become_one_row(drive):
    options = [option for camera in CAMERAS for option in ("--image-column", camera)]
    rows = embedded("rows.csv", *options, "--target-column", "angle", "--start-row", 2)
    assert [row["key"] for row in rows] == ["left/1.png", "left/2.png"]
    assert [name for name in rows[0] if name.endswith("n0")] == ["left n0", "center n0", "right n0"]
    assert list(rows[0].values())[-12:] == ["1.0"] * 4 + ["11.0"] * 4 + ["21.0"] * 4
    assert float(rows[0]["angle"]) == 0
    assert (rows[0]["left"], rows[0]["center"], rows[0]["speed"]) == ("left/1.png", "center/1.png", "6")


def test_rows_that_were_interrupted_are_resumed_to_the_same_file(drive, fake_network, monkeypatch):
    options = [option for camera in CAMERAS for option in ("--image-column", camera)]
    options += ["--target-column", "angle", "--batch-size", 2, "--buffer-size", 1, "--no-cache"]
    assert run(*EMBED, "rows.csv", "whole.h5", *options).exit_code == 0

    compute = type(fake_network.engine).__call__

    def interrupted(engine, images):
        if images.max() == 22:  # right/2.png
            raise KeyboardInterrupt
        return compute(engine, images)

    with monkeypatch.context() as patch:
        patch.setattr(type(fake_network.engine), "__call__", interrupted)
        result = run(*EMBED, "rows.csv", "part.h5", *options)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        130, "Stopped; 2 images are done and kept: say --resume to go on.",
    )  # fmt: skip
    result = run(*EMBED, "rows.csv", "part.h5", *options, "--resume")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("1 row of 3 images in ")
    with h5py.File("whole.h5") as whole, h5py.File("part.h5") as part:
        assert part["features"][:].tobytes() == whole["features"][:].tobytes()
        assert part["labels"][:].tolist() == whole["labels"][:].tolist() == [-0.1, 0.0, 0.1]
        assert part["keys"][:].tolist() == whole["keys"][:].tolist()


def test_array_files_of_rows_mirror_the_folders_of_their_images(drive):
    options = [option for camera in CAMERAS for option in ("--image-column", camera)]
    result = run(*EMBED, "rows.csv", "maps/", *options, "--target-column", "angle", "--limit", 2)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("6 images in ")
    np.testing.assert_array_equal(np.load("maps/right/1.npy"), [21] * 4)
    with open("maps/index.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [f"{camera}/{j}.npy" for j in range(2) for camera in CAMERAS]
    assert rows[4] == {
        "key": "center/1.png", "file": "center/1.npy", "angle": "0.0", "left": "left/1.png", "center": "center/1.png",
        "right": "right/1.png", "speed": "6",
    }  # fmt: skip


def test_command_tells_rows_and_what_is_wrong_with_one(drive):
    (drive / "center" / "1.png").unlink()
    options = [option for camera in CAMERAS for option in ("--image-column", camera)]
    result = run(*EMBED, "rows.csv", "out", *options)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("2 rows of 3 images in ")
    assert "skipped: left/1.png: center: center/1.png: no such file\n" in result.stderr
    np.testing.assert_array_equal(np.load("out_data.npy")[:, ::4], [[0, 10, 20], [2, 12, 22]])


def test_parts_of_folders_and_arrays_are_taken(drive):
    assert [row["key"] for row in embedded("left", "--start-row", 3)] == ["2.png"]
    np.save("d.npy", np.stack([solid(gray) for gray in range(5)]))
    assert [row["n0"] for row in embedded("d.npy", "--start-row", 2, "--limit", 2)] == ["1.0", "2.0"]


@pytest.mark.parametrize(
    "options, words",
    [
        (["--where", "frame_id"], "'frame_id' is not a condition; say COLUMN=VALUE."),
        (["--where", "=left"], "is not a condition"),
        (["--where", "speed=1", "--where", "speed=2"], "named by --where twice"),
        (["--where", "frame_id=front"], "found 'left_camera', 'center_camera', 'right_camera'"),
        (["--target-column", "frame_id"], "log.csv, line 2: expected a number in column 'frame_id'"),
        (["--start-row", "10"], "found only 9;"),
        (["--limit", "0"], "0 is not in the range"),
    ],
)
def test_mistakes_in_choosing_are_told_in_one_line(drive, options, words):
    result = run(*EMBED, "log.csv", "out.csv", "--image-column", "filename", *options)
    assert result.exit_code == 2
    assert words in result.stderr.splitlines()[-1]
    assert not (drive / "out.csv").exists()


@pytest.mark.parametrize("command", ["embed", "finetune", "predict", "classify", "maps"])
def test_every_command_that_reads_images_takes_the_option_for_local_addresses(command):
    assert "--local-addresses / --no-local-addresses" in run(command, "--help").output


def test_splits_are_named_for_fine_tuning(drive):
    fill(drive, "data/train/a/1.png", "data/train/b/2.png", "data/val/a/3.png", "net.keras")
    advice = "the splits are not used here; name them instead: SOURCE/train --validate SOURCE/val\n"
    assert advice in run("finetune", "data", "net.keras").stderr
    assert advice not in run("finetune", "data/train", "net.keras", "--validate", "data/val").stderr


def test_local_addresses_are_asked_unless_that_is_switched_off(drive):
    (drive / "urls.csv").write_text("a,http://127.0.0.1:9/a.png\nb,left/0.png\n")
    (drive / "hosts.csv").write_text("image,kind\nhttp://localhost:9/a.png,a\nleft/0.png,b\n")
    refused = "the address is one of this computer or a local network, which is not allowed here"
    result = run(*EMBED, "urls.csv", "out.csv")
    assert "skipped: http://127.0.0.1:9/a.png: the server cannot be reached\n" in result.stderr
    result = run(*EMBED, "urls.csv", "out.csv", "--no-local-addresses", "--overwrite", "--start-row", 1)
    assert f"skipped: http://127.0.0.1:9/a.png: {refused}\n" in result.stderr
    result = run(*EMBED, "hosts.csv", "out.csv", "--no-local-addresses", "--overwrite", "--image-column", "image")
    assert f"skipped: http://localhost:9/a.png: {refused}\n" in result.stderr
    result = run("maps", "http://127.0.0.1:9/a.png", "out.png", "--no-local-addresses")
    assert result.output == f"Error: http://127.0.0.1:9/a.png: {refused}\n"
