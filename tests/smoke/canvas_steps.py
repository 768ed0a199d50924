"""Steps in Orange's own canvas: tutorials, every widget, and quitting while something is being computed."""

import json
import os
import re
import shutil
import sys
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path

from session import KINDS, N_LEARNED, Session

N_IMAGES = len(KINDS) * N_LEARNED
TOUR = Path(__file__).with_name("canvas_tour.py")
SITE = "https://orange3-transferlearning.readthedocs.io/"

LANGUAGES = {
    "Slovenščina": {"Naloži slike", "Vložitev s Kerasom", "Mreža Keras", "Razloži sliko"},
    "German": {"Bilder laden", "Keras-Einbettung", "Keras-Netz", "Bild erklären"},
}
"""Names of some widgets in each language; Orange itself is not in German."""

CHOOSE = """
import sys
from AnyQt.QtCore import QSettings
settings = QSettings(QSettings.IniFormat, QSettings.UserScope, "biolab.si", "Orange")
settings.setValue("application/language", sys.argv[1])
"""

NEED_TENSORFLOW = ("Feature Maps", "Keras Network")

MOMENTS = (0.0, 0.3, 1.0, 3.0)
"""Seconds of computing after which Orange is quit."""


def _tutorials() -> list[Path]:
    """Return the workflows that were installed."""
    return sorted(Path(find_spec("orangecontrib.transferlearning.tutorials").origin).parent.glob("*.ows"))


def _tour(session: Session, *opened: Path | str) -> dict:
    """Start the canvas, on a virtual screen where there is none, and return what it shows of what it opens."""
    notes = session.folder / "notes.json"
    screen = []
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        assert shutil.which("xvfb-run"), "the canvas needs a screen: install xvfb"
        screen = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24"]
    session.run([*screen, sys.executable, "-W", "ignore", str(TOUR), str(notes), *map(str, opened)])
    return json.loads(notes.read_text(encoding="utf-8"))


def _seen(session: Session, *opened: Path) -> list[dict]:
    """Open something in the canvas, and make sure that TensorFlow stays out of Orange's process."""
    seen = _tour(session, *opened)
    assert list(seen) == [each.stem for each in opened]
    loaded = {name: each["loaded"] for name, each in seen.items() if each["loaded"]}
    assert not loaded, f"Orange's process has loaded {loaded}"
    return list(seen.values())


def first_start(session: Session) -> str:
    """The start at which Orange looks for all widgets, and loads whatever add-ons load then, even TensorFlow."""
    assert _tour(session) == {}
    return "nothing opened"


def tutorial(session: Session) -> str:
    """The first of the examples in Orange's welcome dialog."""
    (seen,) = _seen(session, _tutorials()[0])
    assert len(seen["messages"]) >= 6, seen
    assert not any(seen["messages"].values()), seen["messages"]
    assert [96, 832] in seen["tables"].values(), seen["tables"]
    return f"{len(seen['messages'])} widgets, no message"


def other_tutorials(session: Session) -> str:
    """The others, one after the other; with Report, help and a Data Table of whatever our widgets send."""
    seen = _seen(session, *_tutorials()[1:])
    for each in seen:
        assert not any(each["messages"].values()), each["messages"]
        assert len(each["reported"]) >= 3, each["reported"]
        assert each["tables"], each
    return f"{len(seen)} workflows, {sum(len(each['reported']) for each in seen)} reports, no message"


def quitting(session: Session) -> str:
    """Orange, closed while a tutorial is being computed, at different moments."""
    n_busy = 0
    for path, seconds in zip(_tutorials(), cycle(MOMENTS)):
        is_busy = bool(_tour(session, path, f"--quit-after={seconds}")[path.stem].get("busy"))
        assert is_busy or seconds, f"nothing was computed in {path.stem}"
        n_busy += is_busy
    return f"{len(_tutorials())} times, {n_busy} of them while a widget was computing"


def every_widget(session: Session) -> str:
    """Each of ours, opened and fed."""
    (seen,) = _seen(session, session.folder / "flowers")
    tables, messages = seen["tables"], dict(seen["messages"])
    assert len(seen["pages"]) >= 7, seen["pages"]
    assert tables.get("Load Images: Images", [0])[0] == N_IMAGES, seen
    assert tables.get("Keras Embedding: Embeddings") == [N_IMAGES, 832], seen
    assert any(shape[0] == N_IMAGES for title, shape in tables.items() if title.startswith("ImageNet")), tables
    assert tables.get("Compare Networks: Comparison") == [3, 9], tables
    alike = messages.pop("Compare Networks", ())  # Drawings of one kind differ little.
    assert all("same photograph" in each for each in alike), alike
    if "tensorflow" in session.missing:
        for name in NEED_TENSORFLOW:
            (said,) = messages.pop(name)
            assert "TensorFlow" in said, said
            assert "Traceback" not in said, said
    else:
        assert any(title.startswith("Keras Network") for title in tables), tables
    assert not any(messages.values()), messages
    _check_pages(session, seen["pages"])
    return (
        f"{len(seen['pages'])} widgets, {len(tables)} tables; F1 leads to {'files' if session.has_pages else 'the web'}"
    )


def other_languages(session: Session) -> str:
    """A workflow that was saved in English, and every widget, in Orange in Slovenian, and in German."""
    (workflow,) = (each for each in _tutorials() if each.stem == "050-driving-log")
    (english,) = _seen(session, workflow)
    for language, names in LANGUAGES.items():
        session.run([sys.executable, "-c", CHOOSE, language])
        (seen,) = _seen(session, workflow)
        for part in ("settings", "contents"):
            assert seen[part] == english[part], f"{language}: {part} differ: {seen[part]}, not {english[part]}"
        assert not any(seen["messages"].values()), seen["messages"]
        (shown,) = _seen(session, session.folder / "flowers")
        assert names <= shown["pages"].keys(), shown["pages"]
        # A new widget has the settings of the one that was closed last: SqueezeNet, in that workflow.
        assert [N_IMAGES, 512] in shown["tables"].values(), shown["tables"]
        assert not any(shown["messages"].values()), shown["messages"]
        if session.has_pages:
            assert all(Path(page).is_file() for page in shown["pages"].values()), shown["pages"]
    done = session.command("embed flowers no-such-folder/features.h5", code=2)
    assert done.last_line.startswith("Error: There is no folder"), f"a command is not in English: {done.error}"
    session.run([sys.executable, "-c", CHOOSE, "English"])
    return f"English and {' and '.join(LANGUAGES)}"


def _check_pages(session: Session, pages: dict[str, str]) -> None:
    """Look whether F1 finds the page of each widget, in a file that was installed, or says where it is on the web."""
    for name, page in pages.items():
        if session.has_pages:
            assert Path(page).is_relative_to(sys.prefix), page
            (title,) = re.findall(r"<h1>(.*?)<a", Path(page).read_text(encoding="utf-8"))
            assert title == name, page
        else:
            assert page.startswith(SITE), page


STEPS = [first_start, tutorial, every_widget]

LONG_STEPS = [other_tutorials, quitting]
"""Steps that need all parts, and take minutes."""

LANGUAGE_STEPS = [other_languages]
