"""Compute and draw the feature maps of layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np
from PIL import Image

from ..backbones.loading import ImageSize, Weights
from ..backbones.preprocessing import AUTO
from ..backbones.registry import find_backbone
from ..images.contact_sheet import PAPER, Panel, lay_out
from ..images.reading import read_image
from ..images.steps import Step, read_steps
from ..records import Callback, Location
from .activations import compute_layers
from .color_maps import SIDE, block_shape, draw_block, draw_tiles, strongest

N_TILES = 64
"""Default for the largest number of channels that are drawn."""

N_ACROSS = 3
"""Number of panels in a row."""

_FRAME_SIDE = 480
_FRAME_IMAGE = 320


@dataclass(frozen=True, eq=False)
class LayerMap:
    """The output of one layer for one image.

    Attributes
    ----------
    backbone : str
        Title of the network.
    layer : str
    values : ndarray of shape (height, width, channels) or (n_values,), float32
    """

    backbone: str
    layer: str
    values: np.ndarray

    @property
    def is_vector(self) -> bool:
        """True for a vector, or a map of one position."""
        return self.values.ndim != 3 or self.values.shape[:2] == (1, 1)


def read_maps(
    image: Location,
    backbone: str = "SqueezeNet",
    layers: Sequence[str] | None = (),
    *,
    weights: Weights = "imagenet",
    image_size: ImageSize = None,
    steps: Sequence[str | Step] = (),
    seed: int = 0,
    preprocessing: str = AUTO,
    callback: Callback | None = None,
) -> list[LayerMap]:
    """Compute the outputs of layers of a network for an image.

    Parameters
    ----------
    image : str, PathLike or ndarray
        A path, a URL, or pixels.
    backbone : str
        A name from `BACKBONES`.
    layers : sequence of str or None
        Names of layers; () for the layer before the classifier, None for up to 30 layers from the input to the last
        map.
    weights, image_size, steps, seed, preprocessing
        As for `Embedder`.
    callback : callable, optional
        Called with the fraction of a weights download done, 0-1; may raise `Cancelled`.

    Returns
    -------
    list of LayerMap
        Outputs of the layers, in the given order.

    Raises
    ------
    ImageReadError
        The image cannot be read.
    UnknownBackboneError, SettingError, WeightsError
    """
    record = find_backbone(backbone)
    computed = compute_layers(
        image,
        record,
        layers,
        weights=weights,
        image_size=image_size,
        steps=read_steps(steps),
        seed=seed,
        preprocessing=preprocessing,
        callback=callback,
    )
    return [LayerMap(record.title, layer, values) for layer, values in computed.items()]


def draw_maps(
    image: Location,
    networks: Sequence[Sequence[LayerMap]],
    *,
    title: str = "the image",
    n_tiles: int = N_TILES,
    steps: Sequence[str | Step] = (),
) -> Image.Image:
    """Draw an image, and the outputs of layers beside it.

    Parameters
    ----------
    image : str, PathLike or ndarray
    networks : sequence of sequence of LayerMap
        Layers of each network. If several networks have several layers each, every network has a row.
    title : str
        Title of the image.
    n_tiles : int
        Largest number of channels per layer; the strongest channels are drawn, by their mean absolute values.
    steps : sequence of str or Step
        Steps that changed the image before the network.

    Returns
    -------
    PIL.Image.Image
        An RGB image.

    Raises
    ------
    ImageReadError
        The image cannot be read.
    """
    original = _panel_of_image(image, title, steps, SIDE)
    rows = [[_panel(each, n_tiles, SIDE) for each in maps] for maps in networks]
    if len(rows) > 1 and max(map(len, rows)) > 1:
        return lay_out([[first, *row] for first, row in zip_longest([original], rows)])
    panels = [original, *chain(*rows)]
    return lay_out([panels[start : start + N_ACROSS] for start in range(0, len(panels), N_ACROSS)])


def animate_layers(
    image: Location,
    maps: Sequence[LayerMap],
    *,
    title: str = "the image",
    n_tiles: int = N_TILES,
    steps: Sequence[str | Step] = (),
) -> list[Image.Image]:
    """Draw a frame for each layer, with the image beside it.

    Parameters
    ----------
    image, title, n_tiles, steps
        As for `draw_maps`.
    maps : sequence of LayerMap
        Layers of the frames.

    Returns
    -------
    list of PIL.Image.Image
        RGB images of the same size.
    """
    original = _panel_of_image(image, title, steps, _FRAME_IMAGE)
    frames = [lay_out([[original, _panel(each, n_tiles, _FRAME_SIDE)]]) for each in maps]
    size = max(frame.width for frame in frames), max(frame.height for frame in frames)
    sheets = [Image.new("RGB", size, PAPER) for _ in frames]
    for sheet, frame in zip(sheets, frames, strict=True):
        sheet.paste(frame)
    return sheets


def _panel_of_image(image: Location, title: str, steps: Sequence[str | Step], side: int) -> Panel:
    drawn = Image.fromarray(read_image(image, steps=read_steps(steps)))
    note = f"{drawn.height} x {drawn.width} pixels"
    scale = side / max(drawn.size)
    size = max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale))
    return Panel(drawn.resize(size, Image.Resampling.NEAREST if scale > 4 else Image.Resampling.LANCZOS), title, note)


def _panel(layer_map: LayerMap, n_tiles: int, side: int) -> Panel:
    title, values = f"{layer_map.backbone}, {layer_map.layer}", layer_map.values
    if layer_map.is_vector:
        n_rows, n_columns = block_shape(values.size)
        return Panel(draw_block(values.ravel(), side), title, f"{values.size} values as {n_rows} x {n_columns}")
    channels = strongest(values, n_tiles)
    shown = "all, the strongest first" if len(channels) == values.shape[2] else f"the {len(channels)} strongest"
    note = f"{' x '.join(map(str, values.shape))} channels: {shown}"
    return Panel(draw_tiles(values[..., channels], side), title, note)
