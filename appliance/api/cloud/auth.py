"""Who is asking: AKSK and WSSE on every request, in the order in which the cloud checks.

Header presence (400 group, in numeric order) → lock-out → key known → address allowed → key active
→ digest → time → nonce → flow control → frozen.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal, Protocol

from appliance.api.cloud import results
from appliance.api.cloud.guards import FlowControl, Lockout, Nonces
from appliance.api.cloud.results import CloudError, Result
from appliance.config import ApiSection
from appliance.model.records import Application
from drivers.clock import Clock

Scheme = Literal["AKSK", "WSSE"]

_ATTRIBUTE = re.compile(r'([A-Za-z]+)\s*=\s*"([^"]*)"')
_LONGEST = 128
_CREATED = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z", re.ASCII
)

ACCESS_TOKEN = "access_token"  # noqa: S105 - the name of a setting
"""Setting of an application: the token that older clients put into the address of a recording. How
the cloud gave tokens out is not documented, so the operator says which one the client has."""
RATE = "requests_per_second"
"""Setting of an application: its own flow control, instead of the box's."""


class KnowsApplications(Protocol):
    """The store's applications, as far as they are needed here."""

    def by_key(self, key: str) -> Application | None:
        """Return the application of that key."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the two headers say."""

    scheme: Scheme
    key: str
    digest: str
    nonce: str
    created: str


_TOKEN_RESULTS: dict[Scheme, tuple[tuple[str, Result], ...]] = {
    "WSSE": (
        ("username", results.WSSE_USERNAME_MISSING),
        ("nonce", results.WSSE_NONCE_MISSING),
        ("created", results.WSSE_CREATED_MISSING),
        ("passworddigest", results.WSSE_DIGEST_MISSING),
    ),
    "AKSK": (
        ("username", results.AKSK_USERNAME_MISSING),
        ("nonce", results.AKSK_NONCE_MISSING),
        ("created", results.AKSK_CREATED_MISSING),
        ("passworddigest", results.AKSK_DIGEST_MISSING),
    ),
}
_TOKEN_HEADER: dict[Scheme, tuple[str, Result]] = {
    "WSSE": ("x-wsse", results.WSSE_MISSING),
    "AKSK": ("x-aksk", results.AKSK_MISSING),
}


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): value for name, value in _ATTRIBUTE.findall(text)}


def credentials(headers: Mapping[str, str]) -> Credentials:
    """Read the two headers.

    Args:
        headers: By lower-case name.

    Raises:
        CloudError: One of the 400 group.
    """
    scheme = _scheme(headers.get("authorization", ""))
    header, missing = _TOKEN_HEADER[scheme]
    token = headers.get(header, "").strip()
    if not token:
        raise CloudError(missing)
    given = _attributes(token)
    for name, result in _TOKEN_RESULTS[scheme]:
        if not 0 < len(given.get(name, "")) <= _LONGEST:
            raise CloudError(result)
    if not _CREATED.fullmatch(given["created"]):
        raise CloudError(results.CREATED_FORMAT)
    return Credentials(
        scheme, given["username"], given["passworddigest"], given["nonce"], given["created"]
    )


@lru_cache(maxsize=64)  # clients always send the same words
def _scheme(authorization: str) -> Scheme:
    text = authorization.strip()
    if not text:
        raise CloudError(results.AUTHORIZATION_MISSING)
    given = _attributes(text)
    if "realm" not in given:
        raise CloudError(results.REALM_MISSING)
    if "profile" not in given:
        raise CloudError(results.PROFILE_MISSING)
    if given["realm"] != "SDP":
        raise CloudError(results.REALM_WRONG)
    if given["profile"] != "UsernameToken":
        raise CloudError(results.PROFILE_WRONG)
    if given.get("type", "Appkey") != "Appkey":
        raise CloudError(results.TYPE_WRONG)
    if "type" not in given:
        raise CloudError(results.TYPE_MISSING)
    word = text.split(None, 1)[0].upper()
    if word == "AKSK":
        return "AKSK"
    if word == "WSSE":
        return "WSSE"
    raise CloudError(results.SCHEME_MISSING)


def digests(scheme: Scheme, secret: str, nonce: str, created: str) -> tuple[str, ...]:
    """Return the digests that prove the secret.

    AKSK is Base64(HMAC-SHA256(secret, nonce + created)); WSSE is Base64(SHA256(nonce + created +
    secret)), its hash as raw octets or, leniently, as lower-case hex text.
    """
    words = (nonce + created).encode("latin-1", "replace")
    if scheme == "AKSK":
        raw = hmac.digest(secret.encode(), words, "sha256")
        return (base64.b64encode(raw).decode(),)
    digest = hashlib.sha256(words + secret.encode())
    return (
        base64.b64encode(digest.digest()).decode(),
        base64.b64encode(digest.hexdigest().encode()).decode(),
    )


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _allowed(address: str, allowed: tuple[str, ...]) -> bool:
    if not allowed:
        return True
    try:
        client = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(client, "ipv4_mapped", None)
    networks = [network for text in allowed if (network := _network(text)) is not None]
    return any((mapped or client) in network for network in networks)


