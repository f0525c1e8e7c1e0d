"""What is plugged into the machine's USB."""

from __future__ import annotations

from appliance.api.admin.schemas.base import Schema


class Stick(Schema):
    """One USB device that is a modem, or may be one.

    ``advice`` is the code of what its owner should know, ``sentence`` says it in English.
    """

    socket: str
    usb: str
    name: str
    port: str | None
    audio: str | None
    advice: str | None
    sentence: str | None
