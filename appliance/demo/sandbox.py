"""A box and a bank to play with: ``simveil sandbox``."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

from appliance.demo.application import CustomerApplication, Pushes
from appliance.demo.house import House
from appliance.words import Language, say

X, SECOND, TRUNK = "+8617000000001", "+8617000000002", "+8617000000003"
A, B = "+8613900000001", "+8613900000002"


def run(speed: float = 2.0, language: Language = "en") -> int:
    """Start bank, box, an application and two phones; print how to use them; run until interrupted.

    Args:
        speed: Radio time scale.
        language: Of what is printed.

    Returns:
        The exit status: 0 after SIGINT or SIGTERM.
    """
    ending = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    _print(say("SBX-001", language))
    pushes = Pushes()
    with House([X, SECOND, TRUNK], speed=speed) as house:
        pushes.start()
        try:
            _furnish(house, pushes, language)
            shown = 0
            while not ending.wait(0.2):
                for push in pushes.all()[shown:]:
                    shown += 1
                    valid = say("SBX-003" if push["valid"] else "SBX-004", language)
                    told = {"path": push["path"], "body": push["body"]}
                    _print(say("SBX-002", language, valid=valid, **told))
        finally:
            pushes.stop()
    return 0


def _furnish(house: House, pushes: Pushes, language: Language) -> None:
    urls = [
        word
        for option, kind in (("--status-url", "status"), ("--cdr-url", "cdr"), ("--sms-url", "sms"))
        for word in (option, pushes.url(kind))
    ]
    app = house.command("app", "add", "sandbox", "--mode", "AXB", "--sms", "--record", *urls)
    pushes.expect_from(app["appKey"], app["appSecret"])
    house.command("number", "enrol", X, "--app", "sandbox", "--sms")
    house.command("number", "enrol", SECOND, "--app", "sandbox", "--sms")
    house.command("number", "enrol", TRUNK, "--trunk")
    house.bank.phone(A)
    house.bank.phone(B)
    application = CustomerApplication(house.base, app["appKey"], app["appSecret"])
    bound = application.bind(relationNum=X, callerNum=A, calleeNum=B)
    application.close()
    control = f"http://127.0.0.1:{house.control_port}"
    _print(
        say(
            "SBX-005",
            language,
            base=house.base,
            key=app["appKey"],
            secret=app["appSecret"],
            control=control,
            x=X,
            second=SECOND,
            trunk=TRUNK,
            a=A,
            b=B,
            bound=bound.get("subscriptionId"),
            config=house.config,
            command=f'curl -s -d \'{{"to":"{X}"}}\' {control}/phones/%2B{A[1:]}/dial',
            b_digits=B[1:],
        )
    )


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
