"""Which images there are: a folder, a table, an array, a list."""
