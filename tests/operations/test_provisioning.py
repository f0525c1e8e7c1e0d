"""The file on the boot partition: read from any editor, refused by its lines, or in force."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance import config
from appliance.operations.provisioning import (
    Answers,
    Places,
    Problem,
    Refusal,
    install,
    lay,
    outcome,
    read,
    written,
)
from appliance.operations.provisioning.keys import KEYS
from appliance.operations.provisioning.lay import public_key
from appliance.operations.provisioning.light import shine
from appliance.operations.provisioning.outcome import fingerprint, sentence
from appliance.words import LANGUAGES

NOWHERE = Path("/nonexistent")
PEER = base64.b64encode(bytes(range(32))).decode()
SSH = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(32)).decode()
COMMENTED = (Path(__file__).parents[2] / "image/boot/simveil.txt").read_text(encoding="utf-8")
FULL = f"""\
name = Shop-1
language = zh-cn
timezone = Asia/Shanghai
region = cn
network = 192.168.1.50/24
network.gateway = 192.168.1.1
network.dns = 192.168.1.1, 2001:db8::1
time.servers = ntp.example.com,10.0.0.1
wireguard.address = 10.9.0.2/32
wireguard.peer = {PEER}
wireguard.endpoint = vpn.example.com:51820
wireguard.allowed = 10.9.0.0/24, 10.8.0.1
api.names = privacy.example.com
app.name = 订单
app.mode = axb
app.status-url = https://orders.example.com/status?a=b#c
operator.key = {SSH} me@home
"""


def problems(octets: bytes | str, beside: Path = NOWHERE) -> list[tuple[int, str]]:
    with pytest.raises(Refusal) as refused:
        read(octets.encode() if isinstance(octets, str) else octets, beside)
    for problem in refused.value.problems:
        for language in LANGUAGES:
            assert sentence(problem, language)
    return [(one.line, one.code) for one in refused.value.problems]


def places(root: Path) -> Places:
    boot = root / "boot"
    boot.mkdir(parents=True, exist_ok=True)
    return Places(
        boot=boot,
        state=root / "data/provision",
        etc=root / "etc",
        run=root / "run",
        localtime=root / "data/localtime",
    )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pair")
    for name in ("a", "b"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem"],
            cwd=folder, check=True, capture_output=True, timeout=60,
        )  # fmt: skip
    return folder


def test_the_file_that_comes_with_the_image_asks_nothing_and_knows_every_key() -> None:
    assert read(COMMENTED.encode(), NOWHERE) == Answers({})
    named = [line[1:].split(" = ")[0] for line in COMMENTED.splitlines() if " = " in line]
    assert named == list(KEYS)


@settings(deadline=None)
@given(
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    before=st.text(" \t\u3000\u00a0", max_size=3),
    behind=st.text(" \t\u00a0\ufeff\u200b", max_size=3),
    quote=st.sampled_from(["", '"', "'"]),
    last=st.sampled_from(["", "\x1a", "\0\0", "\n\n"]),
    comment=st.sampled_from(["", " # as said on the phone", "\t#“quoted”"]),
)
def test_any_editors_file_reads_the_same(
    end: str, encoding: str, before: str, behind: str, quote: str, last: str, comment: str
) -> None:
    lines = []
    for line in FULL.splitlines():
        key, _, value = line.partition(" = ")
        lines.append(
            f"{before}{key.upper()}{before}={before}{quote}{value}{quote}{comment}{behind}"
        )
    octets = (end.join([COMMENTED.replace("\n", end), *lines]) + last).encode(encoding)

    assert read(octets, NOWHERE) == read(FULL.encode(), NOWHERE)


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_nothing_that_is_typed_breaks_the_reader(octets: bytes) -> None:
    try:
        answers = read(octets, NOWHERE)
    except Refusal as refusal:
        told = [sentence(one, language) for one in refusal.problems for language in LANGUAGES]
        values = set()
    else:
        told = ["nothing"]
        values = set(answers.values)
    assert all(told)
    assert told
    assert values <= set(KEYS)


def test_each_mistake_is_told_with_its_line() -> None:
    bad = [
        "name = two words",
        "nmae = box",
        "colour = red",
        "timezone = Mars/Olympus",
        "region = China",
        "language = “en”",
        "network = 192.168.1.500/24",
        "network.dns = 1.2.3.4 5.6.7.8",
        "time.servers = ntp.example.com,",
        "just words",
        "wireguard.address = 10.0.0.1",
        "wireguard.peer = abc",
        "wireguard.endpoint = vpn.example.com",
        "wireguard.allowed = everything",
        "wireguard.keepalive = often",
        "api.names = bad_name",
        "api.certificate = ../../etc/shadow",
        "api.key = key.pem",
        'app.name = "orders',
        "app.mode = AXZ",
        "app.cdr-url = ftp://x",
        "operator.key = ssh-ed25519 AAAA",
        "name = again",
        "app.sms-url = https://例子.example",
    ]
    codes = [
        "PRV-020", "PRV-008", "PRV-007", "PRV-022", "PRV-023", "PRV-005", "PRV-024", "PRV-026",
        "PRV-027", "PRV-006", "PRV-024", "PRV-029", "PRV-028", "PRV-025", "PRV-030", "PRV-027",
        "PRV-031", None, "PRV-009", "PRV-021", "PRV-032", "PRV-034", "PRV-004", "PRV-011",
    ]  # fmt: skip
    expected = [(line, code) for line, code in enumerate(codes, 1) if code]

    assert problems("\r\n".join(bad)) == expected


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"{\\rtf1 name = box}", [(0, "PRV-002")]),
        (b"PK\x03\x04name = box", [(0, "PRV-002")]),
        (b"x" * 70000, [(0, "PRV-001")]),
        (b"# ok\r\nname = \xff", [(2, "PRV-003")]),
        (b"name = a\x07b", [(1, "PRV-010")]),
        (b"app.name = orders", [(1, "PRV-012")]),
        (b"network = dhcp\nnetwork.gateway = 10.0.0.1", [(2, "PRV-013")]),
        (b"wireguard.address = 10.0.0.2/32", [(1, "PRV-012")] * 3),
        (b"name = box\nname\xef\xbc\x9dbox", [(2, "PRV-005")]),
    ],
)
def test_files_that_are_none(octets: bytes, expected: list[tuple[int, str]]) -> None:
    assert problems(octets) == expected


def test_a_refused_secret_is_not_repeated() -> None:
    with pytest.raises(Refusal) as refused:
        read(b"wireguard.peer = hunter2\nhunter2\noperator.key = hunter2", NOWHERE)
    told = " ".join(sentence(one, "en") for one in refused.value.problems)
    assert "hunter2" not in told


def test_certificate_and_key(tmp_path: Path, pair: Path) -> None:
    for name in ("a.pem", "a.key", "b.key"):
        (tmp_path / name).write_bytes((pair / name).read_bytes())
    good = b"api.certificate = a.pem\napi.key = a.key"

    answers = read(good, tmp_path)

    assert answers.certificate == (pair / "a.pem").read_bytes()
    assert "PRIVATE" not in repr(answers)
    wrong = {"api.key = b.key": "PRV-016", "api.key = c.key": "PRV-015"}
    for line, code in wrong.items():
        assert problems(f"api.certificate = a.pem\n{line}", tmp_path) == [(1, code)]
    assert problems("api.certificate = c.pem\napi.key = a.key", tmp_path) == [(1, "PRV-014")]
    # Once the box has kept the key, its file may be taken away; the certificate in force stays.
    box = places(tmp_path / "box")
    install(good, answers, box)
    (tmp_path / "a.key").unlink()
    again = read(good, tmp_path, box.current)
    assert again.key is None
    install(b"# changed\n" + good, again, box)
    assert (box.current / "key.pem").read_bytes() == (pair / "a.key").read_bytes()
    lay(box)
    assert (box.etc / "key.pem").stat().st_mode & 0o777 == 0o640
    assert config.load(box.etc / "simveil.toml").api.tls is not None


def test_what_is_in_force(tmp_path: Path) -> None:
    box = places(tmp_path)
    octets = FULL.encode()
    assert install(octets, read(octets, NOWHERE), box)
    assert not install(octets, read(octets, NOWHERE), box)
    lay(box)

    settings = config.load(box.etc / "simveil.toml")
    assert settings.box.name == "shop-1"
    assert settings.api.names == ["shop-1.local", "privacy.example.com"]
    network = box.run / "systemd/network"
    wired = (network / "40-simveil.network").read_text()
    assert "Address=192.168.1.50/24\nGateway=192.168.1.1\nDNS=192.168.1.1\nDNS=2001:db8::1" in wired
    tunnel = (network / "41-wg-simveil.netdev").read_text()
    assert f"PublicKey={PEER}" in tunnel
    assert "AllowedIPs=10.9.0.0/24,10.8.0.1/32" in tunnel
    key = base64.b64decode((box.run / "simveil-wireguard.key").read_text())
    assert len(key) == 32
    assert (
        "NTP=ntp.example.com 10.0.0.1\n"
        in (box.run / "systemd/timesyncd.conf.d/40-simveil.conf").read_text()
    )
    assert str(box.localtime.readlink()) == "/usr/share/zoneinfo/Asia/Shanghai"
    assert (box.etc / "operator.keys").read_text() == f"{SSH} me@home\n"

    # Another name: the tunnel's key stays, what is no longer asked for goes.
    public = public_key(box)
    install(b"name = two", read(b"name = two", NOWHERE), box)
    lay(box)
    assert public_key(box) == public
    assert sorted(path.name for path in network.iterdir()) == ["40-simveil.network"]
    assert not (box.etc / "operator.keys").exists()
    assert config.load(box.etc / "simveil.toml").box.name == "two"
    assert len([path for path in box.state.iterdir() if path.is_dir()]) == 2  # and the link to it

    # Once somebody has changed the configuration by hand it is his.
    (box.etc / "simveil.toml").write_text('[box]\nname = "mine"\n')
    install(b"name = three", read(b"name = three", NOWHERE), box)
    lay(box)
    assert config.load(box.etc / "simveil.toml").box.name == "mine"


def test_a_cut_at_any_moment_leaves_the_old_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = b"name = old", FULL.encode()

    class Cut(Exception):
        pass

    def after(steps: int) -> Any:
        left = [steps]
        sync = os.fsync

        def fsync(descriptor: int) -> None:
            if left[0] == 0:
                raise Cut
            left[0] -= 1
            sync(descriptor)

        return fsync

    seen = set()
    for steps in range(40):
        box = places(tmp_path / str(steps))
        install(old, read(old, NOWHERE), box)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", after(steps))
            try:
                install(new, read(new, NOWHERE), box)
            except Cut:
                pass
            else:
                seen.add("whole")
        hostname = (box.current / "hostname").read_text()
        complete = {"old\n": 6, "shop-1\n": 11}
        files = [path for path in box.current.rglob("*") if path.is_file()]
        assert len(files) == complete[hostname]
        seen.add(hostname)
        # The next boot finishes the job.
        install(new, read(new, NOWHERE), box)
        assert (box.current / "hostname").read_text() == "shop-1\n"
        if "whole" in seen:
            break

    assert seen == {"old\n", "shop-1\n", "whole"}


def found(box: Places, **other: Any) -> Any:
    given_: dict[str, Any] = {
        "version": "1",
        "at": "2026-01-01T00:00:00+08:00",
        "time_known": True,
        "addresses": ("192.168.1.50", "2001:db8::2"),
        "lines": [
            {"state": "ready", "role": "number", "msisdn": "+8617000000001", "iccid": "1",
             "imei": "2"},
        ],
        "applications": [{"name": "orders", "appKey": "k1"}],
        "certificates": (),
        "problems": (),
        **other,
    }  # fmt: skip
    return outcome(box, **given_)


def test_the_answer(tmp_path: Path, pair: Path) -> None:
    box = places(tmp_path)
    octets = FULL.encode()
    install(octets, read(octets, NOWHERE), box)
    lay(box)

    good = found(box, certificates=(NOWHERE, pair / "a.pem"))

    text = good.text("en")
    assert good.good
    assert (
        "https://shop-1.local:8443, https://192.168.1.50:8443, https://[2001:db8::2]:8443" in text
    )
    der = subprocess.run(
        ["openssl", "x509", "-in", pair / "a.pem", "-outform", "DER"],
        check=True, capture_output=True, timeout=30,
    ).stdout  # fmt: skip
    assert fingerprint(pair / "a.pem") in text
    assert hashlib.sha256(der).hexdigest().upper() == (fingerprint(pair / "a.pem") or "").replace(
        ":", ""
    )
    assert public_key(box) in text
    # No secret, and no whole number.
    secret = (box.run / "simveil-wireguard.key").read_text().strip()
    assert secret not in text
    assert "\r\n" in text
    assert written(good, box.boot / "status.txt", "zh-CN")
    assert not written(good, box.boot / "status.txt", "zh-CN")
    assert (box.boot / "status.txt").read_text(encoding="utf-8-sig").startswith("设备: shop-1")

    missing = found(
        box,
        addresses=(),
        time_known=False,
        lines=[{"state": "sim-missing", "role": None, "msisdn": "+8617000000001", "iccid": None,
                "imei": None}],
        applications=[],
        problems=(Problem(3, "PRV-020"),),
    )  # fmt: skip
    text = missing.text("en")
    assert not missing.good
    assert "Line 3: A name has" in text
    for words in ("A network", "The time", "Line ..0001", "A number", "An application"):
        assert words in text
    assert "17000000001" not in text
    assert "The service" in found(box, lines=None, applications=None).text("en")
    assert "A modem" in found(box, lines=[]).text("en")
    assert "simveil.txt: there is none." in found(places(tmp_path / "new")).text("en")


def test_the_light(tmp_path: Path) -> None:
    assert shine(True, tmp_path / "none") is None
    led = tmp_path / "ACT"
    led.mkdir()
    for name in ("trigger", "delay_on", "delay_off"):
        (led / name).write_text("0")

    assert shine(False, tmp_path) == "ACT"
    assert (led / "trigger").read_text() == "timer"
    assert (led / "delay_on").read_text() == "200"
    assert shine(True, tmp_path) == "ACT"
    assert (led / "trigger").read_text() == "default-on"


def test_the_command(tmp_path: Path) -> None:
    from appliance.cli.root import run

    box = tmp_path / "boot/efi"
    box.mkdir(parents=True)
    file = box / "simveil.txt"
    config_file = tmp_path / "simveil.toml"
    config_file.write_text(f'[admin]\nsocket = "{tmp_path}/none.sock"\n')
    common = ["--config", str(config_file)]
    apply = ["provision", "apply", "--root", str(tmp_path), *common]

    file.write_bytes(FULL.encode("utf-16"))
    assert run(["provision", "check", str(file)]) == 0
    assert run(apply) == 0
    current = tmp_path / "data/provision/current"
    assert (current / "application.json").exists()
    # Mistakes: told, and what was in force is laid again.
    file.write_text("name = no good")
    (tmp_path / "etc/simveil/simveil.toml").unlink()
    assert run(["provision", "check", str(file), "--json"]) == 2
    assert run(apply) == 2
    assert (current / "hostname").read_text() == "shop-1\n"
    assert (tmp_path / "etc/simveil/simveil.toml").exists()
    report = ["provision", "report", "--root", str(tmp_path), *common]
    assert run(report) == 0
    status = (box / "status.txt").read_text(encoding="utf-8-sig")
    assert "第 1 行" in status
    assert "服务:没有应答" in status
    before = (box / "status.txt").stat().st_mtime_ns
    assert run(report) == 0
    assert (box / "status.txt").stat().st_mtime_ns == before
