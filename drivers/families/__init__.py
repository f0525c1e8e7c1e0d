"""What differs between makes of modem: data first, code where they differ."""
