"""`orange-transfer maps`: images of what layers see."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..backbones.libraries import check_keras
from ..errors import ImageReadError, SettingError
from .embedder_options import NETWORK_OPTIONS, weights_of, with_options
from .terminal import downloads, load_quietly

if TYPE_CHECKING:
    from ..backbones.backbone import Backbone


@click.command()
@click.argument("image")
@click.argument("out", required=False)
@click.option(
    "--backbone", "names", multiple=True, default=["SqueezeNet"], metavar="NAME",
    help="The network, SqueezeNet if not given; several are drawn side by side.",
)  # fmt: skip
@click.option(
    "--layer", "lists", multiple=True, metavar="NAME[,NAME...]",
    help="Layers to draw: once for all networks, or once for each, in their order.",
)  # fmt: skip
@lambda command: with_options(command, NETWORK_OPTIONS)
@click.option("--tiles", "n_tiles", type=click.IntRange(min=1), default=64, show_default=True, help="Channels drawn.")
@click.option("--overwrite", is_flag=True, help="Replace an output that is there.")
def maps(
    image: str, out: str | None, names: tuple[str, ...], lists: tuple[str, ...], n_tiles: int, overwrite: bool,
    weights: str, **settings: Any,
) -> None:  # fmt: skip
    """Draw what layers of networks see in IMAGE.

    OUT is a .png file, in which layers stand side by side, or a .gif file, an animation from the input to the last map.
    If not given, it is a .png file named after the image, in the folder that you are in.
    """
    from ..backbones.registry import find_backbone
    from ..explain.feature_maps import animate_layers, draw_maps, read_maps
    from ..explain.image_file import ImageFile
    from ..images.reading import read_image
    from ..images.steps import read_steps

    file = ImageFile(out or f"{Path(image).stem}-maps.png", overwrite=overwrite, inputs=[image])
    backbones = [find_backbone(name) for name in names]
    chosen = _layers_of(backbones, lists, file.animated)
    try:
        # Before any network is loaded.
        read_image(image, steps=read_steps(settings["steps"]))
    except ImageReadError as error:
        raise ImageReadError(f"{image}: {error}") from error
    load_quietly(check_keras)
    seen = []
    for backbone, layers in zip(backbones, chosen, strict=True):
        click.echo(f"Loading {backbone.title} ...", err=True)
        with downloads() as callback:
            seen.append(
                read_maps(image, backbone.name, layers, weights=weights_of(weights), callback=callback, **settings)
            )
    shown = {"title": Path(image).name, "n_tiles": n_tiles, "steps": settings["steps"]}
    with file:
        file.write(animate_layers(image, seen[0], **shown) if file.animated else [draw_maps(image, seen, **shown)])
    click.echo(file.paths[0])


def _layers_of(backbones: list["Backbone"], lists: tuple[str, ...], animated: bool) -> list[list[str] | None]:
    """Layers to draw of each network; None for a walk through it."""
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
