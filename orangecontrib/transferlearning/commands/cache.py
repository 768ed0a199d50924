"""`orange-transfer cache`: show or clear the caches."""

import click


@click.command()
@click.option("--clear", is_flag=True, help="Remove everything.")
def cache(clear: bool) -> None:
    """Show the caches: features, converted networks, and images of arrays."""
    from ..cache_folder import cache_folder
    from ..embedding.cache import FeatureCache, default_path
    from ..engines.openvino_cache import ConvertedNetworks
    from ..sources.array_files import ArrayImages

    home = cache_folder()
    features, networks, arrays = FeatureCache(default_path()), ConvertedNetworks(home), ArrayImages(home)
    if clear:
        features.clear()
        networks.clear()
        arrays.clear()
    summary = features.summary()
    click.echo(f"{summary.path}: {summary.n_images} images, {summary.megabytes:.1f} MB")
    for each in summary.fingerprints:
        click.echo(f"  {each.n_images} images, {each.megabytes:.1f} MB: {each.fingerprint}")
    click.echo(f"{networks.folder}: {networks.count()} networks, {networks.megabytes():.1f} MB")
    click.echo(f"{arrays.folder}: images of {arrays.count()} arrays, {arrays.megabytes():.1f} MB")
