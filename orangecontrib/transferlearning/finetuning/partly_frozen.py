"""A network in two parts: a frozen one, and its last layers, which are trained further with a new head."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..backbones.layers import leaf_layers
from ..backbones.libraries import check_training
from ..backbones.loading import Loader, unknown_layer_message
from ..backbones.network import add_preprocessing, build_lock, cut_model, hash_weights
from ..errors import SettingError
from .settings import Unfreeze

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class PartlyFrozen:
    """A backbone divided where training begins.

    Attributes
    ----------
    title : str
        The backbone's name for people.
    features : keras.Model
        The whole backbone: prepared pixels (n, height, width, 3) to vectors (n, n_features), float32.
    frozen : keras.Model
        uint8 RGB pixels to what crosses the border: one array of maps, or several.
    tail : keras.Model
        What crosses the border to vectors.
    image_size : tuple of int
        (height, width) in pixels.
    first : str
        The first step behind the border.
    n_trained : int
        Layers whose weights are trained.
    weights_sha256 : str
        Hash of the weights before they are trained.
    """

    title: str
    features: "keras.Model"
    frozen: "keras.Model"
    tail: "keras.Model"
    image_size: tuple[int, int]
    first: str
    n_trained: int
    weights_sha256: str

    def with_head(self, head: "keras.Model") -> tuple["keras.Model", "keras.Model"]:
        """Put a head on top.

        Parameters
        ----------
        head : keras.Model
            A chain of layers from vectors to outputs.

        Returns
        -------
        whole : keras.Model
            Prepared pixels to outputs, made of the same layers as all the others here.
        trained : keras.Model
            What crosses the border to outputs.
        """
        with build_lock:
            return _on_top(self.features, head), _on_top(self.tail, head)

    def in_training(self, trained: "keras.Model", augmentation: "list[keras.Layer]") -> "keras.Model":
        """Join images that change by chance, the frozen part and the trained one: uint8 pixels to outputs."""
        import keras

        with build_lock:
            pixels = keras.Input((*self.image_size, 3), dtype="uint8")
            changed = keras.ops.cast(pixels, "float32")
            for layer in augmentation:
                changed = layer(changed)
            # The frozen part rounds to whole numbers, as images that are read have them.
            maps = self.frozen(
                keras.ops.cast(keras.ops.clip(keras.ops.round(changed), 0, 255), "uint8"), training=False
            )
            return keras.Model(pixels, trained(maps))


def open_tunable(loader: Loader, pooling: str, unfreeze: Unfreeze) -> PartlyFrozen:
    """Load a network, and divide it where training is to begin.

    Batch normalization keeps its statistics and its scale: with few images, training spoils them.

    Parameters
    ----------
    loader : Loader
        With the one layer that the head reads.
    pooling : {"auto", "avg", "max", "flatten"}
    unfreeze : int or str
        How many of the last layers with weights to train, batch normalization not counted; or the layer from whose
        place in the network on all are trained.

    Raises
    ------
    SettingError
        There are not that many layers, or none of that name.
    WeightsError
    """
    check_training()
    with build_lock:
        features = cut_model(loader, loader.load(), pooling)
        size = loader.size_of(features)
        if size is None:
            raise SettingError("A network is trained on images of one size: choose an image size.")
        sha256 = hash_weights(features)
        first = _first_step(features, unfreeze)
        maps, tail, n_trained = *_divide(features, first), _freeze(features, first)
        frozen = add_preprocessing(loader, maps)
        frozen.trainable = False
        return PartlyFrozen(loader.backbone.title, features, frozen, tail, size, first, n_trained, sha256)


def _on_top(model: "keras.Model", head: "keras.Model") -> "keras.Model":
    import keras

    outputs = model.outputs[0]
    for layer in head.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            outputs = layer(outputs)
    return keras.Model(model.inputs, outputs, name=model.name)


def _steps(model: "keras.Model") -> list[Any]:
    import keras

    # Built around the same layers, so that a Sequential model tells its steps too.
    return keras.Model(model.inputs, model.outputs).operations


def _first_step(model: "keras.Model", unfreeze: Unfreeze) -> str:
    steps = _steps(model)
    with_weights = [step.name for step in steps if _has_weights_to_train(step)]
    if isinstance(unfreeze, str):
        names = tuple(step.name for step in steps[1:])
        if unfreeze not in names:
            raise SettingError(unknown_layer_message(unfreeze, names, "This network"))
        if not any(_has_weights_to_train(step) for step in steps[names.index(unfreeze) + 1 :]):
            raise SettingError(f"From layer {unfreeze} on there are no weights to train: name an earlier one.")
        return unfreeze
    if not 1 <= unfreeze <= len(with_weights):
        raise SettingError(
            f"This network has {len(with_weights)} layers with weights: train 1 to {len(with_weights)} of them, not "
            f"{unfreeze}."
        )
    return with_weights[-unfreeze]


def _has_weights_to_train(step: Any) -> bool:
    # A step may be an operation, which is no layer.
    return any(getattr(layer, "weights", ()) and not _is_normalization(layer) for layer in leaf_layers(step))


def _is_normalization(layer: "keras.Layer") -> bool:
    from keras import layers

    return isinstance(layer, layers.BatchNormalization | layers.Normalization)


def _divide(model: "keras.Model", first: str) -> tuple["keras.Model", "keras.Model"]:
    """Cut a model before a step: everything up to there, and everything from there on."""
    import keras
    from keras import tree

    steps = _steps(model)
    place = [step.name for step in steps].index(first)
    made_behind = {id(each) for step in steps[place:] for each in tree.flatten(step.output)}
    taken = [each for step in steps[place:] for each in tree.flatten(step.input)]
    crossing = list({id(each): each for each in taken if id(each) not in made_behind}.values())
    return keras.Model(model.inputs, crossing), keras.Model(crossing, model.outputs)


def _freeze(model: "keras.Model", first: str) -> int:
    """Let only what is to be trained be trainable; gives the number of layers that are."""
    steps = _steps(model)
    place = [step.name for step in steps].index(first)
    for number, step in enumerate(steps):
        for layer in leaf_layers(step):
            layer.trainable = number >= place and not _is_normalization(layer)
    return sum(map(_has_weights_to_train, steps[place:]))
