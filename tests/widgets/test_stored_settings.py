"""Stored settings of every wrong type: each widget opens, with the default in place of what it cannot use."""

import math
import pickle

import pytest
from Orange.data import Table
from Orange.widgets.settings import Context, ContextSetting

from orangecontrib.transferlearning.widgets.controls.stored_settings import usable_settings
from orangecontrib.transferlearning.widgets.owcomparenetworks import OWCompareNetworks
from orangecontrib.transferlearning.widgets.owfeaturemaps import OWFeatureMaps
from orangecontrib.transferlearning.widgets.owimagenetpredictions import OWImageNetPredictions
from orangecontrib.transferlearning.widgets.owkerasembedding import OWKerasEmbedding
from orangecontrib.transferlearning.widgets.owkerasnetwork import OWKerasNetwork
from orangecontrib.transferlearning.widgets.owloadimages import OWLoadImages

from .test_every_widget import every_widget, widget_classes

WRONG = {
    "none": None,
    "text": "abc",
    "no text": "",
    "text with NUL": "a\0b",
    "seven": 7,
    "minus": -1,
    "huge": 10**30,
    "minus huge": -(10**30),
    "fraction": 1.5,
    "nan": math.nan,
    "infinity": math.inf,
    "no list": [],
    "list": [1, "a", None],
    "list of texts": ["a", "b", "c", "d", "e", "f"],
    "no dict": {},
    "dict": {"a": 1},
    "bytes": b"abc",
    "true": True,
    "no tuple": (),
    "tuple": (1, 2, 3),
    "tuple of texts": ("a", "b", "c"),
    "set": {1},
    "complex": 1j,
    "class": dict,
}


def settings_of(provider, path=()):
    """Return the path and the declaration of every setting of a widget, and of its parts."""
    for name, setting in provider.settings.items():
        yield (*path, name), setting
    for name, part in provider.providers.items():
        yield from settings_of(part, (*path, name))


def nested(path, value):
    for name in reversed(path):
        value = {name: value}
    return value


def merged(one, other):
    both = dict(one)
    for name, value in other.items():
        both[name] = merged(both[name], value) if isinstance(value, dict) and name in both else value
    return both


def value_of(widget, path):
    for name in path:
        widget = getattr(widget, name)
    return widget


@pytest.fixture(autouse=True)
def fakes(networks, layers):
    """Replace the networks by quick ones."""


def opened(case, cls, stored):
    """Return a widget with stored settings, after it was shown and has reported."""
    widget = case.create_widget(cls, stored_settings=stored)
    widget.show()
    widget.settingsHandler.pack_data(widget)
    widget.send_report()
    widget.hide()
    return widget


def check_settings(widget, path, setting, wrong):
    """Check that a setting is the stored value where it can be used, and else the default."""
    value = value_of(widget, path)
    if isinstance(setting, ContextSetting):
        assert value is None
    elif type(value) is type(wrong) and repr(value) == repr(wrong):
        assert usable(path[-1], setting, wrong)
    else:
        assert value == setting.default
        assert not usable(path[-1], setting, wrong)


NUMBERS = {
    "batch_size": (1, 1024),
    "n_classes": (1, 10),
    "n_folds": (2, 20),
    "opacity": (0, 100),
    "hidden": (0, 4096),
    "epochs": (1, 10_000),
    "head_epochs": (1, 10_000),
    "patience": (1, 10_000),
    "unfreeze": (1, 1000),
    "seed": (0, 9999),
    "dropout": (0, 0.9),
    "learning_rate": (1e-6, 1),
    "l2": (0, 10),
    "shift": (0, 0.9),
    "zoom": (0, 0.9),
    "rotation": (0, 180),
    "validation_size": (0, 0.5),
}
ANY_TEXT = {"backbone", "layer", "pooling", "weights", "steps", "image", "name_chosen", "learner_name"}
ANY_TEXT |= {"preprocessing", "chosen_candidate", "chosen_learner"}
OPTIONAL_TEXT = {"image_column", "label_column"}
"""Columns of a table that is not read yet."""
PATHS = {"place", "labels", "root", "weights_file", "image_folder"}
SWITCHES = {"auto_apply", "has_prefix", "flip", "balanced", "controlAreaVisible", "with_labels", "keep_alike"}


