"""Sample calls: recordings with labels, the scripts they were made from, and their maker."""
