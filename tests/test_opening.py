"""When a network that is kept in OpenVINO's form is taken."""

from dataclasses import replace
from pathlib import Path

import pytest

from orangecontrib.transferlearning.backbones import BACKBONES
from orangecontrib.transferlearning.opening import NetworkChoice

CHOICE = NetworkChoice(
    backbone=BACKBONES["SqueezeNet"], layer=None, pooling="auto", weights="imagenet", image_size=None, seed=0,
    engine="auto", precision="float32", batch_size=32,
)  # fmt: skip


def test_what_one_choice_of_engine_keeps_is_not_taken_by_another(monkeypatch):
    # "openvino" may have been chosen on a computer whose GPU "auto" would take.
    assert CHOICE._key() != replace(CHOICE, engine="openvino")._key()
    key = CHOICE._key()
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert CHOICE._key() != key


def test_nothing_is_kept_for_tensorflow_or_of_random_weights():
    assert not replace(CHOICE, engine="tensorflow").is_kept()
    assert not replace(CHOICE, weights=None).is_kept()


@pytest.mark.parametrize("weights", ["~/w.h5", Path("~/w.h5")])
def test_home_folder_is_understood(weights, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "w.h5").write_bytes(b"weights")
    assert replace(CHOICE, weights=weights)._key() == replace(CHOICE, weights=tmp_path / "w.h5")._key()
