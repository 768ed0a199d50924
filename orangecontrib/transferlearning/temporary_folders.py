"""Make temporary folders that are removed even if their process is killed: by the next one that makes a folder."""

import os
import platform
import re
import shutil
import tempfile
import time
from glob import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

MAX_SECONDS = 24 * 60 * 60
"""Seconds after which a folder of another computer is removed, as no work with one takes that long."""

_MARK = re.compile(r"(?P<computer>.*)-(?P<pid>\d+)-(?P<start>\d{9,})-\w{8}", re.ASCII)


def temporary_folder(prefix: str, parent: Path | None = None) -> TemporaryDirectory:
    """Make a temporary folder, and remove those with the same prefix that ended processes have left.

    Parameters
    ----------
    prefix : str
        Beginning of the name; it is followed by the computer and the process.
    parent : Path, optional
        The folder to make it in, by default that of temporary files.

    Raises
    ------
    OSError
        The folder cannot be made.
    """
    parent = parent or Path(tempfile.gettempdir())
    for folder in parent.glob(f"{escape(prefix)}*"):
        if not _may_be_in_use(folder, prefix):
            shutil.rmtree(folder, ignore_errors=True)
    mark = f"{prefix}{platform.node()}-{os.getpid()}-{_start(os.getpid())}-"
    return TemporaryDirectory(dir=parent, prefix=mark, ignore_cleanup_errors=True)


def _may_be_in_use(folder: Path, prefix: str) -> bool:
    mark = _MARK.fullmatch(folder.name.removeprefix(prefix))
    if not mark:
        return True
    if mark["computer"] == platform.node():
        pid = int(mark["pid"])
        # Another process may have got the number since.
        return psutil.pid_exists(pid) and abs(_start(pid) - int(mark["start"])) <= 1
    try:
        return folder.stat().st_mtime > time.time() - MAX_SECONDS
    except OSError:
        return True


def _start(pid: int) -> int:
    """Return the time when a process started, in seconds since 1970; 0 if it has ended."""
    try:
        return round(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return 0
    except psutil.AccessDenied:
        return round(time.time())
