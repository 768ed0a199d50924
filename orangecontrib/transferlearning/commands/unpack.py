"""`orange-transfer unpack`: put the content of a class pack in place on this computer."""

from typing import TYPE_CHECKING

import click

from ..plurals import pl
from .terminal import progress, show

if TYPE_CHECKING:
    from ..packs.unpacking import Unpacked


@click.command()
@click.argument("pack")
@click.argument("folder", required=False)
@click.option("--overwrite", is_flag=True, help="Replace existing files in FOLDER.")
def unpack(pack: str, folder: str | None, overwrite: bool) -> None:
    """Check the file PACK, which `pack` has written, and put its content in place.

    Networks and features go to Orange's cache folder, where widgets, commands and scripts find them; images, workflows
    and weights files to FOLDER, by default the name of PACK. This needs no connection.
    """
    from ..packs.unpacking import unpack as unpack_file

    with progress("Unpacking", 100, "%") as callback:
        unpacked = unpack_file(pack, folder, overwrite=overwrite, callback=callback)
    _show_content(unpacked)


def _show_content(unpacked: "Unpacked") -> None:
    manifest = unpacked.manifest
    for each in manifest.embedders:
        show(f"{each.title}: {each.n_features:,} features, ready")
    n_featured = max((each.n_images for each in manifest.features), default=0)
    if n_featured:
        show(f"features of {n_featured:,} different {pl(n_featured, 'image')} are in the cache")
    if unpacked.folder:
        n_files, n_images = len(manifest.user_files), manifest.n_images
        images = f", {n_images:,} of them {pl(n_images, 'an image|images')}" if n_images else ""
        show(f"{unpacked.folder}: {n_files:,} {pl(n_files, 'file')}{images}")
    for workflow in manifest.workflows:
        show(f"Open {unpacked.folder / workflow} in Orange")
