"""Modems and their voice: everything below the exchange."""
