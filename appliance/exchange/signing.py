"""The two header pairs that sign a push. (behaviour §0: Authorization, X-AKSK / X-WSSE, Digest)"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime


def push_headers(
    sign: str, key: str, secret: str, now: datetime, *, nonce: str | None = None
) -> dict[str, str]:
    """Return the signing headers of one push.

    Args:
        sign: ``aksk`` or ``wsse``.
        now: Told as ``Created``, UTC, whole seconds.
        nonce: 1-128 letters and digits; a fresh one by default.

    Raises:
        ValueError: ``sign`` is neither of the two.
    """
    nonce = nonce or secrets.token_hex(16)
    created = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if sign == "aksk":
        mac = hmac.new(secret.encode(), (nonce + created).encode(), hashlib.sha256)
        return _pair("AKSK", key, mac.digest(), nonce, created)
    if sign == "wsse":
        plain = hashlib.sha256((nonce + created + secret).encode())
        return _pair("WSSE", key, plain.digest(), nonce, created)
    raise ValueError(f"a push is signed by aksk or wsse, not by {sign!r}")


def _pair(scheme: str, key: str, digest: bytes, nonce: str, created: str) -> dict[str, str]:
    password = base64.b64encode(digest).decode()
    return {
        "Authorization": f'{scheme} realm="SDP",profile="UsernameToken",type="Appkey"',
        f"X-{scheme}": (
            f'UsernameToken Username="{key}",PasswordDigest="{password}",'
            f'Nonce="{nonce}",Created="{created}"'
        ),
    }
