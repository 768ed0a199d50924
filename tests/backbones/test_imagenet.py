"""The names of ImageNet's classes, compared with those of Keras."""

import hashlib
import json
from collections import Counter
from inspect import getsource

import numpy as np
import pytest
from keras.applications import imagenet_utils

from orangecontrib.transferlearning.backbones.imagenet import N_CLASSES, imagenet_classes

KERAS_MD5 = "c2c37ea517e94d9795004a39431a14cb"
"""MD5 of the index that Keras downloads, from its own source."""


def test_classes_are_those_of_keras_own_index_byte_for_byte():
    index = {str(i): [each.wordnet_id, each.keras_name] for i, each in enumerate(imagenet_classes())}
    assert hashlib.md5(json.dumps(index).encode()).hexdigest() == KERAS_MD5


def test_hash_is_the_one_that_keras_pins():
    assert KERAS_MD5 in getsource(imagenet_utils.decode_predictions)


def test_names_are_those_that_keras_gives_when_it_can_fetch_them():
    try:
        (decoded,) = imagenet_utils.decode_predictions(np.linspace(1, 0, N_CLASSES)[None], top=N_CLASSES)
    except Exception as error:  # noqa: BLE001 - Keras raises a plain Exception without a connection
        pytest.skip(f"Keras' index cannot be fetched: {error}")
    assert [(each.wordnet_id, each.keras_name) for each in imagenet_classes()] == [each[:2] for each in decoded]


def test_names_are_for_people_and_only_two_pairs_share_one():
    classes = imagenet_classes()
    assert len(classes) == N_CLASSES == len({each.wordnet_id for each in classes})
    assert (classes[388].wordnet_id, classes[388].name) == ("n02510455", "giant panda")
    assert (classes[0].name, classes[999].name) == ("tench", "toilet tissue")
    twice = [name for name, times in Counter(each.name for each in classes).items() if times > 1]
    assert twice == ["crane", "maillot"]
