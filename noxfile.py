"""Every way to install, tried in an environment of its own: ``nox``, or ``nox -s readme wheel``; ``nox -l`` lists them.

A way is made from a fresh clone of the last commit, and put through `tests/smoke`. Environments share uv's cache.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"

ROOT = Path(__file__).parent
MADE = ROOT / ".nox" / "made"
"""Clones, the distributions, and a JSON file for each way that was tried."""
DIST, WAYS = MADE / "dist", MADE / "ways"

OLDEST = ROOT / ".ci" / "oldest.txt"
PYTHONS = ("3.13", "3.12", "3.11")
"""Those that all dependencies have wheels for, the newest first."""

PLATFORMS = (
    "x86_64-unknown-linux-gnu",
    "aarch64-manylinux_2_35",
    "windows",
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
)
IN_WHEEL = {
    r"help/orange3-transferlearning/index\.html": 1,
    r"help/orange3-transferlearning/widgets/.*\.html": 7,
    r"widgets/icons/.*\.svg": 8,
    r"tutorials/.*\.ows": 7,
    r"tutorials/drawings/.*\.png": 96,
    r"imagenet_classes\.csv": 1,
    r"i18n/.*\.json": 3,
    r"py\.typed": 1,
}
"""Files of the wheel, and how many of each there are at least."""


def newest_python() -> str | None:
    """Name the newest Python that is here; None, nox' own, where none is found."""
    for version in PYTHONS:
        program = shutil.which(f"python{version}")
        if program and subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0:
            return version
    return None


def clone(session: nox.Session, name: str) -> Path:
    """Clone the last commit into a folder that did not exist."""
    folder = MADE / name
    shutil.rmtree(folder, ignore_errors=True)
    if session.run("git", "status", "--porcelain", external=True, silent=True):
        session.warn("What is not committed is not tried.")
    session.run("git", "clone", "-q", "--no-hardlinks", str(ROOT), str(folder), external=True)
    return folder


def readme_command(number: int) -> str:
    """Read a command of README, the first or the second that makes an environment, as this system takes it."""
    start = "py" if sys.platform == "win32" else "python3"
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"(?:^    |`)({start} -m venv .venv && [^\n`]+)", text, re.MULTILINE)[number]


def run_line(session: nox.Session, line: str, folder: Path) -> None:
    """Run a command line word for word in a folder, outside of any environment."""
    outside = dict.fromkeys(("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"))
    with session.chdir(folder):
        shell = ["cmd", "/c", line] if sys.platform == "win32" else ["bash", "-c", line]
        session.run(*shell, external=True, env=outside)


@contextmanager
def way(session: nox.Session, what: str) -> Iterator[None]:
    """Note how a way went, and how long it took, for `matrix`."""
    WAYS.mkdir(parents=True, exist_ok=True)
    notes = WAYS / f"{session.name}.json"
    results(session).unlink(missing_ok=True)
    start, went_well = time.monotonic(), False
    try:
        yield
        went_well = True
    finally:
        noted = {"what": what, "went_well": went_well, "seconds": time.monotonic() - start}
        notes.write_text(json.dumps(noted), encoding="utf-8")


def results(session: nox.Session) -> Path:
    """Name the file of what the smoke script finds."""
    return MADE / f"smoke-{session.name}.json"


def smoke(session: nox.Session, *options: str, python: str = "python") -> None:
    """Put an installation through the smoke script, in another folder than this."""
    words = [python, str(ROOT / "tests" / "smoke" / "run.py"), "--results", str(results(session)), *options]
    with session.chdir(session.create_tmp()):
        session.run(*words, external=python != "python")


def install_wheel(session: nox.Session, extras: str = "[gui]", *more: str) -> None:
    """Install the wheel that `build` has made."""
    (wheel,) = DIST.glob("*.whl")
    session.install(f"Orange3-TransferLearning{extras} @ {wheel.as_uri()}", *more)


