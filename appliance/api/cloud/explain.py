"""Why a request was refused, in words for whoever runs the box.

The mirrored answers say no more than the cloud's do; an integrator who holds the key can be told
which of the usual mistakes it was.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from appliance.api.cloud import results
from appliance.api.cloud.auth import Credentials, Scheme, credentials, digests, tolerant
from appliance.api.cloud.results import CloudError, Result
from appliance.config import ApiSection
from appliance.model.records import Application

_OTHER: dict[Scheme, Scheme] = {"AKSK": "WSSE", "WSSE": "AKSK"}
_TOKENS: dict[Scheme, str] = {"AKSK": "x-aksk", "WSSE": "x-wsse"}


class KnowsApplications(Protocol):
    """The store's applications, as far as they are needed here."""

    def by_key(self, key: str) -> Application | None:
        """Return the application of that key."""

    def all(self) -> Sequence[Application]:
        """Return every application."""


def why(
    error: CloudError,
    headers: Mapping[str, str],
    address: str,
    applications: KnowsApplications,
    settings: ApiSection,
    now: datetime,
) -> tuple[str | None, Application | None, tuple[str, ...]]:
    """Return the key that a refused request named, its application, and the reason in words.

    Args:
        error: What the client is answered.
        headers: The three that authenticate, by lower-case name.
    """
    try:
        given = credentials(headers)
    except CloudError:
        return None, None, tuple(_header_words(error, headers))
    app = applications.by_key(given.key)
    sentences = tuple(_words(error.result, given, app, applications, address, settings, now))
    return given.key, app, sentences or (error.text,)


def _header_words(error: CloudError, headers: Mapping[str, str]) -> Iterator[str]:
    yield error.text
    scheme: Scheme = "WSSE" if headers.get("authorization", "")[:4].upper() == "WSSE" else "AKSK"
    there, wanted = headers.get(_TOKENS[_OTHER[scheme]]), _TOKENS[scheme].upper()
    if error.result in (results.AKSK_MISSING, results.WSSE_MISSING) and there:
        yield (
            f"Authorization says {scheme}, which goes with {wanted}, "
            f"but the request has {_TOKENS[_OTHER[scheme]].upper()}."
        )
    if error.result is results.AUTHORIZATION_MISSING and (
        headers.get("x-aksk") or headers.get("x-wsse")
    ):
        yield "The token header is there; a proxy may have taken Authorization away."
    if error.result is results.DIGEST_INVALID:
        yield "The access_token in the address is not the application's (app set --access-token)."
    if error.result is results.CREATED_FORMAT:
        yield "Created looks like 2026-03-01T08:00:00Z: no milliseconds, a Z at the end."


def _words(
    result: Result,
    given: Credentials,
    app: Application | None,
    applications: KnowsApplications,
    address: str,
    settings: ApiSection,
    now: datetime,
) -> Iterator[str]:
    if app is None or result is results.APP_KEY_INVALID:
        yield f"No application has the key {given.key}."
        wanted = given.key.strip().lower()
        for near in applications.all():
            if near.key.lower() == wanted:
                yield f"The key of application {near.name} differs only in case or blanks."
        return
    if result is results.LOCKED_OUT:
        minutes = settings.lockout_seconds / 60
        yield (
            f"{address} failed {settings.lockout_failures} times with this key and is locked out "
            f"for {minutes:g} minutes."
        )
    elif result is results.ADDRESS_REFUSED:
        allowed = ", ".join(app.allowed_addresses)
        yield f"{address} is not among the addresses of application {app.name}: {allowed}."
    elif result is results.APP_KEY_UNAVAILABLE:
        yield f"Application {app.name} is switched off (app set {app.name} --active)."
    elif result is results.FROZEN:
        yield f"Application {app.name} is frozen (app set {app.name} --unfrozen)."
    elif result is results.FLOW_CONTROL:
        yield f"More than {settings.requests_per_second:g} requests per second."
    elif result is results.MODE_WRONG:
        yield f"Application {app.name} is of mode {app.mode}; this address serves another mode."
    elif result is results.METHOD_WRONG:
        yield "The address has no operation of this method."
    elif result is results.CREATED_TOO_FAR:
        yield from _time_words(given, settings, now)
    elif result is results.DIGEST_INVALID:
        yield from _digest_words(given, app, applications, settings, now)


