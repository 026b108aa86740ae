"""Seeded text calls about names, with labels by construction."""
