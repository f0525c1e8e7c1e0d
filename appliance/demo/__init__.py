"""The main job without hardware, watched from outside: over HTTP, the command line and two people's phones.

Nothing here reaches into the box. The customer's application signs its requests by itself, the people use the
virtual bank's control interface, and the box is the same process that an owner starts.
"""
