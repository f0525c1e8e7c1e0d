"""Field diagnostics on a serial console or over ssh: 80 by 24, keys on screen, no colour needed."""
