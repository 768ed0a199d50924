"""Explain networks and models: feature maps, and the parts of an image that a model used."""
