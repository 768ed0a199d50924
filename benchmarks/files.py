"""Contenders of a child process: from image files to features, by ours, by its parts, and by plain Keras loops."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from orangecontrib.transferlearning.backbones.backbone import Backbone
from orangecontrib.transferlearning.backbones.preprocessing import network_module
from orangecontrib.transferlearning.backbones.registry import find_backbone
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.images.reading import read_image

from .contenders import Contenders, Run
from .engines import network_spec

if TYPE_CHECKING:
    import keras

N_BATCHES = 4
"""Number of batches in a run of the engine alone."""


def open_contenders(
    backbone: str, paths: list[str], one_by_one: list[str], in_batches: list[str], batch_size: int
) -> Contenders:
    """Open ours, the engine alone, decoding alone, and the loops that the Keras documentation teaches.

    Parameters
    ----------
    backbone : str
    paths : list of str
        Images for ours, and for decoding alone.
    one_by_one, in_batches : list of str
        Images for the loops, which are slow.
    batch_size : int

    Returns
    -------
    Contenders
        Their amounts are images.
    """
    record = find_backbone(backbone)
    weights = "imagenet" if backbone == "SqueezeNet" else None
    embedder = Embedder(backbone, weights=weights, batch_size=batch_size).load()
    engine = network_spec(backbone, weights, batch_size, "float32").open()[1]
    model, preprocess = keras_model(record)
    contenders = Contenders(facts={"engine": embedder.engine_title})
    contenders.runs = {
        "ours": lambda: sum(map(len, embedder.stream(paths))),
        "engine": _engine_run(engine, (batch_size, *record.image_size, 3)),
        "decode": _decode_run(paths, record.image_size),
        "Keras loop, batch 1": lambda: keras_loop(model, preprocess, one_by_one, record.image_size, 1),
        "Keras loop, batch 32": lambda: keras_loop(model, preprocess, in_batches, record.image_size, 32),
    }
    return contenders


def _engine_run(engine: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...]) -> Run:
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)

    def run() -> int:
        for _ in range(N_BATCHES):
            engine(images)
        return N_BATCHES * len(images)

    return run


def _decode_run(paths: Sequence[str], size: tuple[int, int]) -> Run:
    def run() -> int:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return sum(1 for _ in pool.map(lambda path: read_image(path, size), paths))

    return run


def keras_model(record: Backbone) -> tuple["keras.Model", Callable[[Any], Any]]:
    """Return a network and its preprocessing as a script would make them: random weights, averaged features."""
    import keras

    if record.package:
        module = network_module(record)
        whole = getattr(module, record.name)(include_top=False)
        pooled = keras.layers.GlobalAveragePooling2D()(whole.output)
        return keras.Model(whole.input, pooled), module.preprocess_input
    application = getattr(keras.applications, record.name)
    model = application(include_top=False, weights=None, pooling="avg", input_shape=(*record.image_size, 3))
    return model, getattr(keras.applications, record.module).preprocess_input


def keras_loop(
    model: "keras.Model",
    preprocess: Callable[[Any], Any],
    paths: Sequence[str],
    size: tuple[int, int],
    batch_size: int,
) -> int:
    """Load, preprocess and predict images batch by batch; return their number."""
    from keras.utils import img_to_array, load_img

    for start in range(0, len(paths), batch_size):
        images = [img_to_array(load_img(path, target_size=size)) for path in paths[start : start + batch_size]]
        model.predict(preprocess(np.stack(images)), verbose=0)
    return len(paths)
