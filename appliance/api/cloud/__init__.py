"""The mirrored cloud interface."""
