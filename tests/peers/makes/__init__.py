"""Every peer on every make of modem of the bank: it identifies, registers, lists, sends, receives
and dials, but for what :mod:`tests.peers.matrix` gives a reason for."""
