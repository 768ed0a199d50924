"""`orange-transfer cache`: show or clear the caches."""

import click

from ..plurals import pl
from .terminal import show


@click.command()
@click.option("--clear", is_flag=True, help="Remove everything.")
def cache(clear: bool) -> None:
    """Show the caches: features, converted and unpacked networks, and images of arrays."""
    from ..cache_folder import cache_folder
    from ..embedding.cache import FeatureCache, default_path
    from ..engines.openvino_cache import ConvertedNetworks
    from ..engines.packed_networks import PackedNetworks
    from ..sources.array_files import ArrayImages

    home = cache_folder()
    features, networks, arrays = FeatureCache(default_path()), ConvertedNetworks(home), ArrayImages(home)
    packed = PackedNetworks(home)
    if clear:
        for each in (features, networks, packed, arrays):
            each.clear()
    summary = features.summary()
    n_networks, n_arrays = networks.count(), arrays.count()
    show(f"{summary.path}: {summary.n_images} {pl(summary.n_images, 'row')} of features, {summary.megabytes:.1f} MB")
    for each in summary.fingerprints:
        show(f"  {each.n_images} {pl(each.n_images, 'image')}, {each.megabytes:.1f} MB: {each.fingerprint}")
    show(f"{networks.folder}: {n_networks} {pl(n_networks, 'network')}, {networks.megabytes():.1f} MB")
    if packed.count():
        n_packed = packed.count()
        show(f"{packed.folder}: {n_packed} {pl(n_packed, 'network')} of class packs, {packed.megabytes():.1f} MB")
    show(f"{arrays.folder}: images of {n_arrays} {pl(n_arrays, 'array')}, {arrays.megabytes():.1f} MB")
