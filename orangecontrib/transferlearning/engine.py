"""One compiled forward pass: a batch of uint8 pictures in, float32 features out."""

from typing import Any

import numpy as np

from .errors import TransferLearningError
from .networks import Network


class Engine:
    """Preprocessing, network and pooling as one TensorFlow graph of a fixed batch size.

    Parameters
    ----------
    network : Network
    batch_size : int
        Pictures a call; a smaller batch is filled up, so that the graph is traced once.

    Raises
    ------
    TransferLearningError
        Another part of the process has switched TensorFlow's eager mode off.
    """

    def __init__(self, network: Network, batch_size: int):
        import tensorflow as tf

        if not tf.executing_eagerly():
            raise TransferLearningError(
                "Another add-on has switched TensorFlow's eager mode off in this process, and Keras cannot work "
                "without it: restart Orange, and embed the pictures before that add-on's widget runs."
            )
        self.network = network
        self.batch_size = batch_size
        self._out_of_memory = tf.errors.ResourceExhaustedError
        signature = tf.TensorSpec((batch_size, *network.image_size, 3), tf.uint8)

        @tf.function(input_signature=[signature])
        def forward(images: Any) -> Any:
            return network.model(network.preprocess(tf.cast(images, tf.float32)), training=False)

        self._forward = forward

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute the features of some pictures.

        Parameters
        ----------
        images : ndarray of shape (n_images, height, width, 3)
            uint8, RGB; at most `batch_size` of them.

        Returns
        -------
        ndarray of shape (n_images, n_features), float32

        Raises
        ------
        MemoryError
            The batch does not fit.
        """
        n_images = len(images)
        if n_images < self.batch_size:
            images = np.concatenate([images, np.zeros((self.batch_size - n_images, *images.shape[1:]), np.uint8)])
        try:
            return self._forward(images).numpy()[:n_images]
        except self._out_of_memory as error:
            height, width = self.network.image_size
            raise MemoryError(
                f"{self.batch_size} pictures of {height} x {width} pixels at once do not fit into memory: lower the "
                "batch size."
            ) from error
