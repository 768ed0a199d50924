"""The embedder: every image comes out once and in order, its settings, and its fingerprint."""

import copy
import pickle
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.errors import (
    Cancelled,
    ImageReadError,
    SettingError,
    SourceError,
    UnknownBackboneError,
    WeightsError,
)
from orangecontrib.transferlearning.records import ImageItem, concatenate
from orangecontrib.transferlearning.sources.folder_source import FolderSource
from orangecontrib.transferlearning.sources.list_source import ListSource
from orangecontrib.transferlearning.sources.opening import as_source

from ..conftest import solid

pytestmark = pytest.mark.usefixtures("fake_network")


def join(embedder, parts):
    return concatenate(list(parts), embedder.n_features)


def test_features_are_those_of_the_images_in_source_order(photos):
    done = join(Embedder("SqueezeNet"), Embedder("SqueezeNet").stream(FolderSource(photos)))
    assert done.keys == ["a/1.png", "a/2.png", "b/1.png", "b/3.png"]
    assert done.labels == ["a", "a", "b", "b"]
    assert done.features.dtype == np.float32
    np.testing.assert_array_equal(done.features, [[255, 0, 0, 255], [0, 255, 0, 0], [0, 0, 255, 0], [90, 90, 90, 90]])


def test_unreadable_image_is_skipped_with_its_reason(photos):
    (skipped,) = join(Embedder("SqueezeNet"), Embedder("SqueezeNet").stream(photos)).skipped
    assert skipped.key == "b/2.png"
    assert "not an image" in skipped.reason


@pytest.mark.parametrize("is_cached", [False, True])
def test_notes_are_counted_once_for_each_kind_also_if_features_are_in_the_cache(tmp_path, is_cached):
    frames = [Image.fromarray(solid((9, 9, 9)))] * 3
    for name in ("a.tif", "b.gif"):
        frames[0].save(tmp_path / name, save_all=True, append_images=[Image.fromarray(solid((1, 2, 3)))])
    Image.fromarray(np.array([[600, 3600]], np.uint16)).save(tmp_path / "c.png")
    embedder = Embedder("SqueezeNet")
    if is_cached:
        embedder.cache = FeatureCache(tmp_path / "cache.sqlite")
        Embedder("SqueezeNet", cache=embedder.cache).embed(tmp_path)
    embedder.embed(tmp_path)
    assert embedder.n_computed == (0 if is_cached else 3)
    assert embedder.notes.lines() == [
        "only the first frame is read (the step frame:N reads another): 2 images, such as a.tif (2 frames)",
        "most gray levels are lost, as the values use a small part of their range (the step percentiles:1,99 or "
        "range:LOW,HIGH stretches them): c.png (values 600-3600 become 13 of 256 levels)",
    ]
    embedder.notes.clear()
    assert embedder.notes.lines() == []


def test_transform_refuses_an_unreadable_image_by_name(photos):
    with pytest.raises(ImageReadError, match=r"b/2\.png: .*not an image"):
        Embedder("SqueezeNet").transform(photos)


@given(
    bad=st.lists(st.booleans(), max_size=40),
    batch_size=st.integers(1, 9),
)
def test_every_key_comes_out_once_in_order_whatever_the_batch_size(fake_network, bad, batch_size):
    images = ["no such file.png" if broken else solid(i) for i, broken in enumerate(bad)]
    source = ListSource(images)
    keys = [item.key for item in source]
    embedder = Embedder("SqueezeNet", batch_size=batch_size)
    parts = list(embedder.stream(source))
    done = join(embedder, parts)

    assert done.keys == [key for key, broken in zip(keys, bad, strict=True) if not broken]
    assert [skipped.key for skipped in done.skipped] == [key for key, broken in zip(keys, bad, strict=True) if broken]
    np.testing.assert_array_equal(done.features[:, 0], [i for i, broken in enumerate(bad) if not broken])
    assert all(len(part) <= batch_size for part in parts)


def test_stream_is_lazy_and_reads_at_most_two_batches_ahead():
    taken = []

    class Counting(ListSource):
        def __iter__(self):
            for item in super().__iter__():
                taken.append(item.key)
                yield item

    stream = Embedder("SqueezeNet", batch_size=3).stream(Counting([solid(i) for i in range(50)]))
    assert taken == []
    next(stream)
    assert 3 <= len(taken) <= 3 + 2 * 3
    stream.close()
    assert len(taken) <= 9


