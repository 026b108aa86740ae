"""Stores of either kind for the tests of this folder."""

from either_store import cleared, place, store  # noqa: F401
