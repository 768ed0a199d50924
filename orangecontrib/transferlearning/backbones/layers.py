"""The layers of a Keras model: their names, their outputs, and a choice of them for a walk through the network."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from ..errors import SettingError

if TYPE_CHECKING:
    import keras
    import numpy as np


def layer_names(model: "keras.Model") -> tuple[str, ...]:
    """Return the names of the layers that a model can be cut at, in order from the input.

    Layers of a model inside the model come before it, as "model/layer".
    """
    import keras

    names = []
    for layer in model.layers:
        if is_model(layer):
            names += [f"{layer.name}/{name}" for name in layer_names(layer)]
        if not isinstance(layer, keras.layers.InputLayer):
            names.append(layer.name)
    return tuple(names)


def is_model(layer: "keras.Layer") -> bool:
    """Return whether a layer is a model whose layers are known: functional, or a sequence."""
    import keras

    return isinstance(layer, keras.Model) and bool(getattr(layer, "inputs", None))


def find_layer(model: "keras.Model", name: str) -> "keras.Layer":
    """Return a layer by a name from `layer_names`."""
    outer, _, inner = name.partition("/")
    layer = model.get_layer(outer)
    return find_layer(layer, inner) if inner else layer


def n_uses(model: "keras.Model") -> dict[str, int]:
    """Return how often a model uses each of its layers: more than once, if several inputs or branches share it."""
    layers = model.get_config()["layers"]
    # A sequence uses each layer once, and does not describe it.
    return {layer["name"]: len(layer["inbound_nodes"]) for layer in layers if "inbound_nodes" in layer}


def _check_used_once(model: "keras.Model", name: str) -> None:
    outer, _, inner = name.partition("/")
    uses = n_uses(model).get(outer, 1)
    if uses > 1:
        raise SettingError(
            f"The network uses its layer {outer} {uses} times, with {uses} outputs; choose a layer that joins these."
        )
    if inner:
        _check_used_once(model.get_layer(outer), inner)


def leaf_layers(layer: "keras.Layer") -> Iterator["keras.Layer"]:
    """Yield the layers of a model and of the models inside it; a single layer yields itself."""
    if not hasattr(layer, "layers"):
        yield layer
        return
    for each in layer.layers:
        yield from leaf_layers(each)


def leaf_steps(model: "keras.Model") -> Iterator[Any]:
    """Yield the layers and operations of a model and of the models inside it, in order from the input."""
    import keras

    # A Sequential model has no list of operations: build a functional one around the same layers.
    for step in keras.Model(model.inputs, model.outputs).operations:
        if is_model(step):
            yield from leaf_steps(step)
        else:
            yield step


def set_weights(model: "keras.Model", values: Sequence["np.ndarray"]) -> None:
    """Set all weights of a model, also those that its layers have copies of.

    A `Normalization` computes with copies of its mean and variance, which `model.set_weights` does not change.
    """
    model.set_weights(values)
    for layer in leaf_layers(model):
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def output_shape(layer: "keras.Layer") -> tuple[int | None, ...] | None:
    """Return the shape of a layer's output for one image; None if it has several outputs."""
    output = layer.outputs[0] if is_model(layer) and len(layer.outputs) == 1 else layer.output
    return tuple(output.shape[1:]) if hasattr(output, "shape") else None


def layer_outputs(model: "keras.Model", layers: Sequence[str]) -> tuple["keras.Model", list[Any]]:
    """Return the outputs of layers, and the model that they belong to.

    The model is rebuilt around the same layers if a layer is a model that is used inside it, or inside of one.

    Parameters
    ----------
    model : keras.Model
    layers : sequence of str
        Names from `layer_names`.

    Raises
    ------
    SettingError
        A layer has several outputs, or is used several times.
    """
    import keras

    for layer in layers:
        _check_used_once(model, layer)
        if output_shape(find_layer(model, layer)) is None:
            raise SettingError(f"The layer {layer} has several outputs; choose another.")
    if not any(is_model(model.get_layer(layer.partition("/")[0])) for layer in layers):
        return model, [model.get_layer(layer).output for layer in layers]
    outputs = {}

    def call(called: "keras.Layer", *arguments: Any, **options: Any) -> Any:
        inside = [layer for layer in layers if layer.startswith(f"{called.name}/")]
        if inside:
            # Its own outputs belong to no other model: cut it, and call it as the model does.
            cut = _cut(called, [layer.removeprefix(f"{called.name}/") for layer in inside])
            outputs.update(zip(inside, cut(*arguments, **options), strict=True))
        outputs[called.name] = called(*arguments, **options)
        return outputs[called.name]

    # A Sequential model would be cloned into a sequence of other layers.
    model = keras.models.clone_model(
        keras.Model(model.inputs, model.outputs), clone_function=lambda layer: layer, call_function=call
    )
    return model, [outputs[layer] for layer in layers]


def _cut(model: "keras.Model", layers: Sequence[str]) -> "keras.Model":
    import keras

    model, outputs = layer_outputs(model, layers)
    return keras.Model(model.inputs, outputs)


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
        last one. If a model inside the model has most of the layers, those in it and the maps after it.

    Raises
    ------
    SettingError
        No layer gives maps.
    """
    import keras

    uses = n_uses(model)
    models = [layer for layer in model.layers if is_model(layer) and uses.get(layer.name, 1) == 1]
    inner = max(models, key=lambda layer: len(layer.layers), default=None)
    if inner is not None and len(inner.layers) > len(model.layers):
        after = [layer.name for layer in model.layers[model.layers.index(inner) + 1 :] if _gives_maps(layer)]
        return [f"{inner.name}/{name}" for name in main_layers(inner, n_most - len(after))] + after
    # A Sequential model has no list of operations: build a functional one around the same layers.
    steps = keras.Model(model.inputs, model.outputs).operations
    maps = [layer for layer in model.layers if _gives_maps(layer) and uses.get(layer.name, 1) == 1]
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
