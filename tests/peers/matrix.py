"""What each peer does on each make of modem, and why it does not where it does not.

A peer that can't do a thing at all, or not on one make, has its reason here; everything else is
done and seen.
"""

from __future__ import annotations

from typing import Final

from drivers.virtual.config import PERSONALITIES

ACTIONS: Final = ("identify", "register", "list", "send", "receive", "dial")
PEERS: Final = ("gammu", "gammu-smsd", "smstools", "gsmmodem", "ModemManager", "oFono")

_SMSD = "a daemon for texts: it rejects calls and makes none"
_NO_OK = "waits for the OK that Wavecom leaves out after +CPIN, and gives the modem up"
_CNMI = "insists on +CNMI=2, which this make lists and refuses"
_ITS_MEMORY = "lists the memory that it chooses, ME; what came before lies on the SIM on this make"

NEVER: Final[dict[tuple[str, str], str]] = {
    ("gammu-smsd", "dial"): _SMSD,
}
"""What a peer can do on no modem."""

EXCEPT: Final[dict[tuple[str, str, str], str]] = {
    **{("ModemManager", "wavecom", action): _NO_OK for action in ACTIONS if action != "identify"},
    **{("oFono", "wavecom", action): _NO_OK for action in ACTIONS},
    **{("oFono", "zte", action): _CNMI for action in ("list", "send", "receive")},
    **{("oFono", name, "list"): _ITS_MEMORY for name in ("sim7600", "a7670", "sim800")},
    **{
        ("oFono", "e1550", action): "its plain AT driver knows no COMMAND NOT SUPPORT and waits on"
        for action in ACTIONS
    },
}
"""What a peer can't do on one make."""


def reason(peer: str, personality: str, action: str) -> str | None:
    """Return why this is not done, None where it is."""
    return NEVER.get((peer, action)) or EXCEPT.get((peer, personality, action))


def table(done: dict[tuple[str, str], set[str]]) -> str:
    """Return the matrix as people read it: ``+`` done, ``-`` not, with a reason above."""
    lines = [" " * 13 + " ".join(f"{name:>8}" for name in PERSONALITIES)]
    for peer in PEERS:
        cells = [
            "".join("+" if action in done.get((peer, name), ()) else "-" for action in ACTIONS)
            for name in PERSONALITIES
        ]
        lines.append(f"{peer:<13}" + " ".join(f"{cell:>8}" for cell in cells))
    return "\n".join(lines)
