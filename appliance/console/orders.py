"""What the console asks of the system: it has no rights, so it leaves an order in a file.

``simveil-orders.path`` sees the file and ``simveil-orders.service`` does what it says, which is one
of these and nothing else.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

from appliance.errors import Refused
from appliance.words import say

FOLDER: Final = Path(os.environ.get("SIMVEIL_ORDERS", "/run/simveil-console"))
"""As for ``simveil-orders``, another one may be named."""
Order = Literal["restart", "reboot", "other-slot"]


def leave(order: Order, folder: Path = FOLDER) -> None:
    """Leave an order. Raises Refused where nobody looks for one."""
    try:
        (folder / order).touch()
    except OSError as error:
        words = say("CLI-011", path=folder, reason=error.strerror)
        raise Refused("orders", words) from error
