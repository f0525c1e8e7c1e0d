"""The mirrored interface from outside: the two documents, a real box, HTTP, and nothing else."""
