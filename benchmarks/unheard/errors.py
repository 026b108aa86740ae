"""What can go wrong while labelled calls are drawn, told with its cure."""

from __future__ import annotations

from sample_calls.maker.errors import MakerError


class ScenarioError(MakerError):
    """A scenario does not have the form, or nothing can be drawn from it."""
