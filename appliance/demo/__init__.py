"""The main job without hardware, watched from outside: HTTP, the command line, people's phones.

Nothing here reaches into the box. The customer's application signs its requests by itself, the
people use the virtual bank's control interface, and the box is the process that an owner starts.
"""
