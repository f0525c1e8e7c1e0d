"""The console in tmux beside a real box: every screen is rendered and every action reached.

What a key of a screen is, is asked of the program itself: a new one fails until it is pressed here.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.console.program import SCREENS
from appliance.console.terminal import DOWN, ENTER, ESCAPE, PAGE_DOWN, PAGE_UP, UP
from appliance.demo.house import House
from appliance.operations import secret
from tests.console.tmux import Screen, console, everything
from tests.whole.programs import simveil

pytestmark = pytest.mark.timeout(600)  # a walk through everything, on a busy machine too

LINES = ["+8617000000001", "+8617000000002"]
PHONE, OTHER = "+8613900000001", "+8613900000002"
WORDS = "bluebell 77"
SECRET = "open sesame"
SCROLLS = (UP, DOWN, "k", "j", PAGE_UP, PAGE_DOWN, " ")
ANYWHERE = "anywhere"
CARE = """
[push]
retry_minutes = [0.002]
[backup]
target = "/nowhere/simveil"
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a short name: it is typed."""
    made = Path(tempfile.mkdtemp(prefix="con-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def house(folder: Path) -> Iterator[House]:
    """A box with two enrolled lines, a person who answers, and a push that was given up."""
    (folder / "orders").mkdir()
    (folder / "stick").mkdir()
    with House(LINES, speed=20, extra=CARE, folder=folder) as running:
        secret.keep(secret.file_of(running.config), SECRET)
        gone = "http://127.0.0.1:9/gone"
        running.command("app", "add", "shop", "--mode", "AXB", "--sms", "--sms-url", gone)
        for line in LINES:
            running.command("number", "enrol", line, "--app", "shop", "--sms")
        bound = ("--app", "shop", "--x", LINES[0], "--a", PHONE, "--b", OTHER)
        running.command("binding", "add", *bound)
        pause = threading.Event()
        person, other = running.bank.phone(PHONE), running.bank.phone(OTHER)
        person.do("auto", answer_after=0.1)
        other.do("sms", to=LINES[0], text=WORDS)
        person.until_text(WORDS)
        while not running.command("outbox", "list", "--state", "parked"):
            pause.wait(0.2)
        yield running


def test_every_screen_and_every_action_is_reached(house: House, folder: Path) -> None:
    reached = a_box_that_runs(house, folder)
    reached |= no_service_at_all(folder)
    reached |= the_other_slot(folder)
    assert everything() - reached == set()
    assert {where for where, _ in reached} == {*SCREENS, ANYWHERE}


def a_box_that_runs(house: House, folder: Path) -> set[tuple[str, str]]:
    """From the overview to the end of the program, on the plainest of terminals."""
    orders = {"SIMVEIL_ORDERS": str(folder / "orders")}
    with console(folder, house.config, **orders) as screen:
        the_overview(screen)
        one_line(screen)
        the_box(screen, house, folder)
        secrets(screen)
        # The service dies: this is the rescue by itself, and the overview again afterwards.
        house.kill_box()
        screen.shows("-- Rescue", "The service does not run", "systemctl start simveil", "l log  n")
        house.start_box()
        screen.shows("-- Lines ---", "ready")
        screen.reached.add((ANYWHERE, "q"))
        screen.type_only("q")
        screen.ended()
        for hidden in (*LINES, PHONE, OTHER, WORDS, SECRET):
            assert hidden not in screen.every
        assert screen.every.isascii()
        return screen.reached


def the_overview(screen: Screen) -> None:
    """The lines, and what a terminal shows that was plugged in late."""
    first = screen.press(
        "lines", DOWN, UP, "j", "k", DOWN, shows=("> +861*****0002", "ready", "f findings")
    )
    assert first.startswith("box-1  simveil ")
    assert "+0800" in first.splitlines()[0]
    assert first.splitlines()[1].startswith("! 1 push(es) given up")

    screen.torn()
    screen.press(ANYWHERE, "z", shows=("-- Lines ---", "> +861*****0002", "q quit"))
    screen.torn()
    # An arrow as a terminal sends it that was never told how.
    screen.answer("Up", shows=("> +861*****0001",))
    screen.press("lines", DOWN, shows=("> +861*****0002",))


def one_line(screen: Screen) -> None:
    """The page of one line and what can be done there."""
    screen.press("lines", ENTER, shows=("-- Line +861*****0002", "SIM: 8986", "r reset"))
    screen.press("line", "a", shows=("AT command for +861*****0002: _", "Enter send"))
    screen.typed("AT+CSQ", shows=("+CSQ:", "| OK"))
    screen.press("line", "a")
    screen.typed('AT+CLCK="SC",1,"83749205"', shows=("may break modem or SIM", "y yes"))
    screen.answer("y", shows=("Local secret: _",))
    screen.typed("no secret", shows=("That is not the local secret.",))
    screen.press("line", "u", shows=("USSD code for +861*****0002",))
    screen.typed("*100#", shows=("Balance 42.50",))
    screen.press("line", "x")
    shown = screen.press("said", *SCROLLS, shows=("> AT", "-- rows "))
    assert "AT+CSQ" in screen.every
    screen.press("said", "a")
    screen.answer(ESCAPE)
    screen.press(ANYWHERE, ESCAPE, shows=("-- Line +861*****0002",))
    assert "+0800" in shown.splitlines()[2]

    for key, asked in (("t", "Send a test text to"), ("c", "and play a tone?")):
        screen.press("line", key, shows=("Phone, such as",))
        screen.typed(PHONE, shows=(asked, "+861*****0001", "It costs", "y yes, any other key no"))
        screen.answer("n", shows=("Nothing was done.",))
        screen.press("line", key)
        screen.typed(PHONE, shows=(asked,))
        screen.answer("y", shows=("Done.",))

    screen.press("line", "w", shows=("Wake +861*****0002?", "any other key no"))
    screen.answer("n", shows=("Nothing was done.",))
    screen.press("line", "w")
    screen.answer("y", shows=("Done.",))
    screen.press("line", "r", shows=("A call on it ends.", "any other key no"))
    screen.answer("n", shows=("Nothing was done.",))
    screen.press("line", "m", shows=("Two minutes;",))
    screen.answer("n", shows=("Nothing was done.",))
    screen.press("line", "v", shows=("-- What +861*****0002 can", "Never commissioned"))
    screen.press("can", "m", shows=("y yes",))
    screen.answer("y", shows=("Trying what it can",))
    screen.shows("Commissioned on ", "Texts come in: yes", "Done.")
    screen.press("can", *SCROLLS)
    screen.press(ANYWHERE, ESCAPE, shows=("-- Line +861*****0002",))
    screen.press("line", "r")
    screen.answer("y", shows=("Done.",))
    screen.press(ANYWHERE, ESCAPE, shows=("-- Lines ---",))


def the_box(screen: Screen, house: House, folder: Path) -> None:
    """What concerns the whole box."""
    pages: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("l", "log", ("[info]", "Up/Down, space scroll")),
        ("n", "network", ("127.0.0.1/8", "Clock: 20", "Name servers")),
        ("b", "page", ("Machine up:", "+861*****0001 ready")),
        ("f", "findings", ("Backups are wanted", "Advice: Make one")),
        ("h", "help", ("R / B         restart the service / the box",)),
    )
    for key, where, texts in pages:
        screen.press("lines", key)
        screen.stands(where)
        screen.shows(*texts)
        screen.press(where, *SCROLLS)
        screen.press(ANYWHERE, ESCAPE, shows=("-- Lines ---",))
    screen.press("lines", "o", shows=("-- Pushes", "parked", "connection was refused"))
    screen.press("outbox", *SCROLLS)
    screen.press("outbox", "p", shows=("Send all 1 pushes again?", "y yes"))
    screen.answer("n", shows=("Nothing was done.",))
    screen.press("outbox", "p")
    screen.answer("y", shows=("Done.",))
    screen.press(ANYWHERE, ESCAPE)

    screen.press("lines", "s", shows=("Folder: /media/simveil_",))
    screen.answer(*["BSpace"] * 20)
    screen.typed(str(folder / "stick"), shows=("Wrote simveil-box-1-", "all masked."))
    (written,) = (folder / "stick").iterdir()
    key = house.command("app", "show", "shop", "--secret")["appSecret"]
    assert len(key) > 20
    with zipfile.ZipFile(written) as archive:
        whole = "\n".join(archive.read(name).decode() for name in archive.namelist())
    for hidden in (*LINES, PHONE, OTHER, WORDS, SECRET, "83749205", "42.50", key):
        assert hidden not in whole

    for key, order, question in (
        ("R", "restart", "Restart the service?"),
        ("B", "reboot", "anew?"),
    ):
        screen.press("lines", key, shows=(question, "y yes"))
        screen.answer("n", shows=("Nothing was done.",))
        assert list((folder / "orders").iterdir()) == []
        screen.press("lines", key)
        screen.answer("y", shows=("Done.",))
        (folder / "orders" / order).unlink()

    screen.press("lines", "p", shows=("Make a recovery phrase?", "y yes"))
    screen.answer("n", shows=("Nothing was done.",))
    screen.press("lines", "p")
    screen.answer("y", shows=("Recovery phrase: write it down now", " 1. ", "12. "))
    screen.answer("x", shows=("-- Lines ---",))


def secrets(screen: Screen) -> None:
    """What the local secret is needed for."""
    screen.press("lines", "U", shows=("Local secret: _",))
    screen.typed("wrong", shows=("That is not the local secret.",))
    screen.press("lines", "U")
    screen.clear = True
    shown = screen.typed(SECRET, shows=("Numbers are shown in clear.",))
    assert all(number in shown for number in LINES)
    screen.press("lines", "b")
    assert not any(number in screen.stands("page") for number in LINES)
    screen.answer(ESCAPE)
    screen.press("lines", "U", shows=("Numbers are masked again.", "> +861*****0002"))
    screen.clear = False
    screen.press(ANYWHERE, "L", shows=("This terminal shows no Chinese.",))
    screen.press(ANYWHERE, "!", shows=("Local secret: _",))
    screen.typed("wrong", shows=("That is not the local secret.",))
    screen.press(ANYWHERE, "!")
    screen.typed(SECRET, shows=("exit leads back",), framed=False)
    screen.typed("echo $((6*7))-here", shows=("42-here",), framed=False)
    screen.typed("exit", shows=("-- Lines ---",))


def no_service_at_all(folder: Path) -> set[tuple[str, str]]:
    """Each thing that can be gone is said, on one sitting; nothing but orders can be given."""
    data, orders = folder / "lost", folder / "orders"
    data.mkdir()
    (data / "simveil.db").write_bytes(b"no database at all, but long enough to be taken for one")
    config = folder / "lost.toml"
    config.write_text(f'[box]\nname = "lost"\ndata = "{data}"\n[admin]\nsocket = "{data}/a"\n')
    secret.keep(secret.file_of(config), SECRET)
    with console(folder, config, SIMVEIL_ORDERS=str(orders)) as screen:
        screen.shows("-- Rescue", "is damaged: it is no", "Restore the latest backup")
        (data / "simveil.db").unlink()
        screen.press(ANYWHERE, "z", shows=("simveil.db is not there",))
        screen.press("rescue", "l", shows=("-- Log (local time, +0800)",))
        screen.press(ANYWHERE, ESCAPE)
        screen.press("rescue", "n", shows=("127.0.0.1/8",))
        screen.press(ANYWHERE, ESCAPE)
        screen.press("rescue", *SCROLLS)
        shutil.rmtree(data)
        screen.press(ANYWHERE, "z", shows=("lost is not there.", "The data partition is missing"))
        screen.press("rescue", "s", shows=("Folder:",))
        screen.answer(*["BSpace"] * 20)
        screen.typed(str(folder / "stick"), shows=("Wrote simveil-lost-", "all masked."))
        for key, order in (("R", "restart"), ("B", "reboot")):
            screen.press("rescue", key, shows=("y yes",))
            screen.answer("n", shows=("Nothing was done.",))
            assert list(orders.iterdir()) == []
            screen.press("rescue", key)
            screen.answer("y", shows=("Done.",))
            (orders / order).unlink()
        screen.answer("r", "a", "p", "U", ENTER, "O", shows=("-- Rescue", "slot -"))
        assert list(orders.iterdir()) == []
        return screen.reached


def the_other_slot(folder: Path) -> set[tuple[str, str]]:
    """Beside a partition that takes no writes.

    In a mount namespace of its own: the machine's mounts and command line are not touched.
    """
    data, orders = folder / "kept", folder / "orders"
    data.mkdir()
    (folder / "cmdline").write_text("quiet rauc.slot=B\n")
    config = folder / "kept.toml"
    config.write_text(f'[box]\nname = "kept"\ndata = "{data}"\n[admin]\nsocket = "{data}/a"\n')
    enter = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "-m"]
    mounts = (
        f"mount --bind {folder}/cmdline /proc/cmdline && mount -t tmpfs -o ro none {data}"
        f" && exec {simveil()} console --config {config}"
    )
    screen = Screen(folder, *enter, "sh", "-c", mounts, SIMVEIL_ORDERS=str(orders))
    try:
        first = screen.shows(
            "-- Rescue", "can only be read", "The other slot holds", "O other slot"
        )
        assert "slot B" in first.splitlines()[0]
        screen.press("rescue", "O", shows=("Start the other slot?", "y yes"))
        screen.answer("n", shows=("Nothing was done.",))
        assert list(orders.iterdir()) == []
        screen.press("rescue", "O")
        screen.answer("y", shows=("Done.",))
        assert [path.name for path in orders.iterdir()] == ["other-slot"]
        return screen.reached
    finally:
        screen.close()


def test_it_speaks_chinese_where_the_terminal_can(house: House, folder: Path) -> None:
    words = {"term": "screen-256color", "locale": "C.UTF-8"}
    with console(folder, house.config, "--lang", "zh-CN", **words) as screen:
        screen.shows("线路", "号码", "退出", "就绪")
        screen.answer("L", shows=("-- Lines ---", "q quit"))
        screen.answer("L", shows=("线路",))
        assert "q quit" not in screen.answer("o", shows=("等待或搁置的推送",))
