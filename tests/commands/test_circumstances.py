"""The command in bad circumstances: Ctrl-C while modules load, little memory, no standard output, no current folder."""

import os
import signal
import subprocess
import sys
import time

import pytest

from ..samples import hear_interrupts

CODE = "from orangecontrib.transferlearning import __main__; print('on', flush=True); __main__.main()"


def thorough(*values):
    return pytest.param(*values, marks=pytest.mark.thorough)


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals, limits and shells of Unix")


def start(*words, **settings):
    """Start the command, and return its process once it listens to Ctrl-C."""
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "preexec_fn": hear_interrupts} | settings
    process = subprocess.Popen([sys.executable, "-c", CODE, *map(str, words)], text=True, **settings)
    if settings["stdout"] == subprocess.PIPE:
        assert process.stdout.readline() == "on\n"
    return process


def shell(line, folder, **environment):
    """Run a line of a shell in which $run is the command."""
    run = f"{sys.executable} -m orangecontrib.transferlearning"
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=os.environ | {"run": run} | environment, timeout=120,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def run_code(code):
    """Run Python code in a process that Ctrl-C reaches."""
    process = [sys.executable, "-c", code]
    return subprocess.run(process, capture_output=True, text=True, timeout=60, preexec_fn=hear_interrupts)


def check_end(process, codes=(130,)):
    _, errors = process.communicate(timeout=120)
    assert process.returncode in codes, errors
    assert "Traceback" not in errors and "Exception ignored" not in errors, errors
    return [line for line in errors.splitlines() if line and not line.startswith("Loading ")]


@pytest.mark.parametrize(
    ("delay", "number"),
    [
        (0, signal.SIGINT),
        (0.3, signal.SIGINT),
        (0.1, signal.SIGTERM),
        *(thorough(delay, signal.SIGINT) for delay in (0.05, 0.5, 1, 1.5)),
    ],
)
def test_interruption_while_modules_load_is_one_line(delay, number, photos):
    process = start("predict", photos, "--top", 1)
    time.sleep(delay)
    process.send_signal(number)
    lines = check_end(process, (130,) if delay < 1 else (130, 0))
    if process.returncode == 130:
        assert lines[-1] == "Stopped."


@pytest.mark.thorough
@pytest.mark.parametrize("words", [("backbones",), ("cache",), ("predict", "{photos}"), ("embed", "{photos}", "o.h5")])
def test_interruption_at_any_moment_is_no_traceback(words, photos, tmp_path):
    for number in range(25):
        process = start(*(word.format(photos=photos) for word in words), cwd=tmp_path)
        time.sleep(0.06 * number)
        process.send_signal(signal.SIGINT)
        check_end(process, (130, 0, 2))  # The output of an earlier run is there.


def test_interruption_that_an_object_drops_is_raised_again():
    code = """
import signal, time
from orangecontrib.transferlearning.commands import interruption
interruption.raise_when_interrupted()
class Dropping:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
try:
    Dropping()
    time.sleep(20)
except KeyboardInterrupt:
    print(interruption.is_interrupted())
"""
    done = run_code(code)
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.parametrize("bar", ["progress('Embedding', 9, 'image') as callback", "epoch_progress(9) as (callback, _)"])
def test_interruption_that_a_library_drops_is_raised_with_the_next_progress(bar):
    # As OpenVINO does, once in twenty times.
    code = f"""
import signal
from orangecontrib.transferlearning.commands import interruption
from orangecontrib.transferlearning.commands.terminal import epoch_progress, progress
interruption.raise_when_interrupted()
with {bar}:
    callback(0.1)
    try:
        signal.raise_signal(signal.SIGTERM)
    except KeyboardInterrupt:
        print("dropped")
    try:
        callback(0.2)
    except KeyboardInterrupt:
        print("raised")
"""
    assert run_code(code).stdout == "dropped\nraised\n"


