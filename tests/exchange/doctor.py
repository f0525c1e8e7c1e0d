"""A person at a box on the virtual bank, who exchanges what ``doctor --swap`` asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from appliance.api.admin import admin_app
from appliance.api.server import Server
from appliance.config import parse
from appliance.demo.people import BankControl
from tests.exchange.bank_box import BankBox


@dataclass(frozen=True)
class Fault:
    """What is broken, what the exchange of it comes to, and what mends it.

    Args:
        verdict: Where it lies.
        breaks: Kinds of the bank's faults of the ill line; ``mends``: what undoes them, after the
            exchange was taken back.
        shows: What the ill line shows of it; any of these.
        exchange: ``sims`` or ``ports``; None: nothing is exchanged.
    """

    verdict: str
    breaks: tuple[str, ...]
    mends: tuple[str, ...]
    shows: tuple[str, ...]
    exchange: str | None


FAULTS: Final = (
    Fault("sim", ("puk",), ("unblock",), ("puk",), "sims"),
    Fault("modem", ("lock",), ("unlock",), ("sim-wrong",), "sims"),
    Fault("port", ("dead-port",), ("live-port",), ("lost",), "ports"),
    Fault("power", ("weak-power",), ("steady-power",), ("brown-out", "unsteady"), "ports"),
    Fault("operator", ("deny",), ("allow",), ("denied",), "sims"),
    Fault("operator", ("bar",), ("unbar",), ("resting",), "sims"),
    Fault("contact", ("unplug",), (), ("lost",), "ports"),
    Fault("application", (), (), ("ready",), None),
)
"""Every verdict."""


def fault(control: BankControl, line: str, kind: str) -> None:
    """Break a line, or mend it."""
    control.post(f"/lines/{quote(line, safe='')}/fault", {"kind": kind})


def exchange(control: BankControl, what: str, ill: str, well: str) -> None:
    """Pull both, exchange their SIMs or ports, plug both in."""
    control.post("/exchange", {"what": what, "lines": [ill, well]})


class Hands:
    """Standard input of somebody who does as told, and then presses Enter; phones are typed."""

    def __init__(self, does: Callable[[], None]) -> None:
        self._does = does

    def readline(self) -> str:
        self._does()
        return "\n"


@contextmanager
def admin_of(box: BankBox, lines: Sequence[str]) -> Iterator[Path]:
    """Have the box answer on an admin socket; gives the configuration that names it."""
    config = box.folder / "box.toml"
    named = ", ".join(f'"{line}"' for line in lines)
    config.write_text(
        f'[box]\ndata = "{box.folder}"\n[admin]\nsocket = "{box.folder}/admin/admin.sock"\n'
        f'[api]\nlisten = "127.0.0.1:0"\nplain = true\n[virtual]\nlines = [{named}]\n'
    )
    settings = parse(config.read_text())
    assert box.exchange is not None
    app = admin_app(box.store, box.exchange, box.clock, settings)
    server = Server(app, f"unix:{settings.admin.socket}", threads=2, body_limit=1 << 20)
    server.start()
    try:
        yield config
    finally:
        server.stop(2.0)
