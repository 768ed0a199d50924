"""Images, and the maps that the network of a model's features makes of them."""

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
"""Maps are large."""


@dataclass(frozen=True, eq=False)
class ImageMaps:
    """An image, and what the network saw in it.

    Attributes
    ----------
    image : ndarray of shape (image_height, image_width, 3), uint8
        RGB, upright, and cropped or colored as the model's images were.
    pixels : ndarray of shape (height, width, 3), uint8
        The same at the size that the network reads.
    maps : ndarray of shape (map_height, map_width, n_channels), float32
        What the layer gives.
    """

    image: np.ndarray
    pixels: np.ndarray
    maps: np.ndarray

    @property
    def features(self) -> np.ndarray:
        """The averages of the maps, of shape (n_channels,), float32: what a model takes."""
        return self.maps.mean((0, 1))


class MapNetwork:
    """The network of averaged features, with its maps left as they are.

    Parameters
    ----------
    fingerprint : str
        Of the features.
    weights : str
        Where the network's weights are, as `Embedder.weights_name` says it; "" for ImageNet's.

    Raises
    ------
    ModelError
        The features are no averages.
    SettingError
        The text is no fingerprint, or a step of the user's own was taken.
    """

    def __init__(self, fingerprint: str, weights: str = "") -> None:
        self._known = read_fingerprint(fingerprint)
        if self._known.pooling not in ("auto", "avg"):
            raise ModelError(
                f"The model was trained on features of the pooling {self._known.pooling!r}, and only averages can be "
                "taken apart by position: embed with the pooling 'Average'."
            )
        self._steps = read_steps(self._known.settings()["steps"])
        # The steps are taken here, once, and not again of images that are covered in part.
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
            The layer gives vectors; or the weights that are found are others.
        WeightsError
        """
        if len(self._embedder.load(callback).feature_shape) != 3:
            raise ModelError(
                f"The layer {self.layer} of {self.title} gives a vector, which has no places: train on an earlier "
                "layer, one that gives maps."
            )
        found = read_fingerprint(self._embedder.fingerprint)
        found = replace(found, pooling=self._known.pooling, steps=self._known.steps, keras=self._known.keras)
        if found != self._known:
            expected, given = difference(str(self._known), str(found))
            raise ModelError(
                f"The model was trained on features of {expected}, and the network found by "
                f"{self._embedder.weights_name} has {given}: put the right weights there, or train anew."
            )
        return self

    @property
    def n_channels(self) -> int:
        """Number of channels of the maps; loads the network."""
        return self._embedder.n_features

    def see(self, image: Location) -> ImageMaps:
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
        return ImageMaps(whole, pixels, self.maps(pixels[None])[0])

    def maps(self, pixels: np.ndarray) -> np.ndarray:
        """Compute maps.

        Parameters
        ----------
        pixels : ndarray of shape (n_images, height, width, 3), uint8
            RGB, of the size that the network reads; at most `BATCH_SIZE`.

        Returns
        -------
        ndarray of shape (n_images, map_height, map_width, n_channels), float32
        """
        return self._embedder.transform(pixels).features
