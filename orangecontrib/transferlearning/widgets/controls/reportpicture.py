"""A picture in a report."""

import base64
import io

from PIL import Image

SIDE = 480
"""In pixels, at most."""


def picture_html(image: Image.Image) -> str:
    """Write a picture as HTML that needs no file."""
    small = image.copy()
    small.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    return f'<img src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"/>'
