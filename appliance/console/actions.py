"""What a technician can do on the console; nothing that costs or interrupts without a question."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from appliance.console import bundle as bundles
from appliance.console import screens
from appliance.console.orders import Order, leave
from appliance.errors import SimveilError
from appliance.model import by_hand
from appliance.operations import secret
from appliance.words import say

if TYPE_CHECKING:
    from appliance.console.program import Program

_SECONDS: Final = 10.0
_AT_SECONDS: Final = 10.0
_USSD_SECONDS: Final = 30.0
_MARGIN: Final = 5.0  # seconds that an answer may take beyond what the modem is given
_TEXT_SECONDS: Final = 90.0
_TONE_SECONDS: Final = 150.0
_COMMISSION_SECONDS: Final = 900.0
_BUNDLE_SECONDS: Final = 300.0


def reset(program: Program) -> None:
    """Start the line's modem anew."""
    if program.dialog.sure("CON-401", line=screens.masked(program.line)):
        _post(program, program.path("reset"), {})


def wake(program: Program) -> None:
    """Let a line work again that rests."""
    if program.dialog.sure("CON-438", line=screens.masked(program.line)):
        _post(program, program.path("wake"), {})


def at(program: Program) -> None:
    """Send an AT command; one that may break something needs a yes and the local secret."""
    command = program.dialog.typed("CON-403", line=screens.masked(program.line))
    if not command:
        return
    body: dict[str, Any] = {"command": command, "timeout": _AT_SECONDS}
    if by_hand.danger(command) is not None:
        if not program.dialog.sure("CON-424") or not knows_secret(program):
            return
        body["dangerous"] = True
    _spoken(program, "at", body, _AT_SECONDS)


def ussd(program: Program) -> None:
    """Run a USSD code."""
    code = program.dialog.typed("CON-404", line=screens.masked(program.line))
    if code:
        _spoken(program, "ussd", {"code": code, "timeout": _USSD_SECONDS}, _USSD_SECONDS)


def text(program: Program) -> None:
    """Send a test text."""
    phone = program.dialog.typed("CON-425", line=screens.masked(program.line))
    if phone and program.dialog.sure("CON-426", phone=screens.masked(phone)):
        _post(program, program.path("text"), {"phone": phone}, _TEXT_SECONDS)


def tone(program: Program) -> None:
    """Call a phone and play a tone."""
    phone = program.dialog.typed("CON-425", line=screens.masked(program.line))
    if not phone or not program.dialog.sure("CON-427", phone=screens.masked(phone)):
        return
    done = _post(program, program.path("tone"), {"phone": phone}, _TONE_SECONDS)
    if done is not None and done["why"]:
        program.dialog.fail(done["why"])


def commission(program: Program) -> None:
    """Find out what the line can, and show it."""
    path = program.path("commission")
    if not program.dialog.sure("CON-428", line=screens.masked(program.line)):
        return
    if _post(program, path, {}, _COMMISSION_SECONDS, "CON-429") is not None:
        program.go("can")


def replay(program: Program) -> None:
    """Send every push again that was given up."""
    count = len(program.parked())
    if not count:
        program.dialog.tell("CON-412")
    elif program.dialog.sure("CON-402", count=count):
        _post(program, "/outbox/replay", {})


def bundle(program: Program) -> None:
    """Write the support bundle to a stick."""
    folder = program.dialog.typed("CON-430", begin=str(bundles.STICK))
    if not folder:
        return
    try:
        path, files = program.dialog.wait(
            lambda: bundles.write(Path(folder), program.ask, program.house, program.language),
            "CON-409",
            _BUNDLE_SECONDS,
        )
    except SimveilError as error:
        program.dialog.fail(error)
    else:
        program.dialog.tell("CLI-111", path=path.name, files=files)


def phrase(program: Program) -> None:
    """Make the recovery phrase and show it until a key is pressed, this once."""
    if not program.dialog.sure("CON-431"):
        return
    made = _post(program, "/recovery", {})
    if made is None:
        return
    program.dialog.message = ""
    body = screens.phrase(made["phrase"].split(), program.language)
    heading = say("CON-009", program.language)
    foot = say("CON-308", program.language)
    key = None
    while key is None:
        program.terminal.paint(
            screens.framed(program.facts, heading, body, "", foot, program.language)
        )
        key = program.terminal.key(_SECONDS)


def restart(program: Program) -> None:
    """Order the service to be restarted."""
    _order(program, "CON-421", "restart")


def reboot(program: Program) -> None:
    """Order the box to be started anew."""
    _order(program, "CON-422", "reboot")


def other_slot(program: Program) -> None:
    """Order the other slot's software to be started, where there is one."""
    if program.facts.slot != "-":
        _order(program, "CON-423", "other-slot")


# --- with the local secret ---


def knows_secret(program: Program) -> bool:
    """Ask for the local secret; say so when it is wrong, or when there is none."""
    if not secret.is_set(program.house.secret):
        program.dialog.tell("CON-432")
        return False
    typed = program.dialog.typed("CON-433", hide=True)
    if typed is None:
        return False
    good = secret.matches(program.house.secret, typed)
    if not good:
        program.dialog.tell("CON-434")
    return good


def unmask(program: Program) -> None:
    """Show numbers in clear, or masked again."""
    if program.clear or knows_secret(program):
        program.clear = not program.clear
        screens.unmask(program.clear)
        program.dialog.tell("CON-435" if program.clear else "CON-436")


def shell(program: Program) -> None:
    """Leave the terminal to a shell."""
    if knows_secret(program):
        program.terminal.shell(say("CON-437", program.language))


def _order(program: Program, question: str, order: Order) -> None:
    if not program.dialog.sure(question):
        return
    try:
        leave(order, program.house.orders)
    except SimveilError as error:
        program.dialog.fail(error)
    else:
        program.dialog.tell("CON-405")


def _spoken(program: Program, verb: str, body: dict[str, Any], seconds: float) -> None:
    said = _post(program, program.path(verb), body, seconds + _MARGIN)
    if said is not None:
        program.dialog.message = screens.hidden(" | ".join(said["lines"]))


def _post(
    program: Program,
    path: str,
    body: dict[str, Any],
    seconds: float = _SECONDS,
    waiting: str = "CON-409",
) -> Any:
    """Have something done and say how it went; return the answer, None when it failed."""
    try:
        done = program.dialog.wait(
            lambda: program.ask("POST", path, body, timeout=seconds), waiting, seconds
        )
    except SimveilError as error:
        program.dialog.fail(error)
        return None
    program.dialog.tell("CON-405")
    return done
