"""`orange-transfer cache`: what is kept of earlier runs."""

import click


@click.command()
@click.option("--clear", is_flag=True, help="Forget everything.")
def cache(clear: bool) -> None:
    """Show what is kept of earlier runs: features, networks in OpenVINO's form, and images of arrays as files."""
    from ..cache_folder import default_path
    from ..embedding.cache import FeatureCache
    from ..engines.openvino_cache import ConvertedNetworks
    from ..sources.array_files import ArrayImages

    home = default_path().parent
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