def test_module_that_reports_an_interruption_as_its_own_error_is_one_line(tmp_path):
    (tmp_path / "half.py").write_text(
        "import signal\ntry:\n    signal.raise_signal(signal.SIGINT)\n"
        "except KeyboardInterrupt as error:\n    raise ImportError('half loaded') from error\n"
    )
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from orangecontrib.transferlearning import __main__
from orangecontrib.transferlearning.commands import cli
cli.backbones.callback = lambda: __import__("half")
sys.argv[1:] = ["backbones"]
__main__.main()
"""
    done = run_code(code)
    assert (done.returncode, done.stderr) == (130, "\nStopped.\n")


@pytest.mark.parametrize("kilobytes", [100_000, 600_000, *map(thorough, (200_000, 400_000, 780_000))])
def test_little_memory_is_one_line(kilobytes, photos):
    done = shell(f"ulimit -v {kilobytes}; $run predict photos", photos.parent)
    assert done.returncode == 2
    assert done.stderr == (
        f"Error: This process may use {kilobytes * 1024 // 1000**2} MB of address space (ulimit -v), and needs 800 MB "
        "at least.\n"
    )


@pytest.mark.parametrize(
    "command",
    [
        "maps photos/a/1.png",
        pytest.param("embed photos o.csv --engine tensorflow", marks=pytest.mark.thorough),
        pytest.param("finetune photos o.keras", marks=pytest.mark.thorough),
        pytest.param("predict photos/a/1.png --engine tensorflow", marks=pytest.mark.thorough),
    ],
)
def test_little_memory_for_tensorflow_is_one_line(photos, command):
    done = shell(f"ulimit -v 2000000; $run {command}", photos.parent)
    assert done.returncode == 2
    assert done.stderr.endswith(
        "Error: This process may use 2048 MB of address space (ulimit -v), and needs 3000 MB at least.\n"
    )


def test_module_without_memory_is_one_line(tmp_path):
    code = """
import sys
from orangecontrib.transferlearning import __main__
from orangecontrib.transferlearning.commands import cli
def fail():
    raise ImportError("libopenblas.so: failed to map segment from shared object")
cli.backbones.callback = fail
sys.argv[1:] = ["backbones"]
__main__.main()
"""
    done = run_code(code)
    assert done.returncode == 2
    assert done.stderr == "Error: Out of memory: libopenblas.so: failed to map segment from shared object.\n"


def test_output_that_nobody_reads_is_no_traceback(photos):
    done = shell("$run backbones | head -1; exit ${PIPESTATUS[0]}", photos.parent)
    assert done.returncode in (0, 1)
    assert done.stdout.startswith("preset  ")
    assert done.stderr == ""


@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", *map(thorough, ("<&-", ">&-", "2>&-"))])
def test_closed_streams_are_no_traceback(closed, photos):
    done = shell(f"$run predict photos/a --top 1 --out p.csv {closed}", photos.parent)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (photos.parent / "p.csv").read_text().startswith("image,rank,")


def test_predictions_to_a_closed_output_are_no_traceback(photos):
    done = shell("$run predict photos/a --top 1 >&-", photos.parent)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "encoding", [{"PYTHONIOENCODING": "ascii"}, *map(thorough, ({"LC_ALL": "C"}, {"LC_ALL": "POSIX"}))]
)
def test_names_reach_an_output_of_another_encoding(encoding, photos):
    (photos / "a" / "1.png").rename(photos / "a" / "žaba 漢.png")
    done = shell("$run predict photos/a --top 1 --format json", photos.parent, **encoding)
    assert done.returncode == 0, done.stderr
    assert "žaba 漢.png" in done.stdout


def test_current_folder_that_is_gone_is_one_line(photos):
    done = shell(f"mkdir gone; cd gone; rmdir ../gone; $run predict {photos}", photos.parent)
    assert done.returncode == 2
    assert done.stderr == "Error: The current folder does not exist any more: change to another one.\n"


@pytest.mark.parametrize(
    "home", ["HOME=/proc/none", *map(thorough, ("env -u HOME", "HOME=/nowhere XDG_CACHE_HOME=/proc/none"))]
)
def test_home_folder_is_not_needed(home, photos):
    done = shell(f"{home} $run predict photos/a --top 1", photos.parent)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == 5
