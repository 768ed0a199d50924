"""Compute the feature maps whose averages are the features of a model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ..embedding.embedder import Embedder
from ..embedding.fingerprint import NetworkFingerprint, difference, read_fingerprint, weights_settings
from ..embedding.known_embedders import make_embedder
from ..embedding.scaling import NONE, scale, scale_factors
from ..errors import ModelError
from ..images.notes import ImageNote
from ..images.reading import read_image
from ..images.steps import read_steps
from ..records import Callback, Location
from .noted_image import read_noted

BATCH_SIZE = 8
"""Images per forward pass; maps are large."""


@dataclass(frozen=True, eq=False)
class ImageMaps:
    """An image and its feature maps.

    Attributes
    ----------
    image : ndarray of shape (image_height, image_width, 3), uint8
        The upright RGB image, with the steps of the model's images.
    pixels : tuple of ndarray of shape (height, width, 3), uint8
        The same image at the size of each network's input.
    maps : tuple of ndarray of shape (map_height, map_width, n_channels) or (n_channels,), float32
        Maps of each network's layer, or its vector if the layer has no positions.
    scaling : {"none", "l2", "orange"}
        How the features are scaled.
    notes : tuple of ImageNote
        What is to know about the image.
    """

    image: np.ndarray
    pixels: tuple[np.ndarray, ...]
    maps: tuple[np.ndarray, ...]
    scaling: str = NONE
    notes: tuple[ImageNote, ...] = ()

    @property
    def features(self) -> np.ndarray:
        """The means of the maps, side by side and scaled, of shape (n_features,), float32: the features of a model."""
        return self._means[0] * self.factors

    @property
    def factors(self) -> np.ndarray:
        """The factors of this image's scaling, of shape (n_features,), float32."""
        return scale_factors(self._means, [each.shape[-1] for each in self.maps], self.scaling)[0]

    @property
    def _means(self) -> np.ndarray:
        return np.concatenate(means([each[None] for each in self.maps]), axis=1)


def means(maps: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the means of the maps of several images; vectors stay as they are.

    Parameters
    ----------
    maps : sequence of ndarray of shape (n_images, height, width, n_channels) or (n_images, n_channels)

    Returns
    -------
    list of ndarray of shape (n_images, n_channels)
    """
    return [each.mean((1, 2)) if each.ndim == 4 else each for each in maps]


class MapNetwork:
    """The networks of averaged features, without the average.

    Parameters
    ----------
    fingerprint : str
        Fingerprint of the features.
    weights : str
        Name of the weights, from `Embedder.weights_name`; "" for ImageNet's.

    Raises
    ------
    ModelError
        The features are not averages.
    SettingError
        The text is not a fingerprint, or a step is the user's own function.
    """

    def __init__(self, fingerprint: str, weights: str = "") -> None:
        known = read_fingerprint(fingerprint)
        self._parts, self.scaling = known.parts, known.scaling
        pooling = self._parts[0].pooling
        if pooling != "avg":
            raise ModelError(
                f"The model was trained on features of the pooling {pooling!r}, and only averages can be "
                "explained by position: embed with the pooling 'Average'."
            )
        self._steps = read_steps(known.settings()["steps"])
        # The steps are applied here, and not again to images with covered parts.
        settings = weights_settings(weights) | {"pooling": "none", "steps": (), "batch_size": BATCH_SIZE}
        self._embedders = [make_embedder(str(part), **settings) for part in self._parts]

    @property
    def title(self) -> str:
        """Titles of the backbones."""
        return " + ".join(embedder.title for embedder in self._embedders)

    @property
    def layer(self) -> str:
        """The layers that give the maps."""
        return " + ".join(part.layer for part in self._parts)

    def load(self, callback: Callback | None = None) -> Self:
        """Load the networks.

        Parameters
        ----------
        callback : callable, optional
            Called with the fraction of a weights download done, 0-1; may raise `Cancelled`.

        Raises
        ------
        ModelError
            All layers give vectors, or the weights are not the right ones.
        WeightsError
        """
        n_axes = [len(embedder.load(callback).feature_shape) for embedder in self._embedders]
        if 3 not in n_axes:
            raise ModelError(
                f"The layer {self.layer} of {self.title} gives a vector without positions: train on an earlier "
                "layer, one that gives maps."
            )
        for part, embedder in zip(self._parts, self._embedders, strict=True):
            _check_found(part, embedder)
        return self

    @property
    def n_channels(self) -> int:
        """Number of channels of all maps; the networks are loaded if necessary."""
        return sum(embedder.n_features for embedder in self._embedders)

    def compute(self, image: Location) -> ImageMaps:
        """Read an image, and compute its maps.

        Raises
        ------
        ImageReadError
            The image cannot be read.
        """
        whole, notes = read_noted(image, self._steps)
        pixels = [self._pixels(image, whole, embedder.network.image_size) for embedder in self._embedders]
        maps = [each[0] for each in self.compute_maps([each[None] for each in pixels])]
        return ImageMaps(whole, tuple(pixels), tuple(maps), self.scaling, notes)

    def _pixels(self, image: Location, whole: np.ndarray, size: tuple[int, int] | None) -> np.ndarray:
        interpolation = self._parts[0].interpolation
        if self._parts[0].decode == "fast":
            return read_image(image, size, interpolation=interpolation, fast_decode=True, steps=self._steps)
        return read_image(whole, size, interpolation=interpolation)

    def compute_maps(self, pixels: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Compute the maps of several images.

        Parameters
        ----------
        pixels : sequence of ndarray of shape (n_images, height, width, 3), uint8
            RGB images, at the size of each network's input.

        Returns
        -------
        list of ndarray of shape (n_images, map_height, map_width, n_channels) or (n_images, n_channels), float32
            Maps or vectors of each network.
        """
        return [embedder.transform(each).features for embedder, each in zip(self._embedders, pixels, strict=True)]

    def compute_features(self, pixels: Sequence[np.ndarray]) -> np.ndarray:
        """Compute the features of several images.

        Parameters
        ----------
        pixels
            As for `compute_maps`.

        Returns
        -------
        ndarray of shape (n_images, n_features), float32
        """
        vectors = means(self.compute_maps(pixels))
        return scale(np.concatenate(vectors, axis=1), [each.shape[1] for each in vectors], self.scaling)


def _check_found(known: NetworkFingerprint, embedder: Embedder) -> None:
    """Check that the network that an embedder loaded is the known one; another version of Keras is no difference."""
    (found,) = read_fingerprint(embedder.fingerprint).parts
    found = replace(found, pooling=known.pooling, steps=known.steps, keras=known.keras)
    if found != known:
        expected, given = difference(str(known), str(found))
        raise ModelError(
            f"The model was trained on features of {expected}, and the network found by "
            f"{embedder.weights_name} has {given}: put the right weights there, or train again."
        )