def usable(name, setting, value):
    """Return whether a setting can be used, as written down here for each."""
    if value is None:
        return setting.default is None
    if name in NUMBERS:
        least, most = NUMBERS[name]
        takes = (int,) if type(setting.default) is int else (int, float)
        return type(value) in takes and least <= value <= most
    if name in ANY_TEXT | OPTIONAL_TEXT:
        return type(value) is str and "\0" not in value
    if name in PATHS:
        return value == ["a", "b", "c", "d", "e", "f"]
    if name in SWITCHES:
        return value is True
    others = {
        "channel": lambda: type(value) is int and value >= 0,
        "n_tiles": lambda: False,
        "shape": lambda: value == (1, 2, 3),
        "mode": lambda: False,
        "best_by": lambda: False,
        "label_kind": lambda: False,
        "candidates": lambda: type(value) is list and all(type(each) is str for each in value),
        "learners": lambda: value == [],
        "savedWidgetGeometry": lambda: value == b"abc",
    }
    return others[name]()


def test_every_setting_is_written_down_above():
    named = {*NUMBERS, *ANY_TEXT, *OPTIONAL_TEXT, *PATHS, *SWITCHES}
    named |= {"channel", "n_tiles", "shape", "mode", "best_by", "label_kind", "savedWidgetGeometry"}
    named |= {"candidates", "learners", "group_column"}
    declared = {path[-1] for cls in widget_classes() for path, _ in settings_of(cls.settingsHandler.provider)}
    assert declared == named


def with_each_widget(values):
    """Return values for every widget; the quick suite takes each value for two widgets, in turn."""
    widgets = list(widget_classes())
    return [
        pytest.param(cls, value, marks=() if (row + column) % 3 == 0 else pytest.mark.thorough, id=f"{row}-{cls.name}")
        for row, value in enumerate(values)
        for column, cls in enumerate(widgets)
    ]


@pytest.mark.parametrize(("cls", "kind"), with_each_widget(WRONG))
def test_widget_opens_with_all_settings_wrong(cls, kind, case):
    stored = {}
    for path, _ in settings_of(cls.settingsHandler.provider):
        stored = merged(stored, nested(path, WRONG[kind]))
    widget = opened(case, cls, stored)
    for path, setting in settings_of(cls.settingsHandler.provider):
        if not (path[-1] in PATHS and kind == "list of texts"):  # It is found again, with other fields.
            check_settings(widget, path, setting, WRONG[kind])


@pytest.mark.slow
@every_widget
def test_widget_opens_with_each_setting_wrong(cls, case):
    for path, setting in settings_of(cls.settingsHandler.provider):
        for kind, wrong in WRONG.items():
            widget = opened(case, cls, nested(path, wrong))
            if not (path[-1] in PATHS and kind == "list of texts"):
                check_settings(widget, path, setting, wrong)
            widget.onDeleteWidget()


@pytest.mark.parametrize(
    ("cls", "stored"), with_each_widget([[1], "abc", 7, b"abc", pickle.dumps([1]), {1: 2}, {"__version__": "abc"}, ()])
)
def test_widget_opens_where_settings_are_no_settings(cls, stored, case):
    widget = opened(case, cls, stored)
    for path, setting in settings_of(cls.settingsHandler.provider):
        assert value_of(widget, path) == setting.default


