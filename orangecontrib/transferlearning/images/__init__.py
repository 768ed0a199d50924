"""The pixels of an image, wherever it is."""
