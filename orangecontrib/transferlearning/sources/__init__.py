"""Sources of images: a folder, a table, an array, a list."""