@pytest.mark.parametrize(("cls", "wrong"), with_each_widget([None, "abc", 7, [1], b"abc", True, ()]))
def test_widget_opens_where_a_box_has_no_settings(cls, wrong, case):
    stored = dict.fromkeys([*cls.settingsHandler.provider.providers, "context_settings"], wrong)
    widget = opened(case, cls, stored)
    for path, setting in settings_of(cls.settingsHandler.provider):
        assert value_of(widget, path) == setting.default


def context(column, **fields):
    known = {"attributes": {}, "metas": {"note": 3, "image": 3}, "time": 0}
    return Context(values={"image_column": column}, **known | fields)


WRONG_CONTEXTS = [
    context("image"),
    context(("image", -2)),
    context(("image",)),
    context(("none", 103)),
    context((7, 103)),
    context(["image"]),
    context({"image": 1}),
    context(("image", "103")),
    context(("image", 103), metas=[1]),
    context(("image", 103), attributes=None),
    Context(values=[1]),
    Context(),
    "abc",
    None,
]


@pytest.mark.parametrize("cls", [OWKerasEmbedding, OWImageNetPredictions, OWFeatureMaps, OWCompareNetworks])
@pytest.mark.parametrize("number", range(len(WRONG_CONTEXTS)))
def test_column_of_a_wrong_context_is_the_likeliest(cls, number, case, images):
    metas = {"note": 3, "image": 3}
    wrong = WRONG_CONTEXTS[number]
    widget = opened(case, cls, {"context_settings": [wrong]})
    case.send_signal(widget.Inputs.images, images, widget=widget)
    case.wait_until_finished(widget=widget, timeout=20_000)
    assert widget.image_column.name == "image"
    assert metas.keys() == {meta.name for meta in images.domain.metas}


@pytest.mark.parametrize("cls", [OWKerasEmbedding, OWImageNetPredictions, OWFeatureMaps, OWCompareNetworks])
def test_column_of_a_right_context_is_chosen_again(cls, case, images):
    first = case.create_widget(cls)
    case.send_signal(first.Inputs.images, images, widget=first)
    first.image_column = images.domain["note"]
    stored = pickle.dumps(first.settingsHandler.pack_data(first))
    widget = opened(case, cls, stored)
    case.send_signal(widget.Inputs.images, images, widget=widget)
    assert widget.image_column.name == "note"
    case.wait_until_finished(widget=widget, timeout=20_000)


def test_image_column_of_fine_tuning_is_also_checked(case, images):
    wrong = Context(values={"tuning_box": {"image_column": "note"}}, attributes={}, metas={})
    widget = opened(case, OWKerasNetwork, {"context_settings": [wrong]})
    case.send_signal(widget.Inputs.data, images, widget=widget)
    assert widget.tuning_box.image_column.name == "image"


def test_defaults_of_new_widgets_are_checked(tmp_path):
    handler = OWKerasEmbedding.settingsHandler
    before = handler.defaults, handler.global_contexts
    with (tmp_path / "defaults.pickle").open("wb+") as file:
        pickle.dump({"auto_apply": 7, "network_box": {"batch_size": "32", "pooling": "max"}}, file)
        pickle.dump("no contexts", file)
        file.seek(0)
        try:
            with pytest.raises(AttributeError):  # Orange reports it as a warning.
                handler.read_defaults_file(file)
            assert handler.defaults == {"network_box": {"pooling": "max"}}
            assert handler.global_contexts == []
        finally:
            handler.defaults, handler.global_contexts = before


def test_usable_settings_and_what_others_have_stored_remain():
    provider = OWLoadImages.settingsHandler.provider
    stored = {"source_box": {"place": ["/a", None, None, "", "", None]}, "controlAreaVisible": False, "other": {1: 2}}
    assert usable_settings(provider, stored) == stored


def test_text_that_is_no_network_is_an_error_not_another_network(case):
    widget = opened(case, OWKerasEmbedding, {"network_box": {"backbone": "abc"}})
    case.send_signal(widget.Inputs.images, Table("iris")[:0], widget=widget)
    assert "abc" in str(widget.Error.setting)
