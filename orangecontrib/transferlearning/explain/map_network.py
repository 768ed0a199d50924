"""Compute the feature maps whose averages are the features of a model."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ..embedding.fingerprint import difference, read_fingerprint, weights_settings
from ..embedding.known_embedders import make_embedder
from ..errors import ModelError
from ..images.reading import read_image
from ..images.steps import read_steps
from ..records import Callback, Location

BATCH_SIZE = 8
"""Images per forward pass; maps are large."""


@dataclass(frozen=True, eq=False)
class ImageMaps:
    """An image and its feature maps.

    Attributes
    ----------
    image : ndarray of shape (image_height, image_width, 3), uint8
        The upright RGB image, with the steps of the model's images.
    pixels : ndarray of shape (height, width, 3), uint8
        The same image at the size of the network's input.
    maps : ndarray of shape (map_height, map_width, n_channels), float32
        Maps of the layer.
    """

    image: np.ndarray
    pixels: np.ndarray
    maps: np.ndarray

    @property
    def features(self) -> np.ndarray:
        """The means of the maps, of shape (n_channels,), float32: the features of a model."""
        return self.maps.mean((0, 1))


class MapNetwork:
    """The network of averaged features, without the average.

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
        self._known = read_fingerprint(fingerprint)
        if self._known.pooling != "avg":
            raise ModelError(
                f"The model was trained on features of the pooling {self._known.pooling!r}, and only averages can be "
                "explained by position: embed with the pooling 'Average'."
            )
        self._steps = read_steps(self._known.settings()["steps"])
        # The steps are applied here, and not again to images with covered parts.
        self._embedder = make_embedder(
            fingerprint, **weights_settings(weights), pooling="none", steps=(), batch_size=BATCH_SIZE
        )

    @property
    def title(self) -> str:
        """Title of the backbone."""
        return self._embedder.record.title

    @property
    def layer(self) -> str:
        """The layer that gives the maps."""
        return self._known.layer

    def load(self, callback: Callback | None = None) -> Self:
        """Load the network.

        Parameters
        ----------
        callback : callable, optional
            Called with the fraction of a weights download done, 0-1; may raise `Cancelled`.

        Raises
        ------
        ModelError
            The layer gives vectors, or the weights are not the right ones.
        WeightsError
        """
        if len(self._embedder.load(callback).feature_shape) != 3:
            raise ModelError(
                f"The layer {self.layer} of {self.title} gives a vector without positions: train on an earlier "
                "layer, one that gives maps."
            )
        found = read_fingerprint(self._embedder.fingerprint)
        found = replace(found, pooling=self._known.pooling, steps=self._known.steps, keras=self._known.keras)
        if found != self._known:
            expected, given = difference(str(self._known), str(found))
            raise ModelError(
                f"The model was trained on features of {expected}, and the network found by "
                f"{self._embedder.weights_name} has {given}: put the right weights there, or train again."
            )
        return self

    @property
    def n_channels(self) -> int:
        """Number of channels of the maps; the network is loaded if necessary."""
        return self._embedder.n_features

    def compute(self, image: Location) -> ImageMaps:
        """Read an image, and compute its maps.

        Raises
        ------
        ImageReadError
            The image cannot be read.
        """
        size, interpolation = self._embedder.network.image_size, self._known.interpolation
        whole = read_image(image, steps=self._steps)
        if self._known.decode == "fast":
            pixels = read_image(image, size, interpolation=interpolation, fast_decode=True, steps=self._steps)
        else:
            pixels = read_image(whole, size, interpolation=interpolation)
        return ImageMaps(whole, pixels, self.compute_maps(pixels[None])[0])

    def compute_maps(self, pixels: np.ndarray) -> np.ndarray:
        """Compute the maps of several images.

        Parameters
        ----------
        pixels : ndarray of shape (n_images, height, width, 3), uint8
            RGB images of the size of the network's input.

        Returns
        -------
        ndarray of shape (n_images, map_height, map_width, n_channels), float32
        """
        return self._embedder.transform(pixels).features
