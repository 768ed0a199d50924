"""In a child: writes a file of random weights, so that a network from it is kept in OpenVINO's form as any other is."""

from .contenders import Contenders


def open_contenders(path: str) -> Contenders:
    """Write the weights of VGG16 without its classifier.

    Parameters
    ----------
    path : str
        Ends in ``.weights.h5``.
    """
    import keras

    keras.applications.VGG16(include_top=False, weights=None).save_weights(path)
    return Contenders()
