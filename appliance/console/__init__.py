"""Field diagnostics for a serial console or ssh."""
