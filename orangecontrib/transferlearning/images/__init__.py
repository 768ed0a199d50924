"""Read images, and change their pixels."""
