"""Exports, scorecards, a call on one screen."""
