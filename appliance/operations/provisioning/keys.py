"""What each key of the file may say: a rule returns the value as it is used, or why it is not."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from typing import Final
from zoneinfo import available_timezones

from appliance.model.records import Mode

Rule = Callable[[str], str]


class Unfit(ValueError):
    """A value that its key cannot have.

    Args:
        code: Of the sentence that says what would be right.
        facts: What fills it.
    """

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_URL: Final = re.compile(r"https?://[!-~]+")
_KEY_KINDS: Final = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ssh-rsa")


def _name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?", value):
        raise Unfit("PRV-020")
    return value.lower()


def _one_of(*values: str) -> Rule:
    def rule(value: str) -> str:
        for known in values:
            if value.lower() == known.lower():
                return known
        raise Unfit("PRV-021", known=", ".join(values))

    return rule


def _timezone(value: str) -> str:
    if value not in available_timezones():
        raise Unfit("PRV-022")
    return value


def _region(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", value):
        raise Unfit("PRV-023")
    return value.upper()


def _interface(value: str) -> str:
    if value.lower() == "dhcp":
        return "dhcp"
    return _prefix(value)


def _prefix(value: str) -> str:
    try:
        if "/" in value:
            return str(ipaddress.ip_interface(value))
    except ValueError:
        pass
    raise Unfit("PRV-024")


def _networks(value: str) -> str:
    try:
        return _list(value, lambda one: str(ipaddress.ip_network(one, strict=False)))
    except ValueError:
        raise Unfit("PRV-025") from None


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise Unfit("PRV-026") from None


def _addresses(value: str) -> str:
    return _list(value, _address)


def _host(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        if len(value) <= 253 and _HOST.fullmatch(value):
            return value.lower()
    raise Unfit("PRV-027")


def _hosts(value: str) -> str:
    return _list(value, _host)


def _endpoint(value: str) -> str:
    host, _, port = value.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if port.isascii() and port.isdigit() and 0 < int(port) < 65536 and bare:
        name = _host(bare)
        return f"[{name}]:{int(port)}" if ":" in name else f"{name}:{int(port)}"
    raise Unfit("PRV-028")


def _wireguard_key(value: str) -> str:
    try:
        if len(base64.b64decode(value, validate=True)) == 32:
            return value
    except binascii.Error:
        pass
    raise Unfit("PRV-029")


def _seconds(value: str) -> str:
    if value.isascii() and value.isdigit() and int(value) <= 65535:
        return str(int(value))
    raise Unfit("PRV-030")


def _file(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}", value):
        return value
    raise Unfit("PRV-031")


def _url(value: str) -> str:
    if _URL.fullmatch(value):
        return value
    raise Unfit("PRV-032")


def _application(value: str) -> str:
    if len(value) <= 64 and value.isprintable():
        return value
    raise Unfit("PRV-033")


def _operator_key(value: str) -> str:
    kind, _, rest = value.partition(" ")
    body = rest.split(" ")[0]
    try:
        octets = base64.b64decode(body, validate=True)
    except binascii.Error:
        octets = b""
    # RFC 4253 §6.6: the key begins with the length and the name of its kind.
    if kind in _KEY_KINDS and octets[4 : 4 + len(kind)] == kind.encode() and len(octets) > 40:
        return value
    raise Unfit("PRV-034")


def _list(value: str, rule: Rule) -> str:
    parts = [part.strip() for part in value.split(",")]
    return ", ".join(rule(part) for part in parts)


KEYS: Final[dict[str, Rule]] = {
    "name": _name,
    "language": _one_of("en", "zh-CN"),
    "timezone": _timezone,
    "region": _region,
    "network": _interface,
    "network.gateway": _address,
    "network.dns": _addresses,
    "time.servers": _hosts,
    "wireguard.address": _prefix,
    "wireguard.peer": _wireguard_key,
    "wireguard.endpoint": _endpoint,
    "wireguard.allowed": _networks,
    "wireguard.keepalive": _seconds,
    "api.names": _hosts,
    "api.certificate": _file,
    "api.key": _file,
    "app.name": _application,
    "app.mode": _one_of(*(mode.value for mode in Mode)),
    "app.status-url": _url,
    "app.cdr-url": _url,
    "app.sms-url": _url,
    "operator.key": _operator_key,
}
"""Every key, in the order of the file that comes with the image."""

NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "wireguard.address": ("wireguard.peer", "wireguard.endpoint", "wireguard.allowed"),
    "wireguard.peer": ("wireguard.address",),
    "wireguard.endpoint": ("wireguard.address",),
    "wireguard.allowed": ("wireguard.address",),
    "wireguard.keepalive": ("wireguard.address",),
    "api.certificate": ("api.key",),
    "api.key": ("api.certificate",),
    "app.name": ("app.mode",),
    "app.mode": ("app.name",),
    "app.status-url": ("app.name",),
    "app.cdr-url": ("app.name",),
    "app.sms-url": ("app.name",),
    "network.gateway": ("network",),
}
"""A key on the left is of no use without those on the right."""