def test_slow_images_keep_their_place():
    class Slow(ListSource):
        def __iter__(self):
            return iter([ImageItem("slow", SlowPath(solid(1)), None), ImageItem("quick", solid(2), None)])

    class SlowPath(np.ndarray):
        def __new__(cls, array):
            return array.view(cls)

        def __array_finalize__(self, parent):
            time.sleep(0.01)

    done = Embedder("SqueezeNet").transform(Slow([solid(0), solid(0)]))
    assert done.keys == ["slow", "quick"]
    np.testing.assert_array_equal(done.features[:, 0], [1, 2])


def test_network_is_built_once_and_only_when_images_come(fake_network):
    embedder = Embedder("MobileNet", layer="red", weights=None, seed=3)
    assert fake_network.built == []
    embedder.transform([solid(1)])
    embedder.transform([solid(2)])
    ((name, arguments),) = fake_network.built
    assert name == "MobileNet"
    assert (arguments["layer"], arguments["weights"], arguments["seed"]) == ("red", None, 3)


def test_callback_hears_the_fraction_done_and_stops_the_work_by_raising():
    heard = []

    def cancel_half_way(fraction):
        heard.append(fraction)
        if fraction >= 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        Embedder("SqueezeNet", batch_size=2).transform([solid(i) for i in range(8)], cancel_half_way)
    assert heard == [0.25, 0.5]
    assert_no_thread_left()


def test_no_thread_is_left_behind_by_a_stream_that_nobody_finishes():
    stream = Embedder("SqueezeNet", batch_size=1).stream([solid(i) for i in range(8)])
    next(stream)
    stream.close()
    assert_no_thread_left()


def assert_no_thread_left():
    deadline = time.monotonic() + 5
    while any(thread.name.startswith("images") for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_no_images_give_no_rows():
    done = Embedder("SqueezeNet").transform([])
    assert done.features.shape == (0, 4)


def test_fingerprint_tells_apart_what_changes_features_and_nothing_else():
    base = Embedder("SqueezeNet").fingerprint
    assert base.startswith("SqueezeNet layer=mean pooling=avg size=6x8 interpolation=bilinear decode=exact")
    assert f"weights=sha256:{'0' * 64}" in base
    assert Embedder("SqueezeNet", batch_size=7).fingerprint == base
    assert Embedder("SqueezeNet", pooling="avg").fingerprint == base
    assert Embedder("squeezenet").fingerprint == base
    different = {
        Embedder("SqueezeNet", pooling="max").fingerprint,
        Embedder("SqueezeNet", interpolation="box").fingerprint,
        Embedder("SqueezeNet", fast_decode=True).fingerprint,
        Embedder("VGG16").fingerprint,
    }
    different.add(Embedder("SqueezeNet", precision="bfloat16").fingerprint)
    different |= {
        Embedder("SqueezeNet", steps=steps).fingerprint for steps in (["gray"], ["square", "gray"], ["gray", "square"])
    }
    different |= {
        Embedder("SqueezeNet", image_size="own").fingerprint,
        Embedder("SqueezeNet", pooling="none").fingerprint,
    }
    assert len(different | {base}) == 11
    assert (
        " decode=exact steps=crop:0,0.35,1,0.9+gray pre"
        in Embedder("SqueezeNet", steps=("crop:0,.35,1,.9", "gray")).fingerprint
    )
    assert " pooling=none size=own " in Embedder("SqueezeNet", image_size="own", pooling="none").fingerprint
    assert Embedder("SqueezeNet", engine="tensorflow", n_threads=5).fingerprint == base


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ({"backbone": "VGG61"}, UnknownBackboneError, "VGG16"),
        ({"batch_size": 0}, SettingError, "at least 1"),
        ({"interpolation": "linear"}, SettingError, "bilinear"),
        ({"image_size": 224}, SettingError, r"must be \(height, width\)"),
        ({"n_threads": 0}, SettingError, "at least 1"),
        ({"engine": "cuda"}, SettingError, "openvino"),
        ({"precision": "int8"}, SettingError, "bfloat16"),
        ({"image_size": "big"}, SettingError, "'own', not 'big'"),
        ({"steps": ["sepia"]}, SettingError, "'sepia' is not a step"),
        ({"backbone": None}, UnknownBackboneError, "not by None"),
        ({"batch_size": 2.5}, SettingError, "a whole number, at least 1, not 2.5"),
        ({"image_size": (0, 0)}, SettingError, r"must be \(height, width\) .*, not \(0, 0\)"),
        ({"image_size": (64, 64.5)}, SettingError, "must be .height, width."),
        ({"n_threads": "2"}, SettingError, "a whole number, at least 1, not '2'"),
        ({"seed": "a", "weights": None}, SettingError, "The seed must be a whole number, 0 or more, not 'a'"),
        ({"weights": ""}, WeightsError, "There is no weights file ''"),
    ],
)
def test_impossible_settings_are_refused_when_the_network_is_needed(arguments, error, words):
    with pytest.raises(error, match=words):
        Embedder(**arguments).load()


