"""The voice of a modem as frames of 20 ms."""
