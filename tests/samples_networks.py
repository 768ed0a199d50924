"""A tiny network in place of SqueezeNet: quick to load, to split and to train."""

SIDE = 64


def write_network(path):
    """Save a network of a few layers that ends in ``fire9``, with fixed random weights, and return the path.

    It takes preprocessed pixels (n, 64, 64, 3), which the weights of its first layer scale to about -1 to 1.
    """
    import keras
    from keras import layers

    def convolution(n, name, seed, stride, factor=1.0):
        initializer = keras.initializers.VarianceScaling(2 * factor**2, seed=seed)
        return layers.Conv2D(n, 3, stride, activation="relu", kernel_initializer=initializer, name=name)

    x = pixels = keras.Input((SIDE, SIDE, 3), name="pixels")
    x = convolution(8, "conv1", 1, 4, 1 / 128)(x)
    x = layers.BatchNormalization(name="norm1")(x)
    x = convolution(16, "conv2", 2, 2)(x)
    x = layers.BatchNormalization(name="norm2")(x)
    x = convolution(32, "fire9", 3, 1)(x)
    keras.Model(pixels, x, name="small").save(path)
    return path
