"""Compute features of images: the embedder, its pipeline and its cache."""
