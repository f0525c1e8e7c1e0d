"""Relations that were made elsewhere enter the box, with their ids and what is left of their lives.

A dry run does the very same on a copy of the database, so that it sees every rule that the real one
would meet, two rows of the file that exclude each other among them.
"""

from __future__ import annotations

import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from appliance.errors import BadInput, Refused
from appliance.model.bindings import check_number, check_pair, check_party, check_switches
from appliance.model.bindings_axe import check_extension
from appliance.model.numbers import dial_check, mask
from appliance.model.records import Application, AxeDetails, Binding, Mode, Number
from appliance.operations import cloud_answers
from appliance.operations.cloud_answers import Offer, Reading
from appliance.store import Store, binding_rows, mode_rows
from appliance.store.aliases import Aliases
from appliance.store.connection import open_writer
from appliance.store.people import people_ids
from appliance.store.relations import refusal
from appliance.store.rows import select_one
from appliance.store.snapshots import copy_database

REHEARSAL = ".rehearsal-"
"""How the folders of dry runs begin, beside the database."""
_AT_A_TIME = 50
"""Relations in one transaction: a box that runs goes on answering in between."""

_RULES = (
    ("binding_parties", "A or B is bound on this number"),
    ("holds 5000 pairs", "the number holds 5000 pairs"),
    ("bindings.subscription_id", "a relation of this subscriptionId is there already"),
    ("yb_relations.y_id, yb_relations.a_id", "A has this Y already"),
    ("yb_relations.binding_id", "B has a Y in this relation already"),
)


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one relation of the file.

    Args:
        place: Where it stands in the file.
        reason: Why it was refused; ``note`` is what is worth knowing of one that was taken.
    """

    place: str
    state: Literal["accepted", "refused"]
    subscription_id: str | None = None
    old_x: str | None = None
    x: str | None = None
    expires: str | None = None
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """What is to be moved in.

    Args:
        numbers: Old number → number of the box that takes its place, both E.164; one that is not
            there is looked for among the aliases and then among the numbers themselves.
        voice_exists: Whether the application has an approved voice file of that name.
    """

    app: Application
    offers: Sequence[Offer]
    numbers: Mapping[str, str]
    reading: Reading
    voice_exists: Callable[[str], bool]


def rehearse(store: Store, wanted: Import) -> list[Moved]:
    """Return what :func:`move_in` would do. Raises StoreFailed, and OSError for a full disk."""
    with tempfile.TemporaryDirectory(prefix=REHEARSAL, dir=store.path.parent) as folder:
        copy = Path(folder) / "copy.db"
        copy_database(store.reader(), copy)
        db = open_writer(copy)
        try:
            db.conn.execute("BEGIN")
            return _Mover(store, db, wanted).move(wanted.offers)
        finally:
            db.conn.rollback()
            db.close()


def move_in(store: Store, wanted: Import) -> list[Moved]:
    """Enter the relations that pass, and keep the old numbers as aliases of the new.

    Raises:
        StoreFailed: The database failed; relations before that are in.
    """
    aliases = Aliases(store.reader)

    def name(db: Database) -> None:
        for old, new in wanted.numbers.items():
            if old != new:
                aliases.add(db, old, new)

    store.write(name)
    moved: list[Moved] = []
    for start in range(0, len(wanted.offers), _AT_A_TIME):
        some = wanted.offers[start : start + _AT_A_TIME]

        def work(db: Database, some: Sequence[Offer] = some) -> list[Moved]:
            return _Mover(store, db, wanted).move(some)

        moved += store.write(work)
    return moved


class _Mover:
    """Enters relations over one connection, each in a savepoint of its own."""

    def __init__(self, store: Store, db: Database, wanted: Import) -> None:
        self._store = store
        self._db = db
        self._wanted = wanted
        self._own = frozenset(number.msisdn for number in store.numbers.all(db))
        self._aliases = Aliases(lambda: db)

    def move(self, offers: Sequence[Offer]) -> list[Moved]:
        """Return what became of each."""
        return [self._moved(offer) for offer in offers]

    def _moved(self, offer: Offer) -> Moved:
        if offer.problem is not None:
            return Moved(offer.place, "refused", reason=offer.problem)
        identity = (offer.element or {}).get("subscriptionId") or (offer.element or {}).get(
            "bindId"
        )
        told = identity if isinstance(identity, str) else None
        old: str | None = None
        try:
            old = cloud_answers.old_x(offer, self._wanted.reading.region)
            with self._db.atomic():
                binding, note = self._enter(offer, old)
        except (BadInput, Refused) as error:
            return Moved(offer.place, "refused", told, old, reason=str(error))
        ends = None if binding.expires is None else binding.expires.isoformat()
        return Moved(offer.place, "accepted", told, old, binding.x, ends, note=note)

    def _enter(self, offer: Offer, old: str) -> tuple[Binding, str | None]:
        app, reading = self._wanted.app, self._wanted.reading
        if offer.mode is not app.mode:
            raise BadInput(
                f"it is a relation of {offer.mode}, application {app.name!r} is {app.mode}"
            )
        for voice in cloud_answers.voices(offer):
            if not self._wanted.voice_exists(voice):
                raise BadInput(f"the application has no approved voice file {voice}")
        holder = self._number(old)
        binding, note = cloud_answers.relation(offer, app, holder.msisdn, reading)
        check_switches(app, {"record": binding.record, "private_sms": binding.private_sms})
        self._check_parties(binding)
        try:
            self._insert(offer, binding, holder)
        except sqlite3.IntegrityError as error:
            raise _refused(error) from error
        return binding, note

    def _number(self, old: str) -> Number:
        app, numbers = self._wanted.app, self._store.numbers
        new = self._wanted.numbers.get(old) or self._aliases.resolve(old, app.app_id) or old
        found = numbers.by_msisdn(new, self._db)
        if found is None and new == old:
            raise BadInput(f"no number takes the place of {mask(old)}; say which by --map")
        return check_number(app, found)

    def _check_parties(self, binding: Binding) -> None:
        region = self._wanted.reading.region
        if binding.b is not None:
            check_pair(binding.a, binding.b, region)
        for party in (binding.a, *([binding.b] if binding.b else [])):
            check_party("a party", party, region)
            dial_check(party, self._own, region)
        details = binding.details
        if isinstance(details, AxeDetails):
            check_extension(self._wanted.app, details.extension)
            if details.call_back_number is not None:
                dial_check(details.call_back_number, self._own, region, service=True)

    def _insert(self, offer: Offer, binding: Binding, holder: Number) -> None:
        if binding.mode is Mode.AXB:
            people = people_ids(self._db, binding.a, binding.b or "")
            binding_rows.insert(self._db, binding, holder.number_id, people)
        elif binding.mode is Mode.AXYB:
            self._insert_axyb(offer, binding, holder)
        else:
            self._insert_one(binding, holder)

    def _insert_one(self, binding: Binding, holder: Number) -> None:
        (a,) = people_ids(self._db, binding.a)
        row_id = binding_rows.insert(self._db, binding, holder.number_id, (a, None))
        mode_rows.write_details(self._db, row_id, holder.number_id, binding, new=True)

    def _insert_axyb(self, offer: Offer, binding: Binding, holder: Number) -> None:
        """Enter the AX half unless an element before had it, and the YB half that this one adds."""
        known = f"{binding_rows.SELECT} WHERE numbers.msisdn = ? AND a.msisdn = ?"
        row = select_one(self._db, known, (holder.msisdn, binding.a))
        y = cloud_answers.old_y(offer, self._wanted.reading.region)
        if row is None:
            self._insert_one(binding, holder)
            row = select_one(self._db, known, (holder.msisdn, binding.a))
            assert row is not None
        elif y is None:
            raise BadInput("A is on this number already")
        if y is None:
            return
        ax = mode_rows.binding(self._db, row)
        number = self._number(y)
        half = cloud_answers.yb_half(offer, ax, number.msisdn, self._wanted.reading)
        dial_check(half.b, self._own, self._wanted.reading.region)
        if select_one(self._db, "SELECT 1 FROM yb_relations WHERE bind_id = ?", (half.bind_id,)):
            half = replace(half, bind_id=str(uuid.uuid4()))  # halves may share the relation's id
        mode_rows.insert_yb(self._db, half, row, number.number_id)


def _refused(error: sqlite3.IntegrityError) -> Exception:
    for rule, sentence in _RULES:
        if rule in str(error):
            return BadInput(sentence)
    return refusal(error)
