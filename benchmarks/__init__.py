"""Measurements of speed and memory, side by side with what else could do the work: ``python -m benchmarks``."""
