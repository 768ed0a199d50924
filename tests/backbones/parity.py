"""Compare features with those of Keras' own networks, for all kinds of weights, sizes and cuts.

``python -m tests.backbones.parity [NAME ...]`` prints a table: the largest difference in each cell, relative to the
largest feature. The weights are random, in files like those that Keras downloads, and come from a local server.
"""

import functools
import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import keras
import numpy as np

from orangecontrib.transferlearning.backbones.backbone import Backbone
from orangecontrib.transferlearning.backbones.layers import set_weights
from orangecontrib.transferlearning.backbones.network import build_network
from orangecontrib.transferlearning.backbones.preprocessing import preprocess_function
from orangecontrib.transferlearning.backbones.registry import BACKBONES

WEIGHTS = ("downloaded", "file", "file without top", "whole model")
CASES = ("its size", "another size", "own size", "max of a layer")

REFUSED = "refused"
"""Cell of a choice that the network does not allow."""


def draw_weights(model: keras.Model, seed: int) -> list[np.ndarray]:
    """Draw all weights of a model: small enough to keep maps finite, with statistics that are not 0 and 1."""
    generator = np.random.default_rng(seed)

    def draw(variable: keras.Variable) -> np.ndarray:
        shape = tuple(variable.shape)
        if "int" in variable.dtype:
            return np.zeros(shape, variable.dtype)
        if len(shape) < 2:
            low, high = {"variance": (0.2, 0.6), "moving_variance": (0.5, 1.5), "gamma": (0.4, 0.8)}.get(
                variable.name, (-0.1, 0.5 if variable.name == "mean" else 0.1)
            )
            return generator.uniform(low, high, shape).astype(np.float32)
        n_inputs = np.prod(shape[:2] if len(shape) == 4 and shape[-1] == 1 else shape[:-1])
        return (generator.uniform(-1, 1, shape) * np.sqrt(6 / n_inputs)).astype(np.float32)

    return [draw(variable) for variable in model.weights]


def _in_new_thread(function: Callable[..., keras.Model], **arguments: object) -> keras.Model:
    # Keras numbers unnamed layers separately in each thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, **arguments).result()


class KerasAnswers:
    """Keras' own network with random weights, in files that stand for the downloads.

    Parameters
    ----------
    backbone : Backbone
    folder : Path
        Folder for the files.
    """

    def __init__(self, backbone: Backbone, folder: Path) -> None:
        self.backbone, self.folder = backbone, folder
        self.function = functools.partial(_in_new_thread, getattr(keras.applications, backbone.name))
        self.donor = self.function(weights=None)
        values = draw_weights(self.donor, seed=1)
        set_weights(self.donor, values)
        self.headless = self.function(weights=None, include_top=False, input_shape=(*backbone.image_size, 3))
        set_weights(self.headless, values[: len(self.headless.weights)])
        folder.joinpath("models").mkdir()
        for top, model in ((True, self.donor), (False, self.headless)):
            model.save(folder / "donor.h5")
            os.replace(folder / "donor.h5", folder / "models" / backbone.weights_file(top))
        self.donor.save_weights(folder / "top.weights.h5")
        self.headless.save_weights(folder / "headless.weights.h5")

    def network(self, top: bool, sides: tuple[int | None, int | None]) -> keras.Model:
        """Return Keras' network of ImageNet's weights; where Keras has none of this size, its weights are loaded."""
        path = self.folder / "models" / self.backbone.weights_file(top)
        with (
            patch.object(keras.src.utils.file_utils.config, "keras_home", lambda: str(self.folder)),
            patch.object(keras.src.utils.file_utils, "validate_file", lambda *arguments, **options: True),
        ):
            try:
                return self.function(weights="imagenet", include_top=top, input_shape=(*sides, 3))
            except ValueError:
                model = self.function(weights=None, include_top=top, input_shape=(*sides, 3))
                model.load_weights(path)
                return model

    def features(self, model: keras.Model, layer: str, pooling: str, pixels: np.ndarray) -> np.ndarray:
        """Return features of `pixels` at a layer."""
        cut = keras.Model(model.inputs, model.get_layer(layer).output)
        prepared = preprocess_function(self.backbone.name)(pixels.astype(np.float32))
        maps = np.asarray(cut(prepared, training=False))
        return maps if maps.ndim == 2 else getattr(maps, pooling)(axis=(1, 2))


