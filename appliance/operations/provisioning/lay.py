"""What the answers become: files on the data partition, all or none, and from there /run."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from appliance.operations.provisioning.answers import Answers

_SECONDS: Final = 30
_MODE: Final = {"wireguard.key": 0o600, "key.pem": 0o640}
TUNNEL: Final = "wg-simveil"


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is; below one folder in tests.

    Args:
        boot: Of the boot partition: the file, certificate and key, and the answer.
        state: Of what is in force, on the data partition.
        etc: Of the box's configuration.
        run: ``/run``.
        zoneinfo: Of time zones; ``localtime``: the link to the one in force.
        group: Number of the group that reads the configuration, None to leave it.
        network_group: … of the one that reads the tunnel's key.
    """

    boot: Path = Path("/boot/efi")
    state: Path = Path("/data/provision")
    etc: Path = Path("/etc/simveil")
    run: Path = Path("/run")
    zoneinfo: Path = Path("/usr/share/zoneinfo")
    localtime: Path = Path("/data/etc-localtime")
    group: int | None = None
    network_group: int | None = None

    @property
    def file(self) -> Path:
        """The file itself."""
        return self.boot / "simveil.txt"

    @property
    def current(self) -> Path:
        """The link to what is in force."""
        return self.state / "current"


def rendered(answers: Answers, places: Places) -> dict[str, str]:
    """Return the files that the answers become, by name."""
    get = answers.get
    files = {
        "hostname": get("name", "simveil") + "\n",
        "timezone": get("timezone", "UTC") + "\n",
        "language": get("language", "en") + "\n",
        "simveil.toml": _configuration(answers, places),
        "network/40-simveil.network": _network(answers),
    }
    if servers := get("time.servers"):
        files["timesyncd.conf"] = f"[Time]\nNTP={servers.replace(',', '')}\n"
    if get("wireguard.address"):
        files[f"network/41-{TUNNEL}.netdev"] = _tunnel(answers, places)
        files[f"network/41-{TUNNEL}.network"] = (
            f"[Match]\nName={TUNNEL}\n\n[Network]\nAddress={get('wireguard.address')}\n"
        )
    if get("app.name"):
        urls = {
            kind: get(f"app.{kind}-url") for kind in ("status", "cdr", "sms") if
            get(f"app.{kind}-url")
        }  # fmt: skip
        app = {"name": get("app.name"), "mode": get("app.mode"), "urls": urls, "sms": "sms" in urls}
        files["application.json"] = json.dumps(app, ensure_ascii=False) + "\n"
    if get("operator.key"):
        files["operator.keys"] = get("operator.key") + "\n"
    return files


def install(octets: bytes, answers: Answers, places: Places) -> bool:
    """Put the answers in force; return whether anything is new. A power cut leaves old or new.

    Args:
        octets: The file that they were read from.
        answers: What it says.
        places: Where to.

    Raises:
        OSError: A folder cannot be written, and what was in force still is.
    """
    places.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256(octets + b"\0" + (answers.certificate or b"")).hexdigest()[:16]
    target = places.state / digest
    if places.current.is_symlink() and os.readlink(places.current) == digest:  # noqa: PTH115
        return False
    answers = replace(answers, key=answers.key or _kept(places, "key.pem"))
    half = places.state / "new"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    _private_key(places, half)
    files: dict[str, bytes] = {
        name: text.encode() for name, text in rendered(answers, places).items()
    }
    if answers.certificate is not None and answers.key is not None:
        files |= {"certificate.pem": answers.certificate, "key.pem": answers.key}
    for name, content in files.items():
        _write(half / name, content, _MODE.get(Path(name).name, 0o644))
    for folder in (half / "network", half):
        _sync(folder)
    shutil.rmtree(target, ignore_errors=True)
    half.rename(target)
    link = places.state / "link"
    link.unlink(missing_ok=True)
    link.symlink_to(digest)
    link.replace(places.current)
    _sync(places.state)
    for old in places.state.iterdir():
        if old.is_dir() and not old.is_symlink() and old.name != digest:
            shutil.rmtree(old, ignore_errors=True)
    return True


def lay(places: Places) -> None:
    """Lay what is in force where the system looks for it; again at every boot.

    The configuration is replaced only while nobody has changed it by hand.

    Raises:
        OSError: A folder cannot be written.
    """
    current = places.current
    if not current.exists():
        return
    network = places.run / "systemd/network"
    network.mkdir(parents=True, exist_ok=True)
    for old in network.glob("4[01]-*"):
        old.unlink()
    for file in sorted((current / "network").iterdir()):
        shutil.copyfile(file, network / file.name)
    if any(network.glob("*.netdev")):
        _lay_key(places)
    if (current / "timesyncd.conf").exists():
        folder = places.run / "systemd/timesyncd.conf.d"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(current / "timesyncd.conf", folder / "40-simveil.conf")
    zone = places.zoneinfo / (current / "timezone").read_text().strip()
    places.localtime.unlink(missing_ok=True)
    places.localtime.symlink_to(zone)
    _configure(places)


