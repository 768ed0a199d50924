"""`orange-transfer pack`: put networks, images, features and workflows into one file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..plurals import pl
from .embedder_options import ImageSize, is_given, presets_and_networks, weights_of
from .terminal import print_skipped, progress, show

if TYPE_CHECKING:
    from ..packs.manifest import Manifest


@click.command()
@click.argument("out")
@click.option(
    "--preset",
    "presets",
    multiple=True,
    type=click.Choice(["quick", "balanced", "best"]),
    help="Networks by name; repeatable.",
)
@click.option(
    "--backbone",
    "backbones",
    multiple=True,
    metavar="NAME[:LAYER][+...]",
    help="A network, with its layer if it is not its own, or several with + between them; repeatable.",
)
@click.option(
    "--weights",
    default="imagenet",
    show_default=True,
    metavar="imagenet|none|FILE",
    help="Weights of the --backbone: pretrained, random, a weights file, or a saved .keras model.",
)
@click.option(
    "--pooling",
    type=click.Choice(["auto", "avg", "max", "flatten", "none"]),
    default="auto",
    show_default=True,
    help="The way to turn a map of each --backbone into a vector; auto averages, none keeps the map.",
)
@click.option("--image-size", type=ImageSize(), help="Size that images are resized to for each --backbone.")
@click.option("--images", metavar="FOLDER", help="Put in the images of this folder, with its folders as labels.")
@click.option("--features", is_flag=True, help="Put in the features of these images by all networks.")
@click.option("--workflow", "workflows", multiple=True, metavar="FILE.ows", help="Put in a workflow; repeatable.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
def pack(
    out: str,
    presets: Sequence[str],
    backbones: Sequence[str],
    images: str | None,
    features: bool,
    workflows: tuple[str, ...],
    overwrite: bool,
    **settings: Any,
) -> None:
    """Put networks, and if wanted images, features and workflows, into the file OUT, for computers that are offline.

    There, `unpack` puts them in place. OUT is a .zip file, whose ending may be left out.
    """
    from ..embedding.choices import read_choices, write_choices
    from ..packs.packing import Packing

    presets, backbones = presets_and_networks(presets, backbones)
    if not presets and not backbones:
        raise click.UsageError("No network is named: say --preset best, for example, or --backbone NAME.")
    if presets and not backbones and any(map(is_given, settings)):
        raise click.UsageError(
            "Presets have their own weights, pooling and image size: name networks with --backbone for these."
        )
    if features and images is None:
        raise click.UsageError("--features are those of images: say --images FOLDER, too.")
    settings["weights"] = weights_of(settings["weights"])
    named = [{"backbone": write_choices(read_choices(each))} | settings for each in backbones]
    out = out if out.lower().endswith(".zip") else f"{out}.zip"
    packing = Packing(
        [{"backbone": each} for each in presets] + named,
        Path(images) if images is not None else None,
        features,
        [Path(each).expanduser() for each in workflows],
    )
    with progress("Packing", 100, "%") as callback:
        manifest = packing.write(out, overwrite=overwrite, callback=callback)
    print_skipped(packing.skipped)
    _show_content(manifest)
    show(out)


def _show_content(manifest: "Manifest") -> None:
    for each in manifest.embedders:
        show(f"{each.title}: {each.n_features:,} features")
    if manifest.n_images:
        n_featured = max((each.n_images for each in manifest.features), default=0)
        images = f"{n_featured:,} different {pl(n_featured, 'image')}"
        featured = f", and features of {images}" if manifest.features else ""
        show(f"{manifest.n_images:,} {pl(manifest.n_images, 'image')}{featured}")
    for workflow in manifest.workflows:
        show(f"workflow {workflow}")
    megabytes = sum(file.size for file in manifest.files) / 1e6
    show(f"{len(manifest.files):,} files, {megabytes:,.1f} MB")
