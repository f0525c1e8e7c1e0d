"""A box and a bank to play with: ``simveil sandbox``."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

from appliance.demo.application import CustomerApplication, Pushes
from appliance.demo.house import House

X, SECOND, TRUNK = "+8617000000001", "+8617000000002", "+8617000000003"
A, B = "+8613900000001", "+8613900000002"


def run(speed: float = 2.0) -> int:
    """Start bank, box, an application and two phones; print how to use them; run until interrupted.

    Args:
        speed: Radio time scale.

    Returns:
        The exit status: 0 after SIGINT or SIGTERM.
    """
    ending = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    _say("starting a virtual bank and a box …")
    pushes = Pushes()
    with House([X, SECOND, TRUNK], speed=speed) as house:
        pushes.start()
        try:
            _furnish(house, pushes)
            shown = 0
            while not ending.wait(0.2):
                for push in pushes.all()[shown:]:
                    shown += 1
                    signature = "valid" if push["valid"] else "INVALID"
                    _say(f"push {push['path']}, signature {signature}: {push['body']}")
        finally:
            pushes.stop()
    return 0


def _furnish(house: House, pushes: Pushes) -> None:
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
    _say(f"""
interface   {house.base}   (AXB; sign as the documents say)
APP_Key     {app["appKey"]}
APP_Secret  {app["appSecret"]}
bank        {control}   (lines {X}, {SECOND}; trunk {TRUNK})
binding     {A} - {X} - {B}   subscriptionId {bound.get("subscriptionId")}
config      {house.config}   (for: simveil line list --config FILE)

This makes {B}'s phone ring:

curl -s -d '{{"to":"{X}"}}' {control}/phones/%2B{A[1:]}/dial

Then, for instance: POST …/phones/%2B{B[1:]}/answer, GET …/phones/%2B{B[1:]}.
Ctrl-C ends everything. Pushes appear below.
""")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
