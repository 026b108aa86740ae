"""The stages of a call, in order; none imports another."""
