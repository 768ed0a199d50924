"""Sources of images: folders, tables, arrays and lists."""
