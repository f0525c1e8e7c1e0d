"""Octets, lines and commands of an AT port, and the SMS PDU codec."""
