"""Measure speed and memory of the add-on and of other software: ``python -m benchmarks``."""
