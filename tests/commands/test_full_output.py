"""Standard output that takes nothing: commands end with one sentence, or silently, and not as if all were well."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from orangecontrib.transferlearning.commands import cli

FULL = f"Error: Cannot write the output: {os.strerror(errno.ENOSPC)}.\n"
COMMANDS = [
    "backbones", "cache", "classify", "compare", "demo", "embed", "finetune", "maps", "network", "pack", "predict",
    "train", "unpack",
]  # fmt: skip


class FullDisk(io.StringIO):
    """A file on a full disk."""

    def write(self, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_these_are_all_commands():
    assert sorted(cli.main.commands) == COMMANDS


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS), ["backbones"], ["cache"],
     ["embed", "a.png", "a.h5", "--no-cache"], *(["predict", "a.png", "--no-cache", "--format", form]
     for form in ("text", "json", "csv"))],
)  # fmt: skip
def test_full_disk_is_told_in_one_sentence(arguments, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (9, 9)).save("a.png")
    monkeypatch.setattr(sys, "stdout", FullDisk())
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments, prog_name="orange-transfer")
    assert stopped.value.code == 2
    errors = capsys.readouterr().err
    assert errors.endswith(FULL)
    assert "Traceback" not in errors
    assert "Errno" not in errors


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_process_says_the_same_and_a_closed_pipe_ends_it_silently():
    command = [sys.executable, "-m", "orangecontrib.transferlearning", "backbones"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (2, FULL)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (1, "")