def check(session: nox.Session) -> None:
    """Look whether what is installed fits together."""
    session.run("uv", "pip", "check", external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Look for what ruff finds, and for imports against the order of the folders."""
    session.install("ruff", "import-linter")
    session.install("--no-deps", "-e", ".")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation of a fresh clone; a warning is an error."""
    folder = clone(session, "clone")
    session.install(f"{folder}[doc]")
    with session.chdir(folder):
        session.run("sphinx-build", "-W", "-q", "-b", "html", "doc", "doc/_build/html")


@nox.session(requires=["docs"])
def build(session: nox.Session) -> None:
    """Build the source distribution, with the documentation inside, and the wheel from it."""
    session.install("build[uv]", "twine")
    shutil.rmtree(DIST, ignore_errors=True)
    session.run("python", "-m", "build", "--installer", "uv", "--outdir", str(DIST), str(MADE / "clone"))
    session.run("twine", "check", "--strict", *map(str, DIST.iterdir()))
    (wheel,) = DIST.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for pattern, n_least in IN_WHEEL.items():
        n_found = sum(bool(re.search(f"{pattern}$", name)) for name in names)
        if n_found < n_least:
            session.error(f"{wheel.name} has {n_found} of {pattern}, not {n_least}")


@nox.session(venv_backend="none")
def readme(session: nox.Session) -> None:
    """Run README's first command, word for word, in a fresh clone; then its demo without a connection."""
    line = readme_command(0)
    with way(session, line):
        folder = clone(session, "readme")
        start = time.monotonic()
        run_line(session, line, folder)
        session.log(f"README's first command took {time.monotonic() - start:.0f} s")
        scripts = folder / ".venv" / ("Scripts" if sys.platform == "win32" else "bin")
        session.run(str(scripts / "pip"), "check", external=True)
        if shutil.which("unshare"):
            with session.chdir(session.create_tmp()):
                shutil.rmtree("transferlearning-demo", ignore_errors=True)
                home = {"HOME": os.getcwd(), "XDG_CACHE_HOME": os.getcwd()}
                session.run("unshare", "-rn", str(scripts / "orange-transfer"), "demo", external=True, env=home)
        smoke(session, "--all-tutorials", python=str(scripts / "python"))


@nox.session(requires=["build"])
def wheel(session: nox.Session) -> None:
    """Install the wheel elsewhere: help pages, examples and other languages come with it."""
    with way(session, "a wheel built from the source distribution"):
        install_wheel(session)
        check(session)
        smoke(session, "--pages", "--languages")


@nox.session(requires=["build"])
def no_openvino(session: nox.Session) -> None:
    """Try it without OpenVINO: TensorFlow runs networks."""
    with way(session, "the wheel, OpenVINO removed"):
        install_wheel(session)
        session.run("uv", "pip", "uninstall", "-q", "openvino", "openvino-telemetry", external=True)
        smoke(session, "--pages", "--without", "openvino")


@nox.session(requires=["build"])
def no_tensorflow(session: nox.Session) -> None:
    """Try it without TensorFlow, as with Python 3.14."""
    with way(session, "the wheel, TensorFlow removed"):
        install_wheel(session)
        session.run("uv", "pip", "uninstall", "-q", "tensorflow", external=True)
        smoke(session, "--pages", "--without", "tensorflow")


@nox.session(requires=["build"])
def intel_mac(session: nox.Session) -> None:
    """Try the versions of Keras and OpenVINO that Macs with Intel processors get, which have no TensorFlow."""
    with way(session, "the wheel without [gui], no TensorFlow, keras<3.15, openvino<2026"):
        # `no_tensorflow` tries the canvas, which does not load these.
        install_wheel(session, extras="")
        session.run("uv", "pip", "uninstall", "-q", "tensorflow", external=True)
        session.install("keras<3.15", "openvino<2026")
        smoke(session, "--pages", "--without", "tensorflow", "--without", "qt")


@nox.session(requires=["build"])
def no_qt(session: nox.Session) -> None:
    """Try it without Qt, as on a server: the command and scripts."""
    with way(session, "the wheel without [gui]"):
        install_wheel(session, extras="")
        check(session)
        smoke(session, "--pages", "--without", "qt")


@nox.session(requires=["build"], python="3.11")
def oldest(session: nox.Session) -> None:
    """Try the oldest versions that setup.py promises."""
    with way(session, "the wheel with the oldest versions (.ci/oldest.txt)"):
        install_wheel(session, "[gui,parquet]", "--constraint", str(OLDEST))
        check(session)
        smoke(session, "--pages")


@nox.session(requires=["build"], python=newest_python())
def newest(session: nox.Session) -> None:
    """Try the newest versions, with the newest Python that is here, if that is not the one of the other ways."""
    if session.python in (None, f"3.{sys.version_info.minor}"):
        session.skip("the wheel was tried with these versions")
    with way(session, f"the wheel with the newest versions, Python {session.python}"):
        install_wheel(session)
        check(session)
        smoke(session, "--pages")


@nox.session(requires=["build"])
def beside(session: nox.Session) -> None:
    """Try it beside the other add-ons for images."""
    with way(session, "the wheel beside Image Analytics and orange3-imagenets"):
        install_wheel(session, "[gui]", "Orange3-ImageAnalytics", "orange3-imagenets")
        check(session)
        # Commands do not load other add-ons.
        smoke(session, "--pages", "--only-canvas", "--all-tutorials")


@nox.session(venv_backend="none")
def resolution(session: nox.Session) -> None:
    """Look whether it can be installed on other systems, and with Python 3.14."""
    words = [sys.executable, "-m", "uv", "pip", "compile", "-q", "--no-header", "--no-annotate", "setup.py"]
    for python in ("3.11", "3.14"):
        for platform in PLATFORMS:
            found = session.run(
                *words, "--python-version", python, "--python-platform", platform, silent=True, log=False
            )
            shown = re.findall(r"^((?:keras|openvino|orange3|tensorflow)==\S+)", found, re.MULTILINE)
            session.log(f"Python {python}, {platform}: {', '.join(shown)}")
            if not {"keras", "openvino", "orange3"} <= {each.split("==")[0] for each in shown}:
                session.error("something is missing")


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """Run README's second command, word for word, in a fresh clone: the quick tests."""
    run_line(session, readme_command(1), clone(session, "tests"))


@nox.session
def thorough(session: nox.Session) -> None:
    """Run the tests that take many seconds each."""
    session.install("-e", ".[gui,test,doc]")
    screenshots = {"ORANGE_TRANSFER_SCREENSHOTS": str(MADE / "newcomer")}
    session.run("pytest", "-n", "2", "-m", "thorough", *session.posargs, env=screenshots)
    session.run("pytest", "tests/test_help.py", *session.posargs)


@nox.session(default=False)
def slow(session: nox.Session) -> None:
    """Run every network through everything, which takes an hour."""
    session.install("-e", ".[gui,test,fuzz]")
    session.run("pytest", "-m", "slow", *session.posargs)


@nox.session(venv_backend="none", default=False)
def oldest_versions(session: nox.Session) -> None:
    """Find the oldest versions that setup.py promises, and write them down for `oldest`."""
    words = [sys.executable, "-m", "uv", "pip", "compile", "-q", "--no-header", "--no-annotate", "setup.py"]
    words += ["--extra", "gui", "--extra", "parquet", "--python-version", "3.11", "--python-platform", "linux"]
    session.run(*words, "--resolution", "lowest-direct", "--output-file", str(OLDEST))


@nox.session(venv_backend="none")
def matrix(session: nox.Session) -> None:
    """Print a table of the ways that were tried, and how they went."""
    rows = [("way", "what ran", "result", "time")]
    for notes in sorted(WAYS.glob("*.json"), key=lambda path: path.stat().st_mtime):
        noted = json.loads(notes.read_text(encoding="utf-8"))
        found = MADE / f"smoke-{notes.stem}.json"
        steps = json.loads(found.read_text(encoding="utf-8"))["steps"] if found.exists() else []
        n_right = sum(step["is_right"] for step in steps)
        result = f"{'ok' if noted['went_well'] else 'FAILED'}, {n_right} of {len(steps)} steps"
        rows.append((notes.stem, noted["what"], result, f"{noted['seconds'] / 60:.1f} min"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