def _configure(places: Places) -> None:
    places.etc.mkdir(parents=True, exist_ok=True)
    for name in ("certificate.pem", "key.pem", "operator.keys"):
        source = places.current / name
        if source.exists():
            _replace(places, places.etc / name, source.read_bytes(), _MODE.get(name, 0o644))
        else:
            (places.etc / name).unlink(missing_ok=True)
    wanted = (places.current / "simveil.toml").read_bytes()
    there, laid = places.etc / "simveil.toml", places.state / "laid"
    mark = hashlib.sha256(there.read_bytes()).hexdigest() if there.exists() else ""
    if mark and (not laid.exists() or laid.read_text() != mark):
        return
    _replace(places, there, wanted, 0o640)
    _write(laid, hashlib.sha256(wanted).hexdigest().encode(), 0o600)


def _configuration(answers: Answers, places: Places) -> str:
    name = answers.get("name", "simveil")
    names = [name + ".local"]
    names += [one for one in answers.get("api.names").split(", ") if one]
    lines = [
        "# Made from simveil.txt of the boot partition. Once it is changed by hand it is left so.",
        "",
        "[box]",
        f"name = {json.dumps(name)}",
        'data = "/var/lib/simveil"',
        f"region = {json.dumps(answers.get('region', 'CN'))}",
        "",
        "[api]",
        'listen = "0.0.0.0:8443"',
        f"names = {json.dumps(names)}",
    ]
    if answers.get("api.certificate"):
        pair = (places.etc / "certificate.pem", places.etc / "key.pem")
        certificate, key = (json.dumps(str(path)) for path in pair)
        lines.append(f"tls = {{ certificate = {certificate}, key = {key} }}")
    return "\n".join([*lines, "", "[bank]", "discover = true", ""])


def _network(answers: Answers) -> str:
    lines = ["[Match]", "Type=ether", "", "[Network]", "MulticastDNS=yes", "LLMNR=no"]
    where = answers.get("network", "dhcp")
    lines.append("DHCP=yes" if where == "dhcp" else f"Address={where}")
    if gateway := answers.get("network.gateway"):
        lines.append(f"Gateway={gateway}")
    lines += [f"DNS={one}" for one in answers.get("network.dns").split(", ") if one]
    return "\n".join([*lines, "", "[DHCPv4]", "ClientIdentifier=mac", ""])


def _tunnel(answers: Answers, places: Places) -> str:
    return "\n".join(
        [
            "[NetDev]",
            f"Name={TUNNEL}",
            "Kind=wireguard",
            "",
            "[WireGuard]",
            f"PrivateKeyFile={places.run}/simveil-wireguard.key",
            "ListenPort=51820",
            "RouteTable=main",
            "",
            "[WireGuardPeer]",
            f"PublicKey={answers.get('wireguard.peer')}",
            f"Endpoint={answers.get('wireguard.endpoint')}",
            f"AllowedIPs={answers.get('wireguard.allowed').replace(' ', '')}",
            f"PersistentKeepalive={answers.get('wireguard.keepalive', '25')}",
            "",
        ]
    )


def _private_key(places: Places, folder: Path) -> None:
    """The tunnel's key is made in the box, never leaves it, and outlives every change."""
    kept = _kept(places, "wireguard.key")
    _write(folder / "wireguard.key", kept or _x25519(), 0o600)


def _der(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))


def _lay_key(places: Places) -> None:
    # RFC 8410: the raw key is the last 32 octets. systemd-networkd reads it by its group.
    path = places.run / "simveil-wireguard.key"
    raw = _der((places.current / "wireguard.key").read_bytes())[-32:]
    _write(path, base64.b64encode(raw) + b"\n", 0o640)
    if places.network_group is not None:
        os.chown(path, -1, places.network_group)


def public_key(places: Places) -> str:
    """Return what the other end of the tunnel has to know, as WireGuard writes keys."""
    command = ["openssl", "pkey", "-in", str(places.current / "wireguard.key"), "-pubout"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS)
    return base64.b64encode(_der(done.stdout)[-32:]).decode()


def _x25519() -> bytes:
    command = ["openssl", "genpkey", "-algorithm", "X25519"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS)
    return done.stdout


def _kept(places: Places, name: str) -> bytes | None:
    try:
        return (places.current / name).read_bytes()
    except OSError:
        return None


def _replace(places: Places, path: Path, content: bytes, mode: int) -> None:
    half = path.with_name(f"{path.name}.new")
    _write(half, content, mode)
    if places.group is not None:
        os.chown(half, -1, places.group)
    half.replace(path)
    _sync(path.parent)


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
