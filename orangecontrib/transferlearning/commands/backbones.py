"""`orange-transfer backbones`: list the networks."""

import click


@click.command()
def backbones() -> None:
    """List the networks with input size, features, parameters and weights."""
    from ..backbones.registry import BACKBONES

    click.echo(f"{'name':<20}{'input':>10}{'features':>10}{'parameters':>12}{'MB':>6}{'top-1 %':>9}  weights here")
    for backbone in BACKBONES.values():
        height, width = backbone.image_size
        click.echo(
            f"{backbone.name:<20}{f'{height} x {width}':>10}{backbone.n_features:>10}{backbone.parameters:>12,}"
            f"{backbone.megabytes:>6}{backbone.top1 or '':>9}  "
            f"{'yes' if backbone.has_local_weights(backbone.layer_in_top) else 'no'}"
        )
