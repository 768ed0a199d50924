"""`orange-transfer backbones`: list the networks."""

import click

from .terminal import show


@click.command()
def backbones() -> None:
    """List the presets, and the networks with input size, features, parameters and weights."""
    from ..backbones.registry import BACKBONES
    from ..embedding.presets import PRESETS

    show(f"{'preset':<20}{'features':>10}{'flowers %':>10}{'speed':>7}  networks")
    for preset in PRESETS.values():
        show(
            f"{preset.name:<20}{preset.n_features:>10,}{100 * preset.flowers_accuracy:>10.1f}{preset.speed:>7.2f}  "
            f"{preset.backbone}{', mirrored' if preset.mirrored else ''}: {preset.summary}"
        )
    show("")
    show(f"{'name':<20}{'input':>10}{'features':>10}{'parameters':>12}{'MB':>6}{'top-1 %':>9}  weights here")
    for backbone in BACKBONES.values():
        height, width = backbone.image_size
        show(
            f"{backbone.name:<20}{f'{height} x {width}':>10}{backbone.n_features:>10}{backbone.parameters:>12,}"
            f"{backbone.megabytes:>6}{backbone.top1 or '':>9}  "
            f"{'yes' if backbone.has_local_weights(backbone.layer_in_top) else 'no'}"
        )
