"""The last layers of a backbone trained further on images."""
