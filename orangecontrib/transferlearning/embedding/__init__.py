"""Images to features: the embedder, its pipeline and its cache."""
