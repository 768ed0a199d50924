"""Texts in the language that is chosen in Orange; a wheel's modules, which `setup.py` translates, ask for them here.

Sources are in English and do not import this module. A command, a script or a server speaks English, whatever is
chosen in Orange: only where Orange's windows are loaded, and in the worker processes started there, is the choice read.
"""

import json
import os
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from types import CodeType

_PACKAGE = "orangecontrib.transferlearning"

_VARIABLE = "ORANGE_TRANSFER_LANGUAGE"
"""Environment variable by which a worker process gets the language of its parent."""


class Translator:
    """The texts of the chosen language, by their number; `trubar` writes ``_tr.m[3, "text"]`` in place of a text.

    In place of an f-string it writes ``_tr.e(_tr.c(3, f"text"))``: `c` finds an expression, and `e`, which has to be
    Python's own function, evaluates it with the variables of the caller.
    """

    e = eval

    @property
    def m(self) -> "Translator":
        """The texts themselves, to be indexed."""
        return self

    def __getitem__(self, key: tuple[int, str]) -> str:
        number, original = key
        texts = _texts()
        return texts[number] if texts else original

    def c(self, number: int, original: str) -> str | CodeType:
        """Return an expression for an f-string, given its number and its English text."""
        texts = _texts()
        return compile(texts[number], "<translation>", "eval") if texts else repr(original)


translator = Translator()


def environment() -> dict[str, str]:
    """Return the environment variable that makes a worker process speak as this one; nothing for English."""
    texts = _texts()
    return {_VARIABLE: texts[1]} if texts else {}


def _texts() -> Sequence[str] | None:
    """Return all texts of the chosen language; None for English.

    The first two are the names of the language, its own and the English one.
    """
    if _VARIABLE in os.environ:
        return _read(os.environ[_VARIABLE])
    # This is loaded with every window of Orange, and by nothing else.
    return _chosen_in_orange() if "orangewidget" in sys.modules else None


@lru_cache
def _chosen_in_orange() -> Sequence[str] | None:
    if not Path(__file__).with_name("English.json").exists():  # sources are not translated
        return None
    from orangecanvas.localization import Translator as OrangeTranslator

    texts = OrangeTranslator(_PACKAGE).m
    return None if texts[1] == "English" else texts


@lru_cache
def _read(language: str) -> Sequence[str] | None:
    path = Path(__file__).with_name(f"{language}.json")
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def plsi(n: int, forms: str) -> str:
    """Return the Slovenian form for a number: one, two, three and four, more; see `orangecanvas.localization.si`."""
    from orangecanvas.localization.si import plsi

    return plsi(n, forms)


def plde(n: int, forms: str) -> str:
    """Return the German form for a number, of two forms separated by "|"."""
    return forms.split("|")[n != 1]
