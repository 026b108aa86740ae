"""Measurements: accuracy, speed, memory. Each prints figures of the run that made them."""
