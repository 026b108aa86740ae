"""Labelled calls that nobody has heard: `make` makes them, `measure` and `ablations` use them.

What a label means stands in `record`, what is drawn how often in `weights`; see the README beside.
"""
