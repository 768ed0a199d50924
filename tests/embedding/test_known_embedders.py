"""The embedder of a fingerprint: one in use, a new one, or an error."""

import gc
import warnings
from dataclasses import replace

import pytest

from orangecontrib.transferlearning.embedding import known_embedders
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.embedding.known_embedders import KnownEmbedders, make_embedder
from orangecontrib.transferlearning.engines import opening
from orangecontrib.transferlearning.errors import Cancelled, SettingError, WeightsError


@pytest.fixture
def known(fake_network):
    return KnownEmbedders()


def test_embedder_in_use_is_taken_and_not_kept(known):
    embedder = Embedder("SqueezeNet", batch_size=3)
    fingerprint = embedder.fingerprint
    known.remember(embedder)
    assert known.find(fingerprint) is embedder
    del embedder
    gc.collect()
    assert known.find(fingerprint).batch_size == 32


def test_another_is_made_once_with_a_cache(known, fake_network):
    fingerprint = Embedder("SqueezeNet", pooling="max", interpolation="box").fingerprint
    fake_network.built.clear()
    embedder = known.find(fingerprint)
    assert known.find(fingerprint) is embedder
    assert len(fake_network.built) == 1
    assert (embedder.fingerprint, embedder.cache.path) == (fingerprint, known_embedders.default_path())


def test_the_last_few_are_kept(known, fake_network):
    prints = [Embedder("SqueezeNet", interpolation=name).fingerprint for name in ("nearest", "bilinear", "lanczos")]
    fake_network.built.clear()
    for fingerprint in [*prints, prints[2], prints[1]]:
        known.find(fingerprint)
    assert len(fake_network.built) == 3
    known.find(prints[0])
    assert len(fake_network.built) == 4


def test_weights_are_looked_for_where_they_were(known, fake_network):
    embedder = Embedder("SqueezeNet", weights=None, seed=5)
    known.find(embedder.fingerprint, embedder.weights_name)
    assert fake_network.built[-1][1]["seed"] == 5


def test_other_weights_are_refused_until_the_right_ones_are_there(known, fake_network, monkeypatch):
    fingerprint = Embedder("SqueezeNet").fingerprint
    with monkeypatch.context() as patch:
        build = fake_network.build
        patch.setattr(
            opening, "build_network", lambda *args, **rest: replace(build(*args, **rest), weights_sha256="1" * 64)
        )
        with pytest.raises(WeightsError, match="with weights=sha256:0{64}, and .* imagenet has weights=sha256:1{64}"):
            known.find(fingerprint)
    assert known.find(fingerprint).fingerprint == fingerprint


def test_who_waits_for_another_to_load_can_be_cancelled(known):
    def cancel(fraction):
        raise Cancelled("cancelled")

    fingerprint = Embedder("SqueezeNet").fingerprint
    with known._lock, pytest.raises(Cancelled):
        known.find(fingerprint, callback=cancel)
    assert known.find(fingerprint).fingerprint == fingerprint


def test_another_version_of_keras_is_a_warning(known):
    fingerprint = Embedder("SqueezeNet").fingerprint.replace("keras=", "keras=0.")
    with pytest.warns(UserWarning, match=r"computed with keras=0\.\S+, and are now with keras="):
        embedder = known.find(fingerprint)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert known.find(fingerprint) is embedder


@pytest.mark.parametrize("text, words", [("net 1", "Expected the fingerprint"), ("", "Expected the fingerprint")])
def test_what_is_no_fingerprint_is_refused(known, text, words):
    with pytest.raises(SettingError, match=words):
        known.find(text)


def test_what_is_the_networks_own_is_left_to_it(fake_network):
    fingerprint = (
        Embedder("SqueezeNet").fingerprint.replace("layer=mean", "layer=fire9").replace("size=6x8", "size=224x224")
    )
    embedder = make_embedder(fingerprint)
    assert (embedder.layer, embedder.image_size) == (None, None)
    assert make_embedder(fingerprint, image_size=(8, 8), batch_size=2).image_size == (8, 8)
