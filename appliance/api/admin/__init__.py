"""The box's own interface, on a unix socket."""
