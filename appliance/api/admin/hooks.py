"""Pushes as an integrator looks at them: samples without a call, and the real ones live."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Final

from appliance.api.admin.context import Box, operation
from appliance.api.admin.schemas import hooks as schemas
from appliance.errors import Refused
from appliance.exchange.posting import tls_context
from appliance.exchange.witness import Told
from appliance.operations import hooks

_WATCHERS: Final = threading.BoundedSemaphore(2)
"""Watchers wait on threads of the admin interface, which has few."""
_SIGNED = re.compile(r'Nonce="([^"]*)",\s*Created="([^"]*)"')


def test(box: Box, given: schemas.HookTest) -> list[schemas.HookTried]:
    """Send an application signed samples of everything that it can be told."""
    app = box.app(given.name)
    numbers = box.store.numbers.of_application(app.app_id)
    settings = box.settings
    samples = hooks.samples(
        app, numbers[0].msisdn if numbers else hooks.X, box.clock.now(), settings.box.name
    )
    tls = tls_context(settings.push.verify_tls, settings.push.ca_file)
    return [
        _tried(
            hooks.send(
                sample,
                app,
                clock=box.clock,
                timeout=settings.timings.callin_deadline if sample.asks else settings.push.timeout,
                tls=tls,
                region=settings.box.region,
            )
        )
        for sample in samples
        if not given.kinds or sample.kind in given.kinds
    ]


def _tried(tried: hooks.Tried) -> schemas.HookTried:
    return schemas.HookTried(
        kind=tried.kind,
        url=tried.url.value,
        target=tried.target,
        ok=tried.ok,
        verdict=tried.verdict,
        status=tried.status,
        seconds=tried.seconds,
        signed=None if tried.headers is None else _signed(tried.headers),
        headers=None if tried.headers is None else dict(tried.headers),
        body=tried.body,
        reply=tried.reply,
    )


def watch(box: Box, given: schemas.HookWatch) -> list[schemas.HookTold]:
    """List the last pushes and questions as they were sent, oldest first; waits for news."""
    wanted = box.app_id(given.app)
    if not _WATCHERS.acquire(blocking=False):
        raise Refused("busy", "two others are watching already")
    try:
        found = box.witness.look(given.since, given.wait)
    finally:
        _WATCHERS.release()
    names = box.app_names()
    return [_told(box, told, names) for told in found if wanted in (None, told.app_id)]


def _told(box: Box, told: Told, names: Mapping[int | None, str]) -> schemas.HookTold:
    push = box.store.outbox.get(told.push_ids[0]) if told.push_ids else None
    waits = push is not None and push.state == "due" and told.status != 200
    return schemas.HookTold(
        serial=told.serial,
        at=told.at,
        app=names.get(told.app_id),
        kind=told.kind,
        url=told.url,
        target=told.target,
        push_ids=list(told.push_ids),
        headers=dict(told.headers),
        signed=_signed(told.headers),
        body=told.body,
        status=told.status,
        reply=told.reply,
        error=told.error,
        seconds=round(told.seconds, 3),
        next_try=push.due_at if push is not None and waits else None,
    )


def _signed(headers: Mapping[str, str]) -> str:
    """Return what the digest was made of: Nonce and Created, one after the other."""
    token = headers.get("X-AKSK") or headers.get("X-WSSE") or ""
    found = _SIGNED.search(token)
    return "".join(found.groups()) if found else ""


OPERATIONS = (
    operation(
        "POST",
        "/applications/{name}/hook-test",
        "Send samples of every push",
        schemas.HookTest,
        list[schemas.HookTried],
        test,
    ),
    operation(
        "GET", "/hooks", "Pushes as they go", schemas.HookWatch, list[schemas.HookTold], watch
    ),
)
