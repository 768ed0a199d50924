"""Networks compared on the user's images: accuracy by cross-validation, and speed."""
