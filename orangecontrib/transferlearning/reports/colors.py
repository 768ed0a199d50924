"""The colors that charts are drawn in, told apart by the color-blind, too."""

BLUE, ORANGE, GRAY = "#1f5fa8", "#d95f02", "#8a8a8a"
