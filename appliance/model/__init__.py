"""Rules without I/O, clock or threads."""
