"""`orange-transfer maps`: draw the feature maps of layers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..backbones.libraries import check_keras
from ..errors import ImageReadError, SettingError
from .embedder_options import NETWORK_OPTIONS, NetworkName, weights_of, with_options
from .source_options import local_addresses_option
from .terminal import downloads, load_quietly, show, tell

if TYPE_CHECKING:
    from ..backbones.backbone import Backbone


@click.command()
@click.argument("image")
@click.argument("out", required=False)
@click.option(
    "--backbone", "names", type=NetworkName(), multiple=True, default=["SqueezeNet"], metavar="NAME",
    help="The network, by default SqueezeNet; several are drawn side by side.",
)  # fmt: skip
@click.option(
    "--layer", "lists", multiple=True, metavar="NAME[,NAME...]",
    help="Layers to draw: one option for all networks, or one for each, in the same order.",
)  # fmt: skip
@lambda command: with_options(command, NETWORK_OPTIONS)
@click.option(
    "--tiles",
    "n_tiles",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    help="Largest number of channels per layer.",
)
@local_addresses_option
@click.option("--overwrite", is_flag=True, help="Replace an existing output.")
def maps(
    image: str, out: str | None, names: tuple[str, ...], lists: tuple[str, ...], n_tiles: int, overwrite: bool,
    local_addresses: bool, weights: str, **settings: Any,
) -> None:  # fmt: skip
    """Draw the feature maps of IMAGE in layers of networks.

    OUT is a .png file with the layers side by side, or a .gif file, an animation from the input to the last map. By
    default it is a .png file in the current folder, named after the image.
    """
    from ..backbones.registry import find_backbone
    from ..explain.feature_maps import animate_layers, draw_maps, read_maps
    from ..explain.image_file import is_animation, open_image_output, write_images
    from ..images.locations import only_public
    from ..images.reading import read_image
    from ..images.steps import read_steps

    file = open_image_output(out or f"{Path(image).stem}-maps.png", overwrite=overwrite, inputs=[image])
    image = image if local_addresses else only_public(image)
    backbones = [find_backbone(name) for name in names]
    chosen = _layers_of(backbones, lists, is_animation(file))
    try:
        # An image that cannot be read is an error before a network is loaded.
        read_image(image, steps=read_steps(settings["steps"]))
    except ImageReadError as error:
        raise ImageReadError(f"{image}: {error}") from error
    load_quietly(check_keras)
    networks = []
    for backbone, layers in zip(backbones, chosen, strict=True):
        tell(f"Loading {backbone.title} ...")
        with downloads() as callback:
            networks.append(
                read_maps(image, backbone.name, layers, weights=weights_of(weights), callback=callback, **settings)
            )
    shown = {"title": Path(image).name, "n_tiles": n_tiles, "steps": settings["steps"]}
    frames = (
        animate_layers(image, networks[0], **shown) if is_animation(file) else [draw_maps(image, networks, **shown)]
    )
    write_images(file, frames)
    show(file.path)


def _layers_of(backbones: list["Backbone"], lists: tuple[str, ...], animated: bool) -> list[list[str] | None]:
    """Return the layers of each network; None for all main layers, for an animation."""
    if animated and len(backbones) > 1:
        raise SettingError("An animation goes through one network: name one --backbone, or a .png file.")
    given = [[name.strip() for name in each.split(",")] for each in lists]
    if len(backbones) == 1 and given:
        return [sum(given, [])]
    if len(given) not in (0, 1, len(backbones)):
        raise SettingError(
            f"{len(given)} times --layer for {len(backbones)} networks: say it once for all, or once for each."
        )
    if given:
        return given * (len(backbones) // len(given))
    if animated:
        return [None]
    return [list(backbone.stages) if len(backbones) == 1 else [] for backbone in backbones]
