"""The command line: ``main`` is the entry point. One file per noun, no logic."""

from appliance.cli.root import main

__all__ = ["main"]
