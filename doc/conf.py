"""Sphinx settings."""

project = "Orange3-TransferLearning"
author = "The Orange3-TransferLearning developers"
copyright = "2026, the Orange3-TransferLearning developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Transfer Learning for Orange"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = True
