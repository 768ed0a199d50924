"""Explanations: the maps of layers, and the parts of an image that a model used."""
