"""The box: everything between the modems and the customer's application."""
