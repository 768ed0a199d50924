"""The colours that charts are drawn in, told apart by the colour-blind, too."""

BLUE, ORANGE, GREY = "#1f5fa8", "#d95f02", "#8a8a8a"
