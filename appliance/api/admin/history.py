"""What happened: calls, texts, the operator's inbox, the outbox."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.errors import NotFound
from appliance.model.records import CallRecord, Mode
from appliance.store.ledger import Ledger
from appliance.store.outbox import Push, Which
from appliance.words.causes import explained


def _call(
    record: CallRecord, names: dict[int | None, str], events: dict[str, datetime] | None = None
) -> schemas.Call:
    talk = (
        (record.ended_at - record.answered_at).total_seconds()
        if record.answered_at and record.ended_at
        else 0.0
    )
    shared = {
        name: getattr(record, name)
        for name in schemas.Call.model_fields
        if name not in ("app", "seconds", "events", "notes", "explained")
    }
    return schemas.Call(
        **shared,
        app=names.get(record.app_id),
        seconds=talk,
        notes=list(record.notes),
        events=events or {},
    )


def calls(box: Box, given: schemas.CallFilter) -> list[schemas.Call]:
    """List calls, the newest first."""
    names = box.app_names()
    found = box.store.calls.recent(
        given.limit,
        app_id=box.app_id(given.app),
        number=box.number(given.number) if given.number else None,
        party=box.number(given.party) if given.party else None,
        since=given.since,
        until=given.until,
        offset=given.offset,
    )
    return [_call(record, names) for record in found]


def call(box: Box, given: schemas.CallChoice) -> schemas.Call:
    """Show one call with its events, every code in words."""
    record = box.store.calls.get(given.session_id)
    if record is None:
        raise NotFound(f"there is no call {given.session_id}")
    told = box.store.calls.events(given.session_id)
    shown = _call(record, box.app_names(), {event.kind: event.at for event in told})
    return shown.model_copy(update={"explained": explained(shown.model_dump())})


def texts(box: Box, given: schemas.TextFilter) -> list[schemas.Text]:
    """List texts, the newest first."""
    names = box.app_names()
    found = box.store.messages.recent(
        given.limit,
        app_id=box.app_id(given.app),
        state=given.state,
        party=box.number(given.party) if given.party else None,
        since=given.since,
        until=given.until,
        offset=given.offset,
    )
    return [
        schemas.Text(
            **{
                name: getattr(text, name)
                for name in schemas.Text.model_fields
                if name not in ("app", "body")
            },
            app=names.get(text.app_id),
            body=text.body if given.content else None,
        )
        for text in found
    ]


def binding_events(box: Box, given: schemas.BindingEventFilter) -> list[schemas.BindingEvent]:
    """List when bindings were set and how they ended, the newest first."""
    names = box.app_names()
    found = Ledger(box.store.reader).bindings(
        given.limit,
        app_id=box.app_id(given.app),
        x=box.number(given.x) if given.x else None,
        party=box.number(given.party) if given.party else None,
        event=given.event,
        since=given.since,
        until=given.until,
        offset=given.offset,
    )
    return [
        schemas.BindingEvent(
            at=one.at,
            event=one.event,
            app=names.get(one.app_id),
            mode=Mode(one.mode),
            x=one.x,
            a=one.a,
            b=one.b,
            subscription_id=one.subscription_id,
        )
        for one in found
    ]


def refusals(box: Box, given: schemas.RefusalFilter) -> list[schemas.Refusal]:
    """List requests of applications that were refused, and why, the newest first."""
    found = box.refusals.recent(given.limit, app_key=box.app(given.app).key if given.app else None)
    return [schemas.Refusal.model_validate({**asdict(one), "why": list(one.why)}) for one in found]


def inbox(box: Box, given: schemas.InboxFilter) -> list[schemas.InboxText]:
    """List what only the operator reads, the newest first."""
    line = box.number(given.line) if given.line else None
    found = box.store.messages.operator_inbox(given.limit, line=line, unread=given.unread)
    return [schemas.InboxText.model_validate(text) for text in found]


def _push(push: Push, names: dict[int | None, str], *, body: bool = False) -> schemas.Push:
    shared = {
        name: getattr(push, name)
        for name in schemas.Push.model_fields
        if name not in ("app", "body", "url")
    }
    return schemas.Push(
        **shared,
        app=names.get(push.app_id),
        url=push.url.value,
        body=push.body if body else None,
    )


def pushes(box: Box, given: schemas.PushFilter) -> list[schemas.Push]:
    """List pushes, the newest first."""
    names = box.app_names()
    found = box.store.outbox.recent(given.limit, given.state, which=_which(box, given))
    return [_push(push, names) for push in found]


def _which(box: Box, given: schemas.PushFilter | schemas.PushReplay) -> Which:
    return Which(
        app_id=box.app_id(given.app),
        kind=given.kind,
        order_key=given.key,
        since=given.since,
        until=given.until,
    )


def push(box: Box, given: schemas.PushChoice) -> schemas.Push:
    """Show one push with its body."""
    found = box.store.outbox.get(given.push_id)
    if found is None:
        raise NotFound(f"there is no push {given.push_id}")
    return _push(found, box.app_names(), body=True)


def replay(box: Box, given: schemas.PushReplay) -> schemas.Done:
    """Send pushes again."""
    which, now = _which(box, given), box.clock.now()
    renewed = box.store.write(
        lambda db: box.store.outbox.replay(
            db, now, push_ids=given.push_ids, which=which, delivered=given.delivered
        )
    )
    if given.push_ids and not renewed:
        raise NotFound("none of these pushes was sent or parked")
    return schemas.Done(done=renewed)


OPERATIONS = (
    operation("GET", "/calls", "List them", schemas.CallFilter, list[schemas.Call], calls),
    operation("GET", "/calls/{session_id}", "Show one", schemas.CallChoice, schemas.Call, call),
    operation(
        "GET",
        "/bindings/history",
        "Set and ended",
        schemas.BindingEventFilter,
        list[schemas.BindingEvent],
        binding_events,
    ),
    operation(
        "GET",
        "/refusals",
        "Refused requests",
        schemas.RefusalFilter,
        list[schemas.Refusal],
        refusals,
    ),
    operation("GET", "/texts", "List them", schemas.TextFilter, list[schemas.Text], texts),
    operation(
        "GET", "/inbox", "The operator's texts", schemas.InboxFilter, list[schemas.InboxText], inbox
    ),
    operation("GET", "/outbox", "List pushes", schemas.PushFilter, list[schemas.Push], pushes),
    operation("GET", "/outbox/{push_id}", "Show one", schemas.PushChoice, schemas.Push, push),
    operation("POST", "/outbox/replay", "Send again", schemas.PushReplay, schemas.Done, replay),
)
