"""Frozen types, no input or output. Times are integer milliseconds from the recording's start."""
