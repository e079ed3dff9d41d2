"""A process in its surroundings: the zip unpacked, an interpreter, isolation, and its end."""
