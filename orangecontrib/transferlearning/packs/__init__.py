"""Class packs: networks, images, features and workflows in one file, for computers without a connection."""