class Authenticator:
    """Checks every request; one object for the whole interface.

    Args:
        applications: Where keys are looked up.
        clock: Time of day and of the guards.
        settings: Windows and thresholds.
    """

    def __init__(self, applications: KnowsApplications, clock: Clock, settings: ApiSection) -> None:
        self._applications = applications
        self._clock = clock
        self._settings = settings
        self._lockout = Lockout(
            clock,
            failures=settings.lockout_failures,
            window=settings.lockout_window,
            seconds=settings.lockout_seconds,
        )
        # What a fast clock has signed is in time once more when the slower clocks get there.
        offsets = settings.clock_offsets
        self._slowest = min(offsets)
        lag = (max(offsets) - self._slowest) * 3600
        self._nonces = Nonces(clock, 2 * settings.clock_window)
        self._early_nonces = Nonces(clock, 2 * settings.clock_window + lag)
        self._flow = FlowControl(clock, settings.requests_per_second)

    def authenticate(self, headers: Mapping[str, str], address: str) -> Application:
        """Return the application that signed the request.

        Args:
            headers: By lower-case name.
            address: The client's IP address.

        Raises:
            CloudError: With the row that the cloud would answer.
        """
        given = credentials(headers)
        return self._admit(given.key, address, lambda app: self._prove(given, app, address))

    def by_token(self, key: str, token: str, address: str) -> Application:
        """Return the application of a request that carries key and token in its address.

        Raises:
            CloudError: As :meth:`authenticate`; a wrong token is a wrong digest.
        """

        def prove(app: Application) -> None:
            mine = app.settings.get(ACCESS_TOKEN)
            right = isinstance(mine, str) and mine != ""
            if not (right and hmac.compare_digest(token.encode(), str(mine).encode())):
                self._lockout.failed(address, key)
                raise CloudError(results.DIGEST_INVALID)

        return self._admit(key, address, prove)

    def _admit(self, key: str, address: str, prove: Callable[[Application], None]) -> Application:
        if self._lockout.locked(address, key):
            raise CloudError(results.LOCKED_OUT)
        app = self._applications.by_key(key)
        if app is None:
            self._lockout.failed(address, key)
            raise CloudError(results.APP_KEY_INVALID)
        if not _allowed(address, app.allowed_addresses):
            raise CloudError(results.ADDRESS_REFUSED)
        if not app.active:
            raise CloudError(results.APP_KEY_UNAVAILABLE)
        prove(app)
        if not self._flow.allows(app.app_id, app.settings.get(RATE)):
            raise CloudError(results.FLOW_CONTROL)
        if app.frozen:
            raise CloudError(results.FROZEN)
        return app

    def _prove(self, given: Credentials, app: Application, address: str) -> None:
        digest = given.digest.encode("latin-1", "replace")
        expected = digests(given.scheme, app.secret, given.nonce, given.created)
        if sum(hmac.compare_digest(digest, one.encode()) for one in expected) == 0:
            self._lockout.failed(address, given.key)
            raise CloudError(results.DIGEST_INVALID)
        offset = clock_offset(given.created, self._settings, self._clock.now())
        if offset is None:
            raise CloudError(results.CREATED_TOO_FAR)
        # No rule is published for a nonce used twice; it proves nothing, as a wrong digest does.
        if self._settings.refuse_replays and not self._fresh(given, offset):
            raise CloudError(results.DIGEST_INVALID)

    def _fresh(self, given: Credentials, offset: float) -> bool:
        words = (given.key, given.nonce, given.created)
        if offset > self._slowest:
            return self._early_nonces.fresh(*words)
        return words not in self._early_nonces and self._nonces.fresh(*words)


def tolerant(created: str, settings: ApiSection, now: datetime) -> bool:
    """Whether ``Created`` is near enough to the time, by one of the clocks that clients go by."""
    return clock_offset(created, settings, now) is not None


def clock_offset(created: str, settings: ApiSection, now: datetime) -> float | None:
    """Return by how many hours the clock that ``Created`` was read from is ahead of UTC.

    None when it is near the time by no clock that is allowed for.
    """
    parts = _CREATED.fullmatch(created)
    try:
        year, month, day, hour, minute, second = map(int, parts.groups() if parts else ())
        at = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # the 31st of February
        return None
    away, window = at - now, timedelta(seconds=settings.clock_window)
    near = (h for h in settings.clock_offsets if abs(away - timedelta(hours=h)) <= window)
    return next(near, None)
