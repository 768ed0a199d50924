"""Loads Keras, and refuses to work with it where this process has it set otherwise than features or training need."""

from .errors import SettingError, TransferLearningError
from .kerasbackend import DEFAULT, check_backend, check_installed


def load_keras() -> str:
    """Load Keras with the backend that it is set to, unless it is there.

    Returns
    -------
    str
        The backend's name.

    Raises
    ------
    SettingError
        No such backend, or it is not installed.
    TransferLearningError
        It is installed, and cannot be loaded.
    """
    backend = check_backend()
    check_installed(backend)
    try:
        import keras
    except Exception as error:  # whatever an installation can be broken by: a library, another version, an attribute
        raise TransferLearningError(
            f"Keras cannot be loaded with {backend} ({_first_cause(error)}): install both anew, "
            f"`pip install --force-reinstall keras {backend}`."
        ) from error
    return keras.backend.backend()


def check_keras() -> None:
    """Refuse settings of Keras in this process that would change features.

    Raises
    ------
    SettingError, TransferLearningError
        Also where Keras cannot be loaded.
    """
    load_keras()
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
    SettingError, TransferLearningError
        Also where Keras cannot be loaded.
    """
    if load_keras() != "tensorflow":
        return
    import tensorflow as tf

    if not tf.executing_eagerly():
        raise TransferLearningError(
            "Another add-on has switched TensorFlow's eager mode off in this process, and Keras cannot work without "
            "it: restart Orange, and run this before that add-on's widget."
        )


def check_training() -> None:
    """Refuse to train where Keras cannot be loaded, or cannot train as it is set in this process.

    Raises
    ------
    SettingError, TransferLearningError
    """
    if check_backend() == "openvino":
        check_installed(DEFAULT)
        raise SettingError(
            "Keras is set to run on openvino, which cannot train: set KERAS_BACKEND, or the backend in keras.json, to "
            "tensorflow."
        )
    check_keras()
    check_eager()


def _first_cause(error: BaseException) -> str:
    """Say what led to an error, whose own message may be a traceback of many lines."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"
