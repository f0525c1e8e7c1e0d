"""The virtual bank: a small mobile network, its modems and its phones, in one process."""
