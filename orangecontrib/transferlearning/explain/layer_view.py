"""Compute the output of one layer for one image, to be shown in a widget."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from ..backbones.loading import Weights
from ..backbones.registry import find_backbone
from ..engines.keras_worker import run_keras
from ..images.notes import ImageNote
from ..images.reading import read_image
from ..records import Callback, Location
from .activations import LayeredNetwork, open_layers
from .color_maps import color, draw_tiles, strongest
from .feature_maps import LayerMap
from .noted_image import read_noted

TILE_SIDE = 144
"""Side of a tile in pixels."""


@dataclass(frozen=True)
class LayerChoice:
    """A layer of a network, with the settings of the network.

    Attributes
    ----------
    backbone : str
    layer : str
        "" for the layer before the classifier.
    weights : {"imagenet", None} or path
    preprocessing : str
        As for `Embedder`.
    network : hashable
        Value that differs if the weights or the preprocessing differ.
    """

    backbone: str
    layer: str
    weights: Weights
    preprocessing: str
    network: Hashable

    @property
    def name(self) -> str:
        """Name of the layer."""
        return self.layer or find_backbone(self.backbone).layer


@dataclass(frozen=True, eq=False)
class LayerView:
    """The output of a layer for one image.

    Attributes
    ----------
    choice : LayerChoice
    shapes : dict of str to tuple of int or None
        Shapes of the outputs of all layers, from `LayeredNetwork.shapes`.
    image : ndarray of shape (height, width, 3), uint8
        The RGB image at its own size.
    layer_map : LayerMap
    notes : tuple of ImageNote
        What is to know about the image.
    """

    choice: LayerChoice
    shapes: dict[str, tuple[int | None, ...]]
    image: np.ndarray
    layer_map: LayerMap
    notes: tuple[ImageNote, ...] = ()

    @property
    def n_channels(self) -> int:
        """Number of channels of the map, or length of the vector."""
        return self._values.shape[2]

    @property
    def _values(self) -> np.ndarray:
        values = self.layer_map.values
        return values.reshape(1, 1, -1) if self.layer_map.is_vector else values

    def channel(self, channel: int) -> np.ndarray | None:
        """Return the values of a channel, of shape (map_height, map_width); None for a vector."""
        return None if self.layer_map.is_vector else self._values[..., channel]

    def strongest(self, n_channels: int) -> list[int]:
        """Return at most `n_channels` channels with the largest mean absolute values, the strongest first."""
        return strongest(self._values, n_channels).tolist()

    def tiles(self, channels: Sequence[int]) -> list[np.ndarray]:
        """Draw channels.

        Returns
        -------
        list of ndarray of shape (height, width, 3), uint8
            RGB images. Each channel of a map is drawn from its smallest value (dark) to its largest (bright); the
            values of a vector have a common scale.
        """
        if self.layer_map.is_vector:
            colors = np.asarray(color(self._values[0]))[0]
            return [np.full((TILE_SIDE, TILE_SIDE, 3), colors[channel], np.uint8) for channel in channels]
        return [np.asarray(draw_tiles(self._values[..., [channel]], TILE_SIDE)) for channel in channels]


def view_layer(choice: LayerChoice, image: Location, callback: Callback | None = None) -> LayerView:
    """Compute the output of a layer for an image.

    Parameters
    ----------
    choice : LayerChoice
    image : str, PathLike or ndarray
    callback : callable, optional
        Called with the fraction of a weights download done, 0-1; may raise `Cancelled`.

    Raises
    ------
    ImageReadError
        The image cannot be read.
    UnknownBackboneError, SettingError, WeightsError
    """
    pixels, notes = read_noted(image)
    record = find_backbone(choice.backbone)
    values, shapes = run_keras(_NetworkCache.compute, choice, pixels, callback=callback)
    return LayerView(choice, shapes, pixels, LayerMap(record.title, choice.name, values), notes)


class _NetworkCache:
    """The last networks of a process, which are kept for other images and layers."""

    n_kept = 2
    networks: dict[Hashable, LayeredNetwork] = {}

    @classmethod
    def compute(
        cls,
        choice: LayerChoice,
        pixels: np.ndarray,
        *,
        callback: Callback | None,
        tell: Callable[..., object] | None,
    ) -> tuple[np.ndarray, dict[str, tuple[int | None, ...]]]:
        """Return the output of the layer, and the shapes of the outputs of all layers."""
        network = cls.networks.pop(choice.network, None)
        if network is None or choice.name not in network.shapes:
            wanted = [choice.layer] if choice.layer else []
            settings = {"weights": choice.weights, "preprocessing": choice.preprocessing}
            network = open_layers(find_backbone(choice.backbone), wanted, **settings, callback=callback)
        cls.networks[choice.network] = network
        while len(cls.networks) > cls.n_kept:
            del cls.networks[next(iter(cls.networks))]
        return network.compute(read_image(pixels, network.image_size), [choice.name])[choice.name], network.shapes
