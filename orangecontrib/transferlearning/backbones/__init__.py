"""Pretrained networks: their records, their weights, and Keras models cut at a layer."""