@contextmanager
def downloads(backbone: Backbone, files: Path, home: Path) -> Iterator[Backbone]:
    """Serve weights on this computer, and yield a backbone that downloads them into an empty folder."""
    handler = functools.partial(_Quiet, directory=files / "models")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        name = backbone.weights_url.rpartition("/")[2]
        if backbone.cached_as:
            for top, cached in zip((True, False), backbone.cached_as, strict=True):
                served = backbone.weights_address(top).rpartition("/")[2]
                if not (files / "models" / served).exists():
                    (files / "models" / served).symlink_to(files / "models" / cached)
        home.mkdir(exist_ok=True)
        with (
            patch.dict(os.environ, {"KERAS_HOME": str(home)}),
            patch.object(keras.src.utils.file_utils.config, "keras_home", lambda: str(home)),
            patch.object(keras.src.utils.file_utils, "validate_file", lambda *arguments, **options: True),
        ):
            yield replace(backbone, weights_url=f"http://127.0.0.1:{server.server_port}/{name}")
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


def compare(name: str, weights: tuple[str, ...] = WEIGHTS) -> dict[tuple[str, str], float | str]:
    """Return the largest difference of features in each cell, relative to the largest feature.

    Parameters
    ----------
    name : str
        Name of the backbone.
    weights : tuple of str
        Kinds from `WEIGHTS`.

    Returns
    -------
    dict of (str, str) to float or str
        By weights and case; `REFUSED` where the network does not allow it.
    """
    cells = {}
    with TemporaryDirectory() as folder:
        files = Path(folder, "files")
        files.mkdir()
        backbone = BACKBONES[name]
        answers = KerasAnswers(backbone, files)
        for case in CASES:
            size, sides, layer, pooling, top = _case(backbone, case)
            pixels = np.random.default_rng(2).integers(0, 256, (2, *sides, 3)).astype(np.uint8)
            try:
                reference = answers.network(top, (None, None) if size == "own" else sides)
            except ValueError:
                cells |= {(kind, case): REFUSED for kind in weights}
                continue
            expected = answers.features(reference, layer, "max" if pooling == "max" else "mean", pixels)
            settings = {"image_size": size, "layer": layer, "pooling": pooling}
            for kind in weights:
                cells[kind, case] = _difference(kind, answers, reference, settings, expected, pixels)
            keras.backend.clear_session()
            gc.collect()
    return cells


def _case(backbone: Backbone, case: str) -> tuple:
    """Return the image size, the sides of the pixels, the layer, the pooling and whether it needs the classifier."""
    side = max(backbone.min_size, 64)
    early = next(layer for layer in backbone.stages if layer != backbone.layer)
    last = backbone.layer
    if backbone.layer_in_top:
        # Most of these have a layer of vectors that needs the network's size.
        last = backbone.stages[-3] if backbone.module.startswith("vgg") else backbone.stages[-2]
    return {
        "its size": (None, backbone.image_size, backbone.layer, "auto", backbone.layer_in_top),
        "another size": ((side + 8, side + 41), (side + 8, side + 41), last, "auto", False),
        "own size": ("own", (side + 13, side + 36), last, "auto", False),
        "max of a layer": ((side, side + 16), (side, side + 16), early, "max", False),
    }[case]


def _difference(
    kind: str, answers: KerasAnswers, reference: keras.Model, settings: dict, expected: np.ndarray, pixels: np.ndarray
) -> float | str:
    backbone, files = answers.backbone, answers.folder
    if kind == "downloaded":
        with downloads(backbone, files, files / "home") as served:
            network = build_network(served, weights="imagenet", **settings)
    elif kind == "whole model":
        reference.save(files / "whole.keras")
        network = build_network(backbone, weights=files / "whole.keras", **settings)
    elif kind == "file without top" and settings["layer"] == backbone.layer and backbone.layer_in_top:
        return REFUSED
    else:
        path = files / ("headless.weights.h5" if kind == "file without top" else "top.weights.h5")
        network = build_network(backbone, weights=path, **settings)
    features = np.asarray(network.model(pixels, training=False))
    largest = np.abs(expected).max()
    assert np.isfinite(largest) and largest > 0
    return float(np.abs(features - expected).max() / largest)


def table(results: dict[str, dict[tuple[str, str], float | str]]) -> str:
    """Return the largest difference of each network and kind of weights, over all sizes, as a table for the docs."""
    lines = [f"| network | {' | '.join(WEIGHTS)} |", "| --- " * (len(WEIGHTS) + 1) + "|"]
    for name, cells in results.items():
        largest = []
        for kind in WEIGHTS:
            numbers = [value for (weights, _), value in cells.items() if weights == kind and value != REFUSED]
            refused = sum(weights == kind and value == REFUSED for (weights, _), value in cells.items())
            largest.append(f"{max(numbers):.0e}" + (f" ({refused} refused)" if refused else ""))
        lines.append(f"| {name} | {' | '.join(largest)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    found = {}
    for each in sys.argv[1:] or [name for name, record in BACKBONES.items() if not record.package]:
        found[each] = compare(each)
        print(each, found[each], file=sys.stderr, flush=True)
    print(table(found))
