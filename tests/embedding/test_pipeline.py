"""The pipeline: its limits, its order, and its use of the cache."""

import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.embedding.pipeline import MAX_CACHED_BATCHES, content_hash
from orangecontrib.transferlearning.errors import ImageReadError

from ..conftest import solid


@pytest.fixture
def cache(tmp_path):
    with_file = FeatureCache(tmp_path / "features.sqlite")
    yield with_file
    with_file.close()


def test_second_run_computes_nothing_and_gives_the_same(fake_network, cache, photos):
    first = list(Embedder("SqueezeNet", cache=cache, batch_size=2).stream(photos))
    calls = list(fake_network.engine.calls)
    assert sum(calls) == 4
    second = list(Embedder("SqueezeNet", cache=cache, batch_size=2).stream(photos))
    assert fake_network.engine.calls == calls
    for attribute in ("keys", "labels", "skipped"):
        assert sum((getattr(part, attribute) for part in second), []) == sum(
            (getattr(part, attribute) for part in first), []
        )
    np.testing.assert_array_equal(
        np.concatenate([part.features for part in second]), np.concatenate([part.features for part in first])
    )


def test_images_that_the_engine_computes_are_counted_and_averages_are_found_as_automatic(fake_network, cache, photos):
    first, second = Embedder("SqueezeNet", cache=cache), Embedder("SqueezeNet", cache=cache, pooling="avg")
    paths = [path for path in sorted(photos.glob("*/*.png")) if path.name != "2.png"]
    first.transform([*paths, paths[0]])
    second.transform(paths)
    assert (first.n_computed, second.n_computed) == (len(paths), 0)


def test_features_of_another_embedder_are_not_taken(fake_network, cache, photos):
    list(Embedder("SqueezeNet", cache=cache).stream(photos))
    list(Embedder("SqueezeNet", cache=cache, interpolation="box").stream(photos))
    assert fake_network.engine.calls == [4, 4]


def test_cache_goes_by_content_not_by_name(fake_network, cache, photos, tmp_path):
    list(Embedder("SqueezeNet", cache=cache).stream(photos))
    (photos / "a" / "1.png").rename(tmp_path / "moved.png")
    Image.fromarray(solid((1, 2, 3))).save(photos / "a" / "1.png")
    done = Embedder("SqueezeNet", cache=cache).transform([tmp_path / "moved.png", photos / "a" / "1.png"])
    np.testing.assert_array_equal(done.features, [[255, 0, 0, 255], [1, 2, 3, 1]])
    assert fake_network.engine.calls == [4, 1]


def test_what_was_computed_before_a_cancel_is_kept(fake_network, cache):
    images = [solid(i) for i in range(10)]
    stream = Embedder("SqueezeNet", cache=cache, batch_size=2).stream(images)
    next(stream), next(stream)
    stream.close()
    assert sum(fake_network.engine.calls) == 4
    Embedder("SqueezeNet", cache=cache, batch_size=2).transform(images)
    assert sum(fake_network.engine.calls) == 10


@pytest.mark.parametrize("with_cache", [True, False])
def test_same_image_twice_is_computed_once(fake_network, cache, with_cache):
    images = [solid(i % 3) for i in range(12)]
    done = Embedder("SqueezeNet", cache=cache if with_cache else None, batch_size=4).transform(images)
    np.testing.assert_array_equal(done.features[:, 0], [i % 3 for i in range(12)])
    assert sum(fake_network.engine.calls) == 3


def test_full_batches_are_computed_whatever_was_found_between(fake_network, cache):
    Embedder("SqueezeNet", cache=cache).transform([solid(i) for i in range(0, 40, 2)])
    fake_network.engine.calls.clear()
    parts = list(Embedder("SqueezeNet", cache=cache, batch_size=5).stream([solid(i) for i in range(40)]))
    assert fake_network.engine.calls == [5, 5, 5, 5]
    assert np.concatenate([part.features[:, 0] for part in parts]).tolist() == list(range(40))


