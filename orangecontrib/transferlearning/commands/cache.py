"""`orange-transfer cache`: what is kept of earlier runs."""

import click


@click.command()
@click.option("--clear", is_flag=True, help="Forget everything.")
def cache(clear: bool) -> None:
    """Show what is kept of earlier runs: features of pictures, and networks in OpenVINO's form."""
    from ..cache import FeatureCache, default_path
    from ..converted import ConvertedNetworks

    features, networks = FeatureCache(default_path()), ConvertedNetworks(default_path().parent)
    if clear:
        features.clear()
        networks.clear()
    summary = features.summary()
    click.echo(f"{summary.path}: {summary.n_pictures} pictures, {summary.megabytes:.1f} MB")
    for each in summary.fingerprints:
        click.echo(f"  {each.n_pictures} pictures, {each.megabytes:.1f} MB: {each.fingerprint}")
    click.echo(f"{networks.folder}: {networks.count()} networks, {networks.megabytes():.1f} MB")
