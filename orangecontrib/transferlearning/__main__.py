"""Lets `python -m orangecontrib.transferlearning` do what `orange-transfer` does."""

from .cli import main

main(prog_name="orange-transfer")