def test_images_that_were_found_come_in_parts_of_bounded_size(fake_network, cache):
    images = [solid(i) for i in range(50)]
    Embedder("SqueezeNet", cache=cache).transform(images)
    parts = list(Embedder("SqueezeNet", cache=cache, batch_size=2).stream(images))
    assert [len(part) for part in parts] == [2 * MAX_CACHED_BATCHES] * 3 + [2]


def test_number_of_threads_can_be_set(fake_network, monkeypatch):
    from orangecontrib.transferlearning.embedding import pipeline

    asked = []
    original = pipeline.ThreadPoolExecutor
    monkeypatch.setattr(pipeline, "ThreadPoolExecutor", lambda n, **options: asked.append(n) or original(n, **options))
    Embedder("SqueezeNet", n_threads=3).transform([solid(1)])
    Embedder("SqueezeNet").transform([solid(1)])
    assert asked[0] == 3
    assert asked[1] == pipeline.os.cpu_count()


def test_cache_that_cannot_be_used_stops_nothing(fake_network, photos, tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = FeatureCache(tmp_path / "file" / "features.sqlite")
    done = list(Embedder("SqueezeNet", cache=cache).stream(photos))
    assert sum(len(part) for part in done) == 4
    assert cache.problem


def test_maps_of_known_shape_come_back_from_the_cache_as_maps(fake_network, cache):
    images = [solid(i) for i in range(5)]
    first = Embedder("SqueezeNet", cache=cache, pooling="none").transform(images)
    again = Embedder("SqueezeNet", cache=cache, pooling="none").transform(images)
    assert fake_network.engine.calls == [5]
    assert again.features.shape == (5, 3, 4, 3)
    np.testing.assert_array_equal(again.features, first.features)


def test_vectors_of_images_of_their_own_sizes_are_cached(fake_network, cache):
    images = [solid(i, (30 + i % 2, 40)) for i in range(6)]
    first = Embedder("SqueezeNet", cache=cache, image_size="own").transform(images)
    fake_network.engine.calls.clear()
    again = Embedder("SqueezeNet", cache=cache, image_size="own").transform(images)
    assert fake_network.engine.calls == []
    np.testing.assert_array_equal(again.features, first.features)


@pytest.mark.parametrize("settings", [{"image_size": "own", "pooling": "none"}, {"steps": [lambda image: image]}])
def test_what_the_cache_cannot_know_is_computed_each_time(fake_network, cache, settings):
    for step in settings.get("steps", []):
        step.name = "mine"
    for _ in range(2):
        list(Embedder("SqueezeNet", cache=cache, **settings).stream([solid(3, (30, 30))]))
    assert fake_network.engine.calls == [1, 1]
    assert cache.summary().n_images == 0


def test_content_hash_tells_bytes_types_shapes_and_values_apart():
    array = np.arange(24, dtype=np.uint8).reshape(4, 6)
    contents = [
        b"",
        b"a",
        array.tobytes(),
        array,
        array.reshape(6, 4),
        array.astype(np.int8),
        array.astype(np.uint16),
        array.T,
        array + np.uint8(1),
        array[:0],
        array[:, :0],
        np.float32(1) * array,
        np.array(1.0),
        np.array([1.0]),
    ]
    assert len({content_hash(content) for content in contents}) == len(contents)
    assert {len(content_hash(content)) for content in contents} == {16}


def test_content_hash_depends_on_values_and_not_on_their_place_in_memory():
    array = np.arange(240, dtype=np.float64).reshape(4, 6, 10)
    for view in (array[::-1, ::2], array.T, array[:, 3]):
        assert content_hash(view) == content_hash(view.copy())
    assert content_hash(np.asfortranarray(array)) == content_hash(array)
    assert content_hash(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223"


def test_an_array_of_objects_is_no_image():
    with pytest.raises(ImageReadError, match="must be numbers"):
        content_hash(np.array([None]))
