"""Temporary folders: those of processes that ended go, those of others stay."""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orangecontrib.transferlearning import temporary_folders
from orangecontrib.transferlearning.temporary_folders import MAX_SECONDS, temporary_folder

MAKE = """
import sys, time
from pathlib import Path
from orangecontrib.transferlearning.temporary_folders import temporary_folder
folder = temporary_folder("mine-", Path(sys.argv[1]))
Path(folder.name, "file").touch()
print(folder.name, flush=True)
time.sleep(60)
"""


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_folder_of_a_killed_process_is_removed_by_the_next_one_and_that_of_a_living_one_stays(tmp_path):
    living = subprocess.Popen([sys.executable, "-c", MAKE, tmp_path], stdout=subprocess.PIPE, text=True)
    killed = subprocess.Popen([sys.executable, "-c", MAKE, tmp_path], stdout=subprocess.PIPE, text=True)
    made = [Path(each.stdout.readline().strip()) for each in (living, killed)]
    killed.kill()
    killed.wait()
    with temporary_folder("mine-", tmp_path) as mine:
        assert sorted(names(tmp_path)) == sorted([made[0].name, Path(mine).name])
        assert (made[0] / "file").exists()
    living.kill()
    living.wait()
    with temporary_folder("mine-", tmp_path) as mine:
        assert names(tmp_path) == [Path(mine).name]
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "name, age, stays",
    [
        # A process of this number ended long ago. An id with the number would differ between processes of tests.
        pytest.param(f"mine-{platform.node()}-{os.getpid()}-100000000-abcd_123", 0, False, id="number of a process"),
        ("mine-elsewhere-1-1790000000-abcd_123", MAX_SECONDS + 60, False),
        ("mine-elsewhere-1-1790000000-abcd_123", 60, True),
        ("mine-photos", MAX_SECONDS + 60, True),
        ("mine-photos-of-2024-11-27", MAX_SECONDS + 60, True),
        ("yours-elsewhere-1-1790000000-abcd_123", MAX_SECONDS + 60, True),
    ],
)
def test_only_folders_that_nobody_uses_are_removed(tmp_path, name, age, stays):
    (tmp_path / name).mkdir()
    os.utime(tmp_path / name, (time.time() - age,) * 2)
    with temporary_folder("mine-", tmp_path):
        assert (tmp_path / name).exists() == stays


def test_folder_is_in_that_of_temporary_files_by_default(tmp_path, monkeypatch):
    monkeypatch.setattr(temporary_folders.tempfile, "tempdir", str(tmp_path))
    with temporary_folder("mine-") as mine:
        assert Path(mine).parent == tmp_path
