"""oFono on every make."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pytest

from drivers.virtual.config import PERSONALITIES
from tests.peers.bus import Bus, strings
from tests.peers.conftest import Daemon, program
from tests.peers.makes.street import PEOPLE, Row, Street

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_ofono(town: Street, tmp_path: Path) -> None:
    row = Row("oFono")
    tried = tuple(name for name in PERSONALITIES if row.tries(name, "identify"))
    ports = {name: free_port() for name in tried}
    settings = tmp_path / "phonesim.conf"
    settings.write_text(
        "".join(f"[{name}]\nAddress=127.0.0.1\nPort={port}\n" for name, port in ports.items())
    )
    with contextlib.ExitStack() as stack:
        bus = stack.enter_context(Bus(tmp_path))
        for name, port in ports.items():
            listen = f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork"
            file = f"FILE:{town.modem(name)['port']},raw,echo=0"
            stack.enter_context(Daemon([program("socat"), listen, file], tmp_path / f"{name}.log"))
        environment = {**bus.environment, "OFONO_PHONESIM_CONFIG": str(settings)}
        without = "udev*,dundee*,bluez*,hfp*,rildev,upower"
        stack.enter_context(
            Daemon(
                [program("ofonod"), "-n", "-d", "-P", without], tmp_path / "ofono.log", environment
            )
        )

        def ask(name: str, method: str, *arguments: str) -> str:
            return bus.call("org.ofono", f"/{name}", f"org.ofono.{method}", *arguments)

        def job(name: str) -> None:
            town.until_seen(lambda: "Powered" in ask(name, "Modem.GetProperties"), "a modem")
            for what in ("Powered", "Online"):
                ask(name, "Modem.SetProperty", f"string:{what}", "variant:boolean:true")
            about = town.modem(name)
            town.until_seen(lambda: about["imei"] in ask(name, "Modem.GetProperties"), "an IMEI")
            row.did(name, "identify", True)
            town.until_seen(
                lambda: "registered" in strings(ask(name, "NetworkRegistration.GetProperties")),
                "registered",
            )
            row.did(name, "register", True)
            if row.tries(name, "send"):
                here = "org.ofono.MessageManager"
                town.until_seen(lambda: here in ask(name, "Modem.GetProperties"), "texts")
                send = (f"string:{PEOPLE[name]}", "string:from oFono")
                ask(name, "MessageManager.SendMessage", *send)
                town.until_seen(lambda: "from oFono" in town.texts(name), "its text")
                row.did(name, "send", True)
            town.until_seen(
                lambda: "object path" in ask(
                    name, "VoiceCallManager.Dial", f"string:{PEOPLE[name]}", "string:default"
                ),
                "its call",
            )  # fmt: skip
            town.until_seen(lambda: town.rung(name), "its ringing")
            row.did(name, "dial", True)

        watch = Daemon(
            [program("dbus-monitor"), "--system", "type='signal',member='IncomingMessage'"],
            tmp_path / "monitor.log", bus.environment,
        )  # fmt: skip
        stack.enter_context(watch)
        for name in tried:
            town.write(name, f"before it ran {name}")
        row.each(job, tried)

        def heard(text: str) -> bool:
            return text in strings((tmp_path / "monitor.log").read_text("utf-8", "replace"))

        for name in tried:
            town.write(name, f"while it ran {name}")
        for name in tried:
            for action, when in (("receive", "while"), ("list", "before")):
                if row.tries(name, action):
                    words = f"{when} it ran {name}"
                    town.until_seen(lambda words=words: heard(words), words)  # type: ignore[misc]
                    row.did(name, action, True)
    row.check()
