"""What a SIM and a modem really can."""
