"""The whole box, end to end, over pseudo-terminals and HTTP."""
