"""What a recovery does to the modems of a virtual bank: AT on the port, the rest by its control."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import quote

import urllib3

from drivers.device_tools import answers, write_reset
from drivers.modem import Socket

SECONDS: Final = 5.0  # for the bank to answer

_log = logging.getLogger(__name__)


class BankTools:
    """The bank's hands stand in for sysfs and for a hub that can switch its ports.

    Args:
        address: ``host:port`` of the bank's control.
    """

    def __init__(self, address: str) -> None:
        self._base = f"http://{address}"

    def answers(self, socket: Socket) -> bool:
        """Return whether the command port can be opened and answers ``AT``."""
        return answers(socket.port)

    def reset(self, socket: Socket, family: str) -> bool:
        """Have the module restart; False when its port can't be opened."""
        return write_reset(socket.port, family)

    def rebind(self, socket: Socket) -> bool:
        """Have the bank take the modem off the bus and put it back, its power left on."""
        return self._hand(socket, "rebind")

    def power(self, socket: Socket) -> bool:
        """Have the bank switch the modem's power off and on."""
        return self._hand(socket, "power-cycle")

    def _hand(self, socket: Socket, kind: str) -> bool:
        if socket.msisdn is None:
            return False
        path = f"/lines/{quote(socket.msisdn, safe='')}/fault"
        try:
            with urllib3.PoolManager(retries=False) as http:
                timeout = urllib3.Timeout(total=SECONDS)
                done = http.request(
                    "POST", f"{self._base}{path}", json={"kind": kind}, timeout=timeout
                )
        except urllib3.exceptions.HTTPError as error:
            _log.warning("the bank did not %s %s: %s", kind, socket.name, error)
            return False
        return done.status == 200
