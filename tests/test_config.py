"""The configuration: every mistake at once, secrets that do not print, rules across keys."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.config import Settings, find, load, parse
from appliance.errors import BadInput, ConfigInvalid
from drivers.families.catalogue import FAMILIES

VIRTUAL = '[virtual]\nlines = ["+8617000000001"]\n'


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        parse(text)
    return caught.value.problems


def test_an_empty_file_is_a_box_with_real_modems() -> None:
    settings = parse("")

    assert settings.hardware() is not None
    assert settings.api.addresses == ["0.0.0.0:8443"]
    assert settings.push.retry_minutes == [1, 4, 9, 106, 203, 300]
    assert (settings.sms.parts_per_minute, settings.sms.burst) == (6, 6)
    assert settings.timings.callin_deadline == 3
    assert settings.box.connect == ["conference", "bridge"]


def test_the_wall_clock_of_operators() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert at.astimezone(parse("").box.zone).hour == 8
    berlin = parse('[box]\ntimezone = "Europe/Berlin"\n').box.zone
    assert at.astimezone(berlin).hour == 1
    for name in ("Mars/Base", "../etc/passwd", ""):
        assert "no time zone" in problems(f'[box]\ntimezone = "{name}"\n')[0]


def test_the_documented_file_loads(tmp_path: Path) -> None:
    for name in ("c.pem", "k.pem"):
        (tmp_path / name).write_text("")
    file = tmp_path / "simveil.toml"
    file.write_text(
        f"""
        [box]
        name = "box-1"
        data = "/var/lib/simveil"
        region = "CN"
        connect = ["conference", "bridge"]
        [api]
        listen = "0.0.0.0:8443"
        tls = {{ certificate = "{tmp_path}/c.pem", key = "{tmp_path}/k.pem" }}
        [admin]
        socket = "/run/simveil/admin.sock"
        [bank]
        discover = true
        [[bank.line]]
        port = "/dev/ttyUSB2"
        audio = "alsa:hw:CARD=Android"
        family = "auto"
        pin = "4711"
        """
    )

    settings = load(file)

    hardware = settings.hardware()
    assert hardware is not None
    (line,) = hardware.line
    assert line.pin is not None
    assert line.pin.get_secret_value() == "4711"
    assert "4711" not in repr(settings)
    assert "**********" in repr(settings)


def test_a_virtual_bank_is_read_as_the_bank_reads_it() -> None:
    settings = parse(
        '[virtual]\nlines = ["+8617000000001"]\ncontrol = "127.0.0.1:7701"\nspeed = 20\n'
        '[[virtual.line]]\nmsisdn = "+8617000000002"\npersonality = "E1550"\nhold = false\n'
    )

    assert settings.virtual is not None
    assert settings.virtual.lines == ("+8617000000001", "+8617000000002")
    assert (settings.virtual.control, settings.virtual.speed) == ("127.0.0.1:7701", 20)
    assert settings.hardware() is None


def test_three_mistakes_are_three_sentences() -> None:
    found = problems(
        '[api]\nlistne = "127.0.0.1:1"\nplain = true\n[box]\nregion = "china"\n'
        '[virtual]\nlines = ["+8617000000001", "+8617000000001"]\n'
    )

    assert len(found) == 3
    assert 'api.listne: unknown key, did you mean "listen"?' in found
    assert any(one.startswith("box.region: ") for one in found)
    assert any("+8617000000001 twice" in one for one in found)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[vritual]\n", 'vritual: unknown key, did you mean "virtual"?'),
        ("[box]\nconect = []\n", 'box.conect: unknown key, did you mean "connect"?'),
        ("[[bank.line]]\nport = ''\nprot = 1\n", "bank.line.0.prot: unknown key, did you mean"),
        ("[box]\nxyzzy = 1\n", "box.xyzzy: unknown key"),
        ("[box]\nname = 'a b'\n", "box.name: string should match pattern"),
        ("[box]\nconnect = ['bridge', 'bridge']\n", "box.connect: names a strategy twice"),
        ("[box]\nconnect = ['tunnel']\n", "box.connect.0: input should be 'conference'"),
        ("[api]\nlisten = 'here'\n", "api.listen: 'here' is not an address"),
        ("[api]\nlisten = []\n", "api.listen: names no address"),
        ("[api]\nthreads = 0\n", "api.threads: input should be greater than or equal to 2, not 0"),
        ("[api]\nplain = true\n", "0.0.0.0:8443 is not loopback"),
        ("[api]\nplain = true\nlisten = ['127.0.0.1:1', '10.0.0.1:2']\n", "10.0.0.1:2 is not"),
        ("[api]\ntls = { certificate = '/no', key = '/no' }\n", "there is no file /no"),
        ("[api]\ntls = { certificate = '/no' }\n", "api.tls.key: is missing"),
        ("[admin]\nsocket = '" + "/x" * 60 + "'\n", "100 octets"),
        ("[bank]\nline = [{ audio = 'x' }]\n", "bank.line.0.port: is missing"),
        ("[[bank.line]]\nport = 'x'\nfamily = 'nokia'\n", "'simcom', 'huawei' or 'generic', not"),
        ("[[bank.line]]\nport = 'x'\n" * 2, "bank.line: x is the port of two lines"),
        ("[bank]\ndiscover = true\n" + VIRTUAL, "virtual: excludes bank"),
        ("[bank]\n[[bank.line]]\nport = 'x'\n" + VIRTUAL, "virtual: excludes bank"),
        ("[virtual]\nlines = []\n", "names no line"),
        ("[virtual]\nlines = ['+8617000000001']\ncontrol = '10.0.0.1:1'\n", "loopback"),
        ("[virtual]\nlines = ['nobody']\n", "nobody"),
        ("[virtual]\n[[virtual.line]]\nmsisdn = '+8617000000001'\nhodl = true\n", "hold"),
        ("[sms]\nquiet_from = '25:00'\n", "sms.quiet_from"),
        ("[sms]\nquiet_from = '22:00'\n", "quiet_from and quiet_until belong together"),
        ("virtual = 5\n", "virtual"),
        ("api = 5\n", "api: input should be a valid dictionary"),
        ("[push]\nretry_minutes = [1, 4, 4]\n", "push.retry_minutes: its times have to ascend"),
        ("x = [\n", "not TOML"),
        ("x = " + "[" * 5000, "not TOML"),
    ],
)
def test_each_mistake_is_named(text: str, sentence: str) -> None:
    assert any(sentence in one for one in problems(text)), problems(text)


@pytest.mark.parametrize(
    "extra", ["plain = true\nlisten = '127.0.0.1:0'", "plain = true\nforce_plain = true"]
)
def test_plain_http_is_for_loopback_or_forced(extra: str) -> None:
    assert parse(f"[api]\n{extra}\n").api.plain


def test_a_secret_of_the_wrong_type_is_not_repeated() -> None:
    (found,) = problems("[bank]\npin = 4711\n")

    assert found.startswith("bank.pin: ")
    assert "4711" not in found


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'[box]\nname = "\xff"\n')

    with pytest.raises(ConfigInvalid, match="not UTF-8"):
        load(latin)
    with pytest.raises(ConfigInvalid, match="No such file"):
        load(tmp_path / "none.toml")
    with pytest.raises(BadInput, match="there is no configuration"):
        find(tmp_path / "none.toml")


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().api.threads = 5


def test_every_family_can_be_named() -> None:
    for family in FAMILIES:
        bank = parse(f"[[bank.line]]\nport = 'x'\nfamily = '{family}'\n").hardware()
        assert bank is not None
        assert bank.line[0].family == family
