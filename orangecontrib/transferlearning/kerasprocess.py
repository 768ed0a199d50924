"""Refuses to work with Keras where this process has it set otherwise than features need."""

from .errors import SettingError, TransferLearningError
from .gently import import_gently
from .kerasbackend import read_backend


def _import() -> None:
    import_gently("keras", *(["tensorflow"] if read_backend() == "tensorflow" else []))


def check_keras() -> None:
    """Refuse settings of Keras in this process that would change features.

    Raises
    ------
    SettingError
    """
    _import()
    import keras

    found = {
        "image_data_format": (keras.config.image_data_format(), "channels_last"),
        "floatx": (keras.config.floatx(), "float32"),
        "dtype_policy": (keras.config.dtype_policy().name, "float32"),
    }
    for name, (value, needed) in found.items():
        if value != needed:
            raise SettingError(
                f"Keras is set to {name} {value!r} in this process (keras.json, or another part of it), which would "
                f"change the features: set it to {needed!r}."
            )


def check_eager() -> None:
    """Refuse to work where TensorFlow's eager mode is off, which Keras needs.

    Raises
    ------
    TransferLearningError
    """
    _import()
    import keras

    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    if not tf.executing_eagerly():
        raise TransferLearningError(
            "Another add-on has switched TensorFlow's eager mode off in this process, and Keras cannot work without "
            "it: restart Orange, and run this before that add-on's widget."
        )