def test_copies_and_pickles_carry_the_settings_and_load_anew(fake_network):
    embedder = Embedder("MobileNet", pooling="max")
    embedder.transform([solid(1)])
    for copied in (pickle.loads(pickle.dumps(embedder)), copy.deepcopy(embedder)):
        np.testing.assert_array_equal(copied.transform([solid(3)]).features, [[3, 3, 3, 3]])
        assert copied.fingerprint == embedder.fingerprint
    assert len(fake_network.built) == 3


def test_array_of_images_is_scaled_as_one():
    images = np.zeros((2, 6, 8, 3))
    images[1] = 200
    done = Embedder("SqueezeNet").transform(images)
    np.testing.assert_array_equal(done.features[:, 0], [0, 200])


def test_features_know_their_embedder(photos):
    embedder = Embedder("SqueezeNet")
    assert {part.fingerprint for part in embedder.stream(photos)} == {embedder.fingerprint}


def test_paths_lists_and_sources_are_sources(photos):
    assert len(as_source(str(photos))) == 5
    assert len(as_source(photos / "a" / "1.png")) == 1
    assert [item.label for item in as_source([solid(1)])] == [None]
    source = FolderSource(photos)
    assert as_source(source) is source


SIZES = [(30, 32), (40, 31), (33, 29)]


