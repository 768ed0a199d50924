"""Characters that cannot be seen are written as escapes."""

import json
import sys
import unicodedata

import pytest

from orangecontrib.transferlearning.visible_text import visible, visible_json

from .hostile_words import EVIL, SHOWN


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain (1) ~.png", "plain (1) ~.png"),
        ("Žaba, 漢字, é, e\u0301, 👩\u200d🌾, می\u200cخواهم", "Žaba, 漢字, é, e\u0301, 👩\u200d🌾, می\u200cخواهم"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("a\rb\nc\td\0", r"a\rb\nc\td\x00"),
        ("\u202egnp.exe\u2066\u2069", r"\u202egnp.exe\u2066\u2069"),
        ("\u2028\u2029\x85\x9b", r"\u2028\u2029\x85\x9b"),
        ("\udcff\ud800", r"\udcff\ud800"),
        ("\ufeff\u200b\u00ad\U000e0041", r"\ufeff\u200b\xad\U000e0041"),
        (EVIL, SHOWN),
        (7, "7"),
        ("", ""),
    ],
)
def test_text_is_on_one_line_and_can_be_seen(text, shown):
    assert visible(text) == shown
    assert visible(shown) == shown


def test_characters_to_keep_remain():
    assert visible("a\n\x1bb", "\n") == "a\n\\x1bb"


def test_every_character_is_seen_or_escaped_and_can_be_printed():
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        shown = visible(character)
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and number not in (0x200C, 0x200D):
            assert shown == character.encode("unicode_escape").decode()
        else:
            assert shown == character
        shown.encode()


def test_json_means_the_same_and_has_no_such_characters():
    data = {"image": f"{EVIL}\udcff\U000e0041é漢", "n": [1.5, None]}
    text = visible_json(json.dumps(data, ensure_ascii=False, indent=1))
    assert json.loads(text) == data
    assert visible(text, "\n") == text
    assert "é漢" in text
    text.encode()
