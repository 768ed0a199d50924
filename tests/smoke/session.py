"""Where the steps work, and how they run what was installed."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from PIL import Image, ImageDraw

KINDS = ("crosses", "discs", "stripes")
N_LEARNED, N_NEW = 8, 2
"""Images of a kind, in the folders that README names: flowers, and new."""

TIME_TO_END = 10
"""Seconds in which all that a program has started ends after it."""

OF_OTHERS = {".config", ".data", ".cache", ".keras"}
"""What Orange, Qt, matplotlib and Keras make in a home folder."""


@dataclass(frozen=True)
class Finished:
    """What a program has left: its exit code, standard output and standard error."""

    code: int
    out: str
    error: str

    @property
    def last_line(self) -> str:
        """The last line that the program wrote to standard error."""
        return (self.error.strip().splitlines() or [""])[-1]


class Session:
    """A folder with images, and the ways to run the command and scripts in it.

    Parameters
    ----------
    folder : Path
        An empty one.
    missing : frozenset of {"tensorflow", "openvino", "qt"}
        What is not installed.
    has_pages : bool
        The help pages are to be installed.
    """

    def __init__(self, folder: Path, missing: frozenset[str], has_pages: bool) -> None:
        self.folder = folder
        self.missing = missing
        self.has_pages = has_pages
        self.home = folder / "home"
        self.home.mkdir()
        draw_images(folder)

    def command(self, words: str, code: int = 0, limit: int = 300) -> Finished:
        """Run ``orange-transfer``, of which a certain exit code is expected."""
        scripts = str(Path(sys.executable).parent)
        program = shutil.which("orange-transfer", path=scripts)
        assert program, f"there is no orange-transfer in {scripts}"
        return self.run([program, *words.split()], code, limit)

    def run(self, program: Sequence[str], code: int = 0, limit: int = 300) -> Finished:
        """Run a program in the folder, with a home of its own, for so many seconds at most."""
        notes = self.folder / "out.txt", self.folder / "error.txt"
        with notes[0].open("wb") as out, notes[1].open("wb") as error:
            # A group of its own, in files: whatever it has started ends with it, and nothing waits for a pipe.
            process = subprocess.Popen(
                program,
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=error,
                start_new_session=True,
            )
            try:
                ended = process.wait(limit)
            except subprocess.TimeoutExpired:
                ended = None
                _end_with_all_it_started(process)
        done = Finished(ended, *(path.read_text(encoding="utf-8", errors="replace") for path in notes))
        assert ended is not None, f"not finished in {limit} s: {program}\n{done.out[-2000:]}\n{done.error[-2000:]}"
        assert ended == code, f"exit code {ended}, not {code}: {program}\n{done.out[-2000:]}\n{done.error[-4000:]}"
        assert "Traceback" not in done.out + done.error, f"{program}\n{done.out}\n{done.error}"
        self._check_leftovers(process.pid)
        return done

    def needs_tensorflow(self, words: str, limit: int = 300) -> Finished | None:
        """Run a command that needs TensorFlow; where it is missing, one line says so, and None is returned."""
        if "tensorflow" not in self.missing:
            return self.command(words, limit=limit)
        done = self.command(words, code=2, limit=limit)
        assert done.last_line.startswith("Error: "), done.error
        assert "TensorFlow" in done.last_line, done.error
        assert "install" in done.last_line, done.error
        return None

    def _environment(self) -> dict[str, str]:
        own = dict.fromkeys(("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA"), str(self.home))
        own |= {f"XDG_{kind.upper()}_HOME": str(self.home / f".{kind}") for kind in ("config", "data", "cache")}
        root = {"QTWEBENGINE_DISABLE_SANDBOX": "1"} if hasattr(os, "getuid") and os.getuid() == 0 else {}
        return os.environ | root | own | {"PYTHONIOENCODING": "utf-8", "PYTHONFAULTHANDLER": "1"}

    def _check_leftovers(self, started: int) -> None:
        """Look whether a program has left processes of its session, or folders in the home folder."""
        if sys.platform != "linux":
            return
        end = time.monotonic() + TIME_TO_END
        while (left := _processes_of(started)) and time.monotonic() < end:
            time.sleep(0.1)
        assert not left, f"still running {TIME_TO_END} s later: {left}"
        folders = {path.name for path in self.home.iterdir()} - OF_OTHERS
        assert not folders, f"left in the home folder: {folders}"


def _processes_of(session: int) -> list[str]:
    """Name the processes of a session, by the number of the process that began it."""
    left = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                left.append(" ".join(process.cmdline())[:200])
        except (psutil.Error, OSError):  # It has just ended, or isn't ours.
            continue
    return left


def _end_with_all_it_started(process: subprocess.Popen) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    process.wait()


def draw_images(folder: Path) -> None:
    """Write small images of three kinds, in a folder a kind; and a single one."""
    for kind in KINDS:
        for number in range(N_LEARNED + N_NEW):
            path = folder / ("flowers" if number < N_LEARNED else "new") / kind / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            draw(kind, number).save(path)
    draw("discs", 99).save(folder / "tulip.jpg")


def draw(kind: str, number: int) -> Image.Image:
    """Draw an image; its kind and number say how it looks."""
    chance = random.Random(f"{kind} {number}")
    paper, ink = (tuple(chance.randint(*span) for _ in range(3)) for span in ((170, 255), (0, 140)))
    image = Image.new("RGB", (96, 96), paper)
    pen = ImageDraw.Draw(image)
    left, top, side = chance.randint(5, 25), chance.randint(5, 25), chance.randint(35, 60)
    right, bottom = left + side, top + side
    if kind == "discs":
        pen.ellipse((left, top, right, bottom), fill=ink)
    elif kind == "crosses":
        pen.line((left, top, right, bottom), fill=ink, width=9)
        pen.line((left, bottom, right, top), fill=ink, width=9)
    else:
        for row in range(top % 12, 96, 12):
            pen.rectangle((0, row, 96, row + 5), fill=ink)
    return image
