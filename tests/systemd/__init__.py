"""The units of an installed box."""
