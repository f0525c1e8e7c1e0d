"""The box as a stranger meets it: the README's commands, HTTP, and other languages."""
