"""The layers of a Keras model that it can be cut at, and what they give."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .errors import SettingError

if TYPE_CHECKING:
    import keras


def layer_names(model: "keras.Model") -> tuple[str, ...]:
    """Names of the layers that a model can be cut at, from the input on."""
    import keras

    return tuple(layer.name for layer in model.layers if not isinstance(layer, keras.layers.InputLayer))


def outputs_of(model: "keras.Model", layers: Sequence[str]) -> tuple["keras.Model", list[Any]]:
    """Find what layers give in a model; returns the model, which may be built anew around the same layers, and these.

    Raises
    ------
    SettingError
        A layer has several outputs.
    """
    import keras

    outputs = [model.get_layer(layer).output for layer in layers]
    for layer, output in zip(layers, outputs, strict=True):
        if isinstance(output, list | tuple):
            raise SettingError(f"The layer {layer} has several outputs; choose another.")
    try:
        keras.Model(model.inputs, outputs)
    except ValueError:
        # A model inside the model, whose `output` belongs to itself: call it here again and note what comes out.
        noted = {}

        def call(called: "keras.Layer", *arguments: Any, **options: Any) -> Any:
            noted[called.name] = called(*arguments, **options)
            return noted[called.name]

        model = keras.models.clone_model(model, clone_function=lambda same: same, call_function=call)
        outputs = [noted[layer] for layer in layers]
    return model, outputs


def main_layers(model: "keras.Model", n_most: int = 30) -> list[str]:
    """Choose layers for a walk through a network, from the input to the last map.

    Parameters
    ----------
    model : keras.Model
    n_most : int
        How many at most.

    Returns
    -------
    list of str
        Layers that give maps and that no branch goes around, without those that only prepare the next one (padding,
        normalisation, convolutions without activation), spread evenly where there are more. Networks with few such
        layers are shown with all that give maps.

    Raises
    ------
    SettingError
        No layer gives maps.
    """
    maps = [layer for layer in model.layers if _gives_maps(layer)]
    if not maps:
        raise SettingError("No layer of this network gives maps.")
    trunk = _on_every_path(model)
    chosen = [layer.name for layer in maps if layer.name in trunk and not _prepares(layer)]
    if len(chosen) < _FEW:
        chosen = [layer.name for layer in maps]
    n_chosen = min(n_most, len(chosen))
    # The last one always, and others at equal distances before it.
    return [chosen[round((i + 1) * len(chosen) / n_chosen) - 1] for i in range(n_chosen)]


_FEW = 8


def _gives_maps(layer: "keras.Layer") -> bool:
    import keras

    shape = getattr(layer.output, "shape", ())
    # Maps of one position are vectors.
    return not isinstance(layer, keras.layers.InputLayer) and len(shape) == 4 and tuple(shape[1:3]) != (1, 1)


def _prepares(layer: "keras.Layer") -> bool:
    from keras import activations, layers

    bare = isinstance(layer, layers.Conv2D) and layer.activation is activations.linear
    return bare or isinstance(
        layer,
        layers.ZeroPadding2D
        | layers.BatchNormalization
        | layers.LayerNormalization
        | layers.Normalization
        | layers.Rescaling
        | layers.Dropout,
    )


def _on_every_path(model: "keras.Model") -> set[str]:
    """Names of layers that every path from the input to the output goes through."""
    import keras

    place = {id(tensor): i for i, layer in enumerate(model.layers) for tensor in keras.tree.flatten(layer.output)}
    furthest, trunk = 0, set()
    # How far the ways out of the layers before reach.
    reach = [0] * len(model.layers)
    for i, layer in enumerate(model.layers):
        for tensor in keras.tree.flatten(layer.input):
            before = place.get(id(tensor), i)
            reach[before] = max(reach[before], i)
    for i, layer in enumerate(model.layers):
        if furthest <= i:
            trunk.add(layer.name)
        furthest = max(furthest, reach[i])
    return trunk
