"""From a socket to a modem; which make it is, the modem itself will say."""

from __future__ import annotations

from drivers.families.atmodem import AtModem
from drivers.families.catalogue import FAMILIES
from drivers.families.library import LIBRARY
from drivers.modem import Modem, Socket


def make_modem(socket: Socket) -> Modem:
    """Return the modem of a socket; nothing is opened before its ``start``.

    Raises ValueError for a family that does not exist; ``auto`` always does.
    """
    if socket.family != "auto" and socket.family not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise ValueError(f"family {socket.family!r}, expected auto or one of {known}")
    if socket.family == LIBRARY.name:
        # Imported by those alone who have such a device: the library is large and untyped.
        from drivers.families.library_engine import LibraryEngine

        return AtModem(socket, LibraryEngine)
    return AtModem(socket)
