"""Compute the output of one layer for one image for a widget, which keeps the network for the next image."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from ..backbones.loading import Weights
from ..backbones.registry import find_backbone
from ..images.reading import read_image
from ..records import Callback, Location
from .activations import LayeredNetwork, open_layers
from .color_maps import color, draw_tiles, strongest
from .feature_maps import LayerMap

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
    network : hashable
        Value that differs if the weights differ.
    """

    backbone: str
    layer: str
    weights: Weights
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
    network : LayeredNetwork
    image : ndarray of shape (height, width, 3), uint8
        The RGB image at its own size.
    layer_map : LayerMap
    """

    choice: LayerChoice
    network: LayeredNetwork
    image: np.ndarray
    layer_map: LayerMap

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


def view_layer(
    choice: LayerChoice, image: Location, kept: LayerView | None = None, callback: Callback | None = None
) -> LayerView:
    """Compute the output of a layer for an image.

    Parameters
    ----------
    choice : LayerChoice
    image : str, PathLike or ndarray
    kept : LayerView, optional
        An earlier view, whose network is used again if it is the same.
    callback : callable, optional
        Called with the fraction of a weights download done, 0-1; may raise `Cancelled`.

    Raises
    ------
    ImageReadError
        The image cannot be read.
    UnknownBackboneError, SettingError, WeightsError
    """
    pixels = read_image(image)
    record = find_backbone(choice.backbone)
    if kept is not None and kept.choice.network == choice.network and choice.name in kept.network.shapes:
        network = kept.network
    else:
        wanted = [choice.layer] if choice.layer else []
        network = open_layers(record, wanted, weights=choice.weights, callback=callback)
    values = network.compute(read_image(pixels, network.image_size), [choice.name])[choice.name]
    return LayerView(choice, network, pixels, LayerMap(record.title, choice.name, values))