@given(
    kinds=st.lists(st.sampled_from(["unreadable", "small", *SIZES]), max_size=30),
    batch_size=st.integers(1, 7),
    pooling=st.sampled_from(["none", "avg"]),
)
def test_images_of_their_own_sizes_keep_both_laws(fake_network, kinds, batch_size, pooling):
    images = [
        "no such file.png" if kind == "unreadable" else solid(i, (20, 50) if kind == "small" else kind)
        for i, kind in enumerate(kinds)
    ]
    source = ListSource(images)
    parts = list(Embedder("SqueezeNet", image_size="own", pooling=pooling, batch_size=batch_size).stream(source))

    good = {item.key: (i, kinds[i]) for i, item in enumerate(source) if kinds[i] in SIZES}
    assert [key for part in parts for key in part.keys] == list(good)
    assert [each.key for part in parts for each in part.skipped] == [
        item.key for item in source if item.key not in good
    ]
    assert all(len(part) <= batch_size for part in parts)
    for part in parts:
        for key, features in zip(part.keys, part.features, strict=True):
            number, (height, width) = good[key]
            shape = ((height + 1) // 2, (width + 1) // 2, 3) if pooling == "none" else (4,)
            np.testing.assert_array_equal(features, np.full(shape, number))


def test_consecutive_images_of_one_size_are_computed_together(fake_network):
    images = [solid(i, size) for i, size in enumerate([SIZES[0]] * 5 + [SIZES[1]] * 2 + [SIZES[0]])]
    list(Embedder("SqueezeNet", image_size="own", batch_size=4).stream(images))
    assert fake_network.engine.calls == [4, 1, 2, 1]


def test_image_too_small_for_the_network_is_skipped_with_both_sizes():
    (part,) = Embedder("VGG16", image_size="own").stream([solid(1, (31, 50)), solid(2, (32, 50))])
    assert len(part) == 1
    assert part.skipped[0].reason == "it is 31 x 50 pixels; the network takes 32 x 32 or more"


def test_unpooled_features_keep_the_shape_of_the_map():
    embedder = Embedder("SqueezeNet", pooling="none")
    assert (embedder.feature_shape, embedder.n_features) == ((3, 4, 3), 3)
    assert embedder.transform([solid(5), solid(6)]).features.shape == (2, 3, 4, 3)
    assert embedder.transform([]).features.shape == (0, 3, 4, 3)
    own = Embedder("SqueezeNet", pooling="none", image_size="own")
    assert own.feature_shape == (None, None, 3)
    assert own.transform([solid(5, SIZES[0])] * 2).features.shape == (2, 15, 16, 3)
    assert own.transform([]).features.shape == (0, 0, 0, 3)


def test_maps_of_several_shapes_are_for_the_stream():
    images = [solid(0, SIZES[0]), solid(1, SIZES[1])]
    embedder = Embedder("SqueezeNet", pooling="none", image_size="own")
    assert [part.features.shape[1:3] for part in embedder.stream(images)] == [(15, 16), (20, 16)]
    with pytest.raises(SettingError, match=r"\(15, 16, 3\) for .*, \(20, 16, 3\) for .*use `stream`"):
        embedder.transform(images)
    assert Embedder("SqueezeNet", image_size="own").transform(images).features.shape == (2, 4)


def turn_blue(image):
    """Return a blue image of the same size: the user's own step."""
    return Image.new("RGB", image.size, "blue")


turn_blue.name = "blue"


def test_steps_change_images_before_the_network_and_travel_with_the_embedder():
    embedder = Embedder("SqueezeNet", steps=("crop:0,0,0.5,1", turn_blue))
    for each in (embedder, pickle.loads(pickle.dumps(embedder)), copy.deepcopy(embedder)):
        np.testing.assert_array_equal(each.transform([solid(9)]).features, [[0, 0, 255, 0]])
        assert "steps=crop:0,0,0.5,1+own:blue " in each.fingerprint


@pytest.mark.parametrize("images", [None, 5])
def test_what_is_no_source_is_refused(images):
    with pytest.raises(SourceError, match=f"Expected a source, a path, .* or a list of images, received {images}"):
        as_source(images)


def test_several_networks_side_by_side_give_the_features_of_each(map_networks):
    images = [np.random.default_rng(i).integers(0, 256, (16, 16, 3)).astype(np.uint8) for i in range(5)]
    one, other = Embedder("SqueezeNet"), Embedder("MobileNet:any")
    joined = Embedder("SqueezeNet+MobileNet:any", batch_size=2)
    found = joined.transform(images)
    expected = np.hstack([one.transform(images).features, other.transform(images).features])
    np.testing.assert_array_equal(found.features, expected)
    assert (joined.n_features, joined.n_each, joined.feature_shape) == (12, [6, 6], (12,))
    assert found.fingerprint == joined.fingerprint == f"{one.fingerprint} + {other.fingerprint}"
    assert joined.n_computed == 5
    assert joined.title == "SqueezeNet 1.1 + MobileNet"
    scaled = Embedder("SqueezeNet+MobileNet:any", scaling="l2").transform(images).features
    lengths = np.linalg.norm(expected[:, :6], axis=1, keepdims=True)
    np.testing.assert_allclose(scaled[:, :6], expected[:, :6] / lengths, rtol=1e-6)


@pytest.mark.parametrize("pooling", ["avg", "none"])
def test_mirrored_features_are_the_mean_of_both_views(map_networks, pooling):
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    plain = Embedder("SqueezeNet", pooling=pooling).transform([image, image[:, ::-1]]).features
    other = plain[1][:, ::-1] if pooling == "none" else plain[1]
    found = Embedder("SqueezeNet", pooling=pooling, mirrored=True)
    np.testing.assert_allclose(found.transform([image]).features[0], (plain[0] + other) / 2, rtol=1e-6)
    assert " views=mirrored " in found.fingerprint


def test_another_network_beside_one_in_the_cache_computes_only_its_own(map_networks, tmp_path):
    cache = FeatureCache(tmp_path / "cache.sqlite")
    images = [np.random.default_rng(i).integers(0, 256, (16, 16, 3)).astype(np.uint8) for i in range(4)]
    Embedder("SqueezeNet", cache=cache).transform(images)
    Embedder("SqueezeNet", cache=cache, scaling="orange").transform(images)
    assert map_networks.calls == [4]
    joined = Embedder("MobileNet+SqueezeNet", cache=cache, scaling="l2")
    fresh = Embedder("MobileNet+SqueezeNet", scaling="l2").transform(images).features
    map_networks.calls.clear()
    np.testing.assert_array_equal(joined.transform(images).features, fresh)
    assert (map_networks.calls, joined.n_computed) == ([4], 4)
    Embedder("MobileNet", cache=cache).transform(images)
    assert map_networks.calls == [4]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"backbone": "SqueezeNet+MobileNet", "layer": "fc"}, "for one network .*not for 'SqueezeNet.MobileNet'"),
        ({"backbone": "SqueezeNet:fire5", "layer": "fire4"}, "for one network .*not for 'SqueezeNet:fire5'"),
        ({"backbone": "SqueezeNet+MobileNet", "pooling": "none"}, "Only vectors of several networks"),
        ({"backbone": "SqueezeNet", "pooling": "none", "scaling": "l2"}, "Only vectors can be scaled"),
        ({"pooling": "flatten", "mirrored": True}, "Flat maps of mirror images"),
        ({"scaling": "l1"}, "must be one of none, l2, orange, not 'l1'"),
    ],
)
def test_impossible_joins_and_scalings_are_refused(map_networks, settings, words):
    with pytest.raises(SettingError, match=words):
        Embedder(**settings).load()


def test_file_of_weights_is_refused_for_several_networks(tmp_path):
    (tmp_path / "a.h5").touch()
    with pytest.raises(SettingError, match="the weights of one network"):
        Embedder("SqueezeNet+MobileNet", weights=tmp_path / "a.h5").load()
