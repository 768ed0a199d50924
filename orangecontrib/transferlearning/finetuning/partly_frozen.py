"""Divide a network into a frozen part and its last layers, which are trained with a new head."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..backbones.layers import leaf_layers
from ..backbones.libraries import check_training
from ..backbones.loading import Loader, unknown_layer_message
from ..backbones.network import add_preprocessing, build_lock, cut_model, hash_weights
from ..errors import SettingError
from ..plurals import pl
from .settings import Unfreeze

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class PartlyFrozen:
    """A backbone that is divided into a frozen part and the layers that are trained.

    Attributes
    ----------
    title : str
        Title of the backbone.
    features : keras.Model
        The whole backbone, from preprocessed pixels (n, height, width, 3) to vectors (n, n_features), float32.
    frozen : keras.Model
        From uint8 RGB pixels to the inputs of the trained layers, one array or several.
    tail : keras.Model
        From the outputs of `frozen` to vectors.
    image_size : tuple of int
        (height, width) in pixels.
    first : str
        The first layer or operation after the frozen part.
    n_trained : int
        Number of layers whose weights are trained.
    weights_sha256 : str
        Hash of the weights before they are trained.
    preprocessing : str
        What is done with pixels before the network, as in `Network`.
    """

    title: str
    features: "keras.Model"
    frozen: "keras.Model"
    tail: "keras.Model"
    image_size: tuple[int, int]
    first: str
    n_trained: int
    weights_sha256: str
    preprocessing: str

    def with_head(self, head: "keras.Model") -> tuple["keras.Model", "keras.Model"]:
        """Add a head.

        Parameters
        ----------
        head : keras.Model
            A sequence of layers from vectors to outputs.

        Returns
        -------
        whole : keras.Model
            From preprocessed pixels to outputs; it shares its layers with the other models.
        trained : keras.Model
            From the outputs of `frozen` to outputs.
        """
        with build_lock:
            return _add_head(self.features, head), _add_head(self.tail, head)

    def in_training(self, trained: "keras.Model", augmentation: "list[keras.Layer]") -> "keras.Model":
        """Return a model from uint8 pixels to outputs: augmentation, the frozen part, and the trained one."""
        import keras

        with build_lock:
            pixels = keras.Input((*self.image_size, 3), dtype="uint8")
            changed = keras.ops.cast(pixels, "float32")
            for layer in augmentation:
                changed = layer(changed)
            # Images from files have whole numbers, too.
            maps = self.frozen(
                keras.ops.cast(keras.ops.clip(keras.ops.round(changed), 0, 255), "uint8"), training=False
            )
            return keras.Model(pixels, trained(maps))


def open_partly_frozen(loader: Loader, pooling: str, unfreeze: Unfreeze) -> PartlyFrozen:
    """Load a network, and divide it before the first layer that is trained.

    Batch normalization keeps its statistics and its scale, as training with few images makes them worse.

    Parameters
    ----------
    loader : Loader
        A loader with the layer that the head reads.
    pooling : {"auto", "avg", "max", "flatten"}
    unfreeze : int or str
        Number of the last layers with weights that are trained, without batch normalization; or the name of the first
        layer that is trained.

    Raises
    ------
    SettingError
        The network has too few layers, or none with this name.
    WeightsError
    """
    check_training()
    with build_lock:
        model = loader.load()
        features, preprocessing = cut_model(loader, model, pooling), loader.preprocessing_of(model)
        size = loader.size_of(features)
        if size is None:
            raise SettingError("A network is trained on images of one size: choose an image size.")
        sha256 = hash_weights(features)
        first = _first_step(features, unfreeze)
        maps, tail, n_trained = *_divide(features, first), _freeze(features, first)
        frozen = add_preprocessing(loader, maps, preprocessing)
        frozen.trainable = False
        title = loader.backbone.title
        return PartlyFrozen(title, features, frozen, tail, size, first, n_trained, sha256, preprocessing)


def _add_head(model: "keras.Model", head: "keras.Model") -> "keras.Model":
    import keras

    outputs = model.outputs[0]
    for layer in head.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            outputs = layer(outputs)
    return keras.Model(model.inputs, outputs, name=model.name)


def _steps(model: "keras.Model") -> list[Any]:
    import keras

    # A new model around the same layers, as a Sequential model has no operations.
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
            f"This network has {len(with_weights)} {pl(len(with_weights), 'layer')} with weights: train 1 to "
            f"{len(with_weights)} of them, not {unfreeze}."
        )
    return with_weights[-unfreeze]


def _has_weights_to_train(step: Any) -> bool:
    # A step may be an operation, not a layer.
    return any(getattr(layer, "weights", ()) and not _is_normalization(layer) for layer in leaf_layers(step))


def _is_normalization(layer: "keras.Layer") -> bool:
    from keras import layers

    return isinstance(layer, layers.BatchNormalization | layers.Normalization)


def _divide(model: "keras.Model", first: str) -> tuple["keras.Model", "keras.Model"]:
    """Divide a model before a step into two models."""
    import keras
    from keras import tree

    steps = _steps(model)
    index = [step.name for step in steps].index(first)
    outputs_after = {id(each) for step in steps[index:] for each in tree.flatten(step.output)}
    taken = [each for step in steps[index:] for each in tree.flatten(step.input)]
    crossing = list({id(each): each for each in taken if id(each) not in outputs_after}.values())
    return keras.Model(model.inputs, crossing), keras.Model(crossing, model.outputs)


def _freeze(model: "keras.Model", first: str) -> int:
    """Make only the last layers trainable, and return their number."""
    steps = _steps(model)
    index = [step.name for step in steps].index(first)
    for number, step in enumerate(steps):
        for layer in leaf_layers(step):
            layer.trainable = number >= index and not _is_normalization(layer)
    return sum(map(_has_weights_to_train, steps[index:]))
