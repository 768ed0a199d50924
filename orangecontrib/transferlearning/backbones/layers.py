"""The layers of a Keras model that it can be cut at, and what they give."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from ..errors import SettingError

if TYPE_CHECKING:
    import keras


def layer_names(model: "keras.Model") -> tuple[str, ...]:
    """Names of the layers that a model can be cut at, from the input on."""
    import keras

    return tuple(layer.name for layer in model.layers if not isinstance(layer, keras.layers.InputLayer))


def leaf_layers(layer: "keras.Layer") -> Iterator["keras.Layer"]:
    """Go through the layers of a model and of the models in it; any other layer is its own only one."""
    if not hasattr(layer, "layers"):
        yield layer
        return
    for each in layer.layers:
        yield from leaf_layers(each)


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
        normalization, whatever comes right before a normalization or an activation); where these are few, layers that
        join branches, or else all that give maps. Where there are more than `n_most`, some at equal distances, the last
        always.

    Raises
    ------
    SettingError
        No layer gives maps.
    """
    import keras

    # Built around the same layers, so that a Sequential model tells its steps too.
    steps = keras.Model(model.inputs, model.outputs).operations
    maps = [layer for layer in model.layers if _gives_maps(layer)]
    if not maps:
        raise SettingError("No layer of this network gives maps.")
    trunk, preparing = _trunk(steps), _preparing(steps)
    telling = [layer for layer in maps if layer.name not in preparing]
    joins, concatenations = keras.layers.Add | keras.layers.Concatenate, keras.layers.Concatenate
    choices = (
        [layer.name for layer in telling if layer.name in trunk],
        [layer.name for layer in maps if isinstance(layer, concatenations)],
        [layer.name for layer in maps if isinstance(layer, joins)],
        [layer.name for layer in telling],
    )
    chosen = next((names for names in choices if len(names) >= _FEW), [layer.name for layer in maps])
    n_chosen = min(n_most, len(chosen))
    return [chosen[round((i + 1) * len(chosen) / n_chosen) - 1] for i in range(n_chosen)]


_FEW = 8


def _gives_maps(layer: "keras.Layer") -> bool:
    import keras

    shape = getattr(layer.output, "shape", ())
    # A map of one position is a vector.
    return not isinstance(layer, keras.layers.InputLayer) and len(shape) == 4 and tuple(shape[1:3]) != (1, 1)


def _preparing(steps: Sequence[Any]) -> set[str]:
    """Names of steps that normalize or pad, or that come right before a normalization or an activation."""
    from keras import layers, tree

    normalizations = layers.BatchNormalization | layers.LayerNormalization | layers.Normalization
    activations = layers.Activation | layers.ReLU | layers.LeakyReLU | layers.PReLU | layers.ELU
    takers = [step for step in steps if isinstance(step, normalizations | activations)]
    taken = {id(each) for step in takers for each in tree.flatten(step.input)}
    return {
        step.name
        for step in steps
        if isinstance(step, layers.ZeroPadding2D | layers.Rescaling | layers.Dropout | normalizations)
        or taken & {id(each) for each in tree.flatten(step.output)}
    }


def _trunk(steps: Sequence[Any]) -> set[str]:
    """Names of steps that every path from the input to the output goes through."""
    from keras import tree

    place = {id(each): i for i, step in enumerate(steps) for each in tree.flatten(step.output)}
    # Where the last step that takes something of each step is.
    last_taker = list(range(len(steps)))
    for i, step in enumerate(steps):
        for each in tree.flatten(step.input):
            before = place.get(id(each), i)
            last_taker[before] = max(last_taker[before], i)
    reached = [0, *accumulate(last_taker, max)]
    return {step.name for i, step in enumerate(steps) if reached[i] <= i}