def _time_words(given: Credentials, settings: ApiSection, now: datetime) -> Iterator[str]:
    try:
        at = datetime.strptime(given.created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        yield f"Created is {given.created}, which is no day of the calendar."
        return
    yield f"Created is {_away(at - now)} this box's clock ({now.astimezone(UTC):%H:%M:%S} UTC)."
    offsets = " or ".join(f"{hours:+g} h" for hours in settings.clock_offsets)
    yield (
        f"Taken is UTC {offsets}, each within {settings.clock_window:g} s "
        "(api.clock_offsets, api.clock_window)."
    )


def _away(difference: timedelta) -> str:
    seconds = int(difference.total_seconds())
    where = "ahead of" if seconds >= 0 else "behind"
    minutes = (abs(seconds) + 30) // 60
    parts = [f"{minutes // 60} h"] if minutes >= 60 else []
    if minutes % 60 or not parts:
        parts.append(f"{minutes % 60} min" if minutes else f"{abs(seconds)} s")
    return f"{' '.join(parts)} {where}"


def _digest_words(
    given: Credentials,
    app: Application,
    applications: KnowsApplications,
    settings: ApiSection,
    now: datetime,
) -> Iterator[str]:
    if _same(given.digest, digests(given.scheme, app.secret, given.nonce, given.created)):
        yield (
            "The digest is right, but this nonce was used before: each request needs a new one "
            "(api.refuse_replays)."
        )
        return
    mistake = next(_mistakes(given, app, applications), None)
    yield mistake or f"The digest was not made with the secret of application {app.name}."
    if not tolerant(given.created, settings, now):
        yield from _time_words(given, settings, now)


def _mistakes(
    given: Credentials, app: Application, applications: KnowsApplications
) -> Iterator[str]:
    """Yield the usual mistakes that explain the digest."""
    nonce, created, secret = given.nonce, given.created, app.secret
    other = _OTHER[given.scheme]
    if _same(given.digest, digests(other, secret, nonce, created)):
        yield f"The digest is one of {other}, while the headers say {given.scheme}."
    for each in applications.all():
        if each.key != app.key and _same(
            given.digest, digests(given.scheme, each.secret, nonce, created)
        ):
            yield f"The digest was made with the secret of application {each.name}."
    words = (nonce + created).encode("latin-1", "replace")
    mac = hmac.digest(secret.encode(), words, "sha256")
    variants = {
        "The digest is the MAC in hexadecimal; it has to be its octets in Base64.": mac.hex(),
        "The digest is Base64 of the MAC's hexadecimal text; it has to be of its octets.": _base64(
            mac.hex().encode()
        ),
        "Key and message of the MAC are exchanged: the secret is the key.": _base64(
            hmac.digest(words, secret.encode(), "sha256")
        ),
        "Nonce and Created are joined the wrong way round: Nonce comes first.": _base64(
            hmac.digest(secret.encode(), (created + nonce).encode("latin-1", "replace"), "sha256")
        ),
        "Nonce and Created are joined by a plus sign; nothing stands between them.": _base64(
            hmac.digest(
                secret.encode(), f"{nonce}+{created}".encode("latin-1", "replace"), "sha256"
            )
        ),
        "The digest was made with the key instead of the secret.": _base64(
            hmac.digest(app.key.encode(), words, "sha256")
        ),
        "The digest is SHA-1's; it has to be SHA-256's.": _base64(
            hmac.digest(secret.encode(), words, hashlib.sha1)
        ),
    }
    yield from (words for words, digest in variants.items() if _same(given.digest, (digest,)))


def _same(digest: str, expected: Iterable[str]) -> bool:
    told = digest.encode("latin-1", "replace")
    return any(hmac.compare_digest(told, one.encode()) for one in expected)


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
