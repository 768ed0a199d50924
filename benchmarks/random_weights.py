"""Write a file of random weights in a child process, so that the network is converted and kept like any other."""

from .contenders import Contenders


def open_contenders(path: str) -> Contenders:
    """Write the weights of VGG16 without its classifier.

    Parameters
    ----------
    path : str
        Path that ends in ``.weights.h5``.
    """
    import keras

    keras.applications.VGG16(include_top=False, weights=None).save_weights(path)
    return Contenders()
