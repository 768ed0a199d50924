"""The translations of all texts: complete, up to date, with the same fields; and who speaks which language."""

import ast
import json
import os
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from trubar import translate
from trubar.actions import collect
from trubar.messages import load

import orangecontrib.transferlearning as package
from orangecontrib.transferlearning.i18n import plde, plsi

ROOT = Path(package.__path__[0])
I18N = ROOT / "i18n"
LANGUAGES = {"si": "Slovenian", "de": "German"}
PLURALS = {"pl", "plsi", "plde"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The modules as `setup.py` puts them into a wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder.joinpath(*package.__name__.split("."))
    copy.parent.mkdir()
    translate("msgs.jaml", str(ROOT), str(copy), str(I18N / "trubar-config.yaml"))
    return folder


@pytest.fixture(scope="module")
def texts(wheel):
    """All texts in English, and in each language; f-strings with their quotation marks."""
    folder = wheel.joinpath(*package.__name__.split("."), "i18n")
    english, *others = (
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in ("English", *LANGUAGES.values())
    )
    return [english, *others]


def entries(messages, scope=()):
    """The texts of a tree of messages, each with the module, classes and functions that it is in."""
    for text, node in messages.items():
        if isinstance(node.value, dict):
            yield from entries(node.value, (*scope, text))
        else:
            yield (*scope, text), node.value


def is_f_string(text):
    return re.match("f(\"|')", text) is not None


def fields(text):
    """The variables in the fields of an f-string, or the placeholders of a format, in order."""
    if is_f_string(text):
        names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        return names - PLURALS
    return re.findall(r"%[sdr]", text) + sorted(
        (name or "", spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None
    )


def pairs(texts):
    english, *others = texts
    return [(one, other) for translated in others for one, other in zip(english[2:], translated[2:], strict=True)]


def messages(code):
    """What the message file of a language has for each text, with the module, classes and functions that it is in."""
    return dict(entries(load(str(I18N / code / "msgs.jaml"))))


@pytest.mark.thorough
def test_every_text_has_an_entry_and_none_is_stale(wheel):
    found = {place for place, _ in entries(collect(str(ROOT), {}, quiet=True)[0])}
    for code in LANGUAGES:
        assert messages(code).keys() == found
        assert [place for place, value in messages(code).items() if value is None] == []


def test_the_same_texts_are_translated_in_all_languages():
    one, other = map(messages, LANGUAGES)
    assert [place for place in one if (one[place] is False) != (other[place] is False)] == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_names_of_inputs_and_outputs_are_translated(code):
    classes = ("class `Inputs`", "class `Outputs`")
    channels = [value for place, value in messages(code).items() if place[-2] in classes]
    assert len(channels) >= 14
    assert all(channels)


def test_translations_have_the_fields_of_their_originals(texts):
    assert len(texts[0]) == len(texts[1]) == len(texts[2]) > 600
    assert [pair for pair in pairs(texts) if fields(pair[0]) != fields(pair[1])] == []


def test_translations_begin_and_end_with_the_same_space(texts):
    def ends(text):
        text = text[2:-1] if is_f_string(text) else text
        return text[-1:].isspace(), text[:1].isspace() or text[:1] in ",;"

    assert [pair for pair in pairs(texts) if ends(pair[0]) != ends(pair[1])] == []


def test_translations_have_the_tags_of_their_originals(texts):
    def tags(text):
        return sorted(re.findall(r"</?[a-z]+|&[#a-z0-9]+;", text))

    assert [pair for pair in pairs(texts) if tags(pair[0]) != tags(pair[1])] == []


def test_plurals_have_the_forms_of_their_language(texts):
    _, slovenian, german = texts
    for translated, function, n_forms in ((slovenian, "plsi", (1, 3, 4)), (german, "plde", (2,))):
        forms = re.findall(rf"{function}\([^|']*, '([^']*)'\)", "\n".join(translated))
        assert forms
        assert [each for each in forms if each.count("|") + 1 not in n_forms] == []
        assert "pl(" not in "\n".join(translated)


def test_translated_modules_are_valid(wheel, texts):
    for path in wheel.rglob("*.py"):
        compile(path.read_text(encoding="utf-8"), str(path), "exec")
    for text in (text for translated in texts for text in translated if is_f_string(text)):
        compile(text, text, "eval")


def test_orange_finds_help_by_the_translated_names_of_widgets():
    index = (ROOT.parents[1] / "doc" / "index.md").read_text(encoding="utf-8")
    for code in LANGUAGES:
        for path in sorted((ROOT / "widgets").glob("ow*.py")):
            name = re.search(r'^    name = "(.*)"', path.read_text(encoding="utf-8"), re.MULTILINE)[1]
            (translated,) = {
                value
                for place, value in messages(code).items()
                if place[0] == f"widgets/{path.name}" and place[-1] == name
            }
            page = name.lower().replace(" ", "-")
            assert f'<a href="widgets/{page}.html">{translated}</a>' in index


def run(wheel, code, **environment):
    """Run code with the modules of the wheel, and return the JSON that it prints."""
    first = f"import orangecontrib; orangecontrib.__path__ = [{str(wheel / 'orangecontrib')!r}]\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", first + code],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


WINDOWS = """
import json, os, sys
from AnyQt.QtCore import QSettings
QSettings.setPath(QSettings.IniFormat, QSettings.UserScope, {folder!r})
settings = QSettings(QSettings.IniFormat, QSettings.UserScope, "biolab.si", "Orange")
settings.setValue("application/language", {language!r})
settings.sync()
from AnyQt.QtWidgets import QApplication
application = QApplication([])
from orangecontrib.transferlearning.engines.worker_process import run_in_worker
from orangecontrib.transferlearning.widgets.controls.image_widget import images_in_words, skipped_in_words
from orangecontrib.transferlearning.widgets.owloadimages import OWLoadImages
widget = OWLoadImages()
print(json.dumps([
    widget.name, widget.source_box.reload_button.text(), [images_in_words(n) for n in (1, 2, 3, 5, 101)],
    skipped_in_words(2, "a.jpg", "?"), run_in_worker(os.getenv, "ORANGE_TRANSFER_LANGUAGE"),
]))
"""

HEADLESS = """
import json, sys
from orangecontrib.transferlearning import read_image
from orangecontrib.transferlearning.errors import ImageReadError
try:
    read_image("no-such-file.png")
except ImageReadError as error:
    print(json.dumps([str(error), sorted({"AnyQt.QtCore", "orangecanvas"} & set(sys.modules))]))
"""


def test_windows_speak_the_language_that_is_chosen_in_orange(wheel, tmp_path):
    name, reload, images, skipped, of_worker = run(wheel, WINDOWS.format(folder=str(tmp_path), language="Slovenščina"))
    assert (name, reload, of_worker) == ("Naloži slike", "Ponovno naloži", "Slovenian")
    assert images == ["1 slika", "2 sliki", "3 slike", "5 slik", "101 slika"]
    assert skipped == "2 sliki sta izpuščeni: prva, a.jpg: ?."


def test_a_language_that_orange_lacks_can_be_chosen_by_its_english_name(wheel, tmp_path):
    name, reload, images, skipped, of_worker = run(wheel, WINDOWS.format(folder=str(tmp_path), language="German"))
    assert (name, reload, of_worker) == ("Bilder laden", "Neu laden", "German")
    assert images == ["1 Bild", "2 Bilder", "3 Bilder", "5 Bilder", "101 Bilder"]
    assert skipped == "2 Bilder übersprungen: das erste, a.jpg: ?."


def test_commands_and_scripts_speak_english_and_load_no_qt(wheel):
    assert run(wheel, HEADLESS) == ["no such file", []]


def test_a_worker_process_speaks_as_its_parent_and_loads_no_qt(wheel):
    assert run(wheel, HEADLESS, ORANGE_TRANSFER_LANGUAGE="Slovenian") == ["datoteke ni", []]


def test_plurals():
    forms = "en|dva|trije|pet"
    assert [plsi(n, forms) for n in (0, 1, 2, 3, 4, 5, 100, 101, 102)] == [
        "pet", "en", "dva", "trije", "trije", "pet", "pet", "en", "dva"
    ]  # fmt: skip
    assert [plde(n, "Bild|Bilder") for n in (0, 1, 2)] == ["Bilder", "Bild", "Bilder"]
