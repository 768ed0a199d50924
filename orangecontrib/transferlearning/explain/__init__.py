"""What layers see, and where a model looked."""
