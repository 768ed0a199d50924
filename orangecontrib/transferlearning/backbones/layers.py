"""The layers of a Keras model: their names, their outputs, and a choice of them for a walk through the network."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from ..errors import SettingError

if TYPE_CHECKING:
    import keras


def layer_names(model: "keras.Model") -> tuple[str, ...]:
    """Return the names of the layers that a model can be cut at, in order from the input."""
    import keras

    return tuple(layer.name for layer in model.layers if not isinstance(layer, keras.layers.InputLayer))


def leaf_layers(layer: "keras.Layer") -> Iterator["keras.Layer"]:
    """Yield the layers of a model and of the models inside it; a single layer yields itself."""
    if not hasattr(layer, "layers"):
        yield layer
        return
    for each in layer.layers:
        yield from leaf_layers(each)


def layer_outputs(model: "keras.Model", layers: Sequence[str]) -> tuple["keras.Model", list[Any]]:
    """Return the outputs of layers, and the model that they belong to.

    The model is rebuilt around the same layers if a layer is a model that is used inside it.

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
        # The `output` of a model inside the model is not connected to this one: call it again to get one that is.
        called_outputs = {}

        def call(called: "keras.Layer", *arguments: Any, **options: Any) -> Any:
            called_outputs[called.name] = called(*arguments, **options)
            return called_outputs[called.name]

        model = keras.models.clone_model(model, clone_function=lambda layer: layer, call_function=call)
        outputs = [called_outputs[layer] for layer in layers]
    return model, outputs


def main_layers(model: "keras.Model", n_most: int = 30) -> list[str]:
    """Choose layers for a walk through a network, from the input to the last map.

    Parameters
    ----------
    model : keras.Model
    n_most : int
        Largest number of layers.

    Returns
    -------
    list of str
        Layers that give maps and that no branch bypasses, without those that only prepare the next one (padding,
        normalization, the layer right before a normalization or an activation). If these are few, layers that join
        branches, else all that give maps. If there are more than `n_most`, some at equal distances, always with the
        last one.

    Raises
    ------
    SettingError
        No layer gives maps.
    """
    import keras

    # A Sequential model has no list of operations: build a functional one around the same layers.
    steps = keras.Model(model.inputs, model.outputs).operations
    maps = [layer for layer in model.layers if _gives_maps(layer)]
    if not maps:
        raise SettingError("No layer of this network gives maps.")
    trunk, preparing = _trunk(steps), _preparing(steps)
    informative = [layer for layer in maps if layer.name not in preparing]
    joins, concatenations = keras.layers.Add | keras.layers.Concatenate, keras.layers.Concatenate
    choices = (
        [layer.name for layer in informative if layer.name in trunk],
        [layer.name for layer in maps if isinstance(layer, concatenations)],
        [layer.name for layer in maps if isinstance(layer, joins)],
        [layer.name for layer in informative],
    )
    chosen = next((names for names in choices if len(names) >= _MIN_LAYERS), [layer.name for layer in maps])
    n_chosen = min(n_most, len(chosen))
    return [chosen[round((i + 1) * len(chosen) / n_chosen) - 1] for i in range(n_chosen)]


_MIN_LAYERS = 8


def _gives_maps(layer: "keras.Layer") -> bool:
    import keras

    shape = getattr(layer.output, "shape", ())
    # A map with one position is in effect a vector.
    return not isinstance(layer, keras.layers.InputLayer) and len(shape) == 4 and tuple(shape[1:3]) != (1, 1)


def _preparing(steps: Sequence[Any]) -> set[str]:
    """Return the names of steps that normalize or pad, or that are right before a normalization or an activation."""
    from keras import layers, tree

    normalizations = layers.BatchNormalization | layers.LayerNormalization | layers.Normalization
    activations = layers.Activation | layers.ReLU | layers.LeakyReLU | layers.PReLU | layers.ELU
    consumers = [step for step in steps if isinstance(step, normalizations | activations)]
    consumed = {id(each) for step in consumers for each in tree.flatten(step.input)}
    return {
        step.name
        for step in steps
        if isinstance(step, layers.ZeroPadding2D | layers.Rescaling | layers.Dropout | normalizations)
        or consumed & {id(each) for each in tree.flatten(step.output)}
    }


def _trunk(steps: Sequence[Any]) -> set[str]:
    """Return the names of the steps that every path from the input to the output goes through."""
    from keras import tree

    step_index = {id(each): i for i, step in enumerate(steps) for each in tree.flatten(step.output)}
    # For each step, the index of the last step that uses its output.
    last_consumer = list(range(len(steps)))
    for i, step in enumerate(steps):
        for each in tree.flatten(step.input):
            producer = step_index.get(id(each), i)
            last_consumer[producer] = max(last_consumer[producer], i)
    reached = [0, *accumulate(last_consumer, max)]
    return {step.name for i, step in enumerate(steps) if reached[i] <= i}
