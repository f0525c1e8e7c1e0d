"""Jobs, backup and retention."""
