"""Random binds of AX, AXE and AXYB against books that know the rules; the schema has to agree."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlite_utils import Database

from appliance.errors import BadInput, Refused
from appliance.model.bindings import AreaMatch
from appliance.model.bindings_ax import AxTerms
from appliance.model.bindings_axe import MINUTES, AxeTerms
from appliance.model.bindings_axyb import AxybTerms, YbTerms
from appliance.model.records import AxeDetails, Mode
from appliance.model.routing import (
    AllocateY,
    CollectExtension,
    Refusal,
    Route,
    decide,
)
from appliance.model.routing_axe import entered
from appliance.store import Store
from drivers.clock import ManualClock
from tests.store.conftest import enrol, person

T = TypeVar("T")
PEOPLE = st.integers(1, 3)
OTHERS = st.integers(4, 6)
NUMBERS = 7
LINES = st.integers(0, NUMBERS - 1)
CITY = "0755"


@dataclass
class Ax:
    x: str
    a: int
    callee: tuple[int, datetime] | None = None


@dataclass
class Axe:
    x: str
    a: int
    extension: str
    expires: datetime | None
    last: tuple[int, datetime, datetime | None] | None = None

    def calls_back(self, now: datetime) -> int | None:
        if self.last is None or (self.last[2] is not None and self.last[2] <= now):
            return None
        return self.last[0]


@dataclass
class Half:
    y: str
    b: int
    expires: datetime | None


@dataclass
class Axyb:
    x: str
    a: int
    expires: datetime | None
    yb_seconds: int
    halves: list[Half] = field(default_factory=list)


class Books(RuleBasedStateMachine):
    """The store on one side, the books on the other; one application per mode."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.store = Store(Path(self.folder.name) / "simveil.db", clock=self.clock)
        self.store.start()
        self.ax: dict[str, Ax] = {}
        self.axe: dict[str, Axe] = {}
        self.axyb: dict[str, Axyb] = {}
        self.apps: dict[Mode, Any] = {}
        self.lines: dict[Mode, list[str]] = {}

    @initialize()
    def found(self) -> None:
        for index, mode in enumerate((Mode.AX, Mode.AXE, Mode.AXYB)):
            self.apps[mode] = self.store.write(
                lambda db, mode=mode: self.store.applications.add(  # type: ignore[misc]
                    db, mode, mode, extension_digits=1
                )
            )
            self.lines[mode] = [
                enrol(self.store, self.apps[mode], 100 * index + last, CITY)
                for last in range(1, NUMBERS + 1)
            ]

    def teardown(self) -> None:
        self.store.stop()
        self.folder.cleanup()

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def write(self, work: Callable[[Database], T]) -> T | str:
        try:
            return self.store.write(work)
        except Refused as refusal:
            return refusal.reason
        except BadInput:
            return "bad-input"

    def lives(self, expires: datetime | None) -> bool:
        return expires is None or expires > self.now

    # --- AX

    @rule(a=PEOPLE, line=st.none() | LINES)
    def bind_ax(self, a: int, line: int | None) -> None:
        x = None if line is None else self.lines[Mode.AX][line]
        terms = AxTerms(person(a), x=x, area_code=CITY)
        made = self.write(lambda db: self.store.ax.bind(db, self.apps[Mode.AX], terms, self.now))
        taken = {one.x for one in self.ax.values()}
        mine = [one for one in self.ax.values() if one.a == a]
        if x in taken:
            assert made in ("number-taken", "too-many-numbers")
        elif x is None and len(taken) == NUMBERS:
            assert made == "exhausted"
        elif len(mine) == 5:
            assert made == "too-many-numbers"
        else:
            assert not isinstance(made, str), made
            assert made.x == x or (x is None and made.x not in taken)
            self.ax[made.subscription_id] = Ax(made.x, a)

    @precondition(lambda self: self.ax)
    @rule(data=st.data(), a=PEOPLE)
    def give_ax_to_another(self, data: st.DataObject, a: int) -> None:
        key = data.draw(st.sampled_from(list(self.ax)))
        made = self.write(
            lambda db: self.store.ax.modify(
                db, self.apps[Mode.AX], {"a": person(a)}, self.now, subscription_id=key
            )
        )
        book = self.ax[key]
        others = [one for other, one in self.ax.items() if one.a == a and other != key]
        if len(others) == 5:
            assert made == "too-many-numbers"
            return
        assert not isinstance(made, str)
        if book.a != a:
            book.a, book.callee = a, None

    @precondition(lambda self: self.ax)
    @rule(data=st.data(), callee=st.integers(1, 6), seconds=st.sampled_from([1, 60, 600]))
    def set_callee(self, data: st.DataObject, callee: int, seconds: int) -> None:
        key = data.draw(st.sampled_from(list(self.ax)))
        book = self.ax[key]
        made = self.write(
            lambda db: self.store.ax.set_callee(
                db,
                self.apps[Mode.AX],
                person(callee),
                self.now,
                seconds=seconds,
                x=book.x,
            )
        )
        if callee == book.a:
            assert made == "bad-input"
        else:
            assert not isinstance(made, str)
            book.callee = (callee, self.now + timedelta(seconds=seconds))

    @precondition(lambda self: self.ax)
    @rule(data=st.data())
    def unbind_ax(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(list(self.ax)))
        book = self.ax.pop(key)
        removed = self.write(
            lambda db: self.store.ax.remove(
                db, self.apps[Mode.AX], self.now, x=book.x, a=person(book.a)
            )
        )
        assert not isinstance(removed, str)

    # --- AXE

    @rule(
        a=PEOPLE,
        line=st.integers(0, 1),
        extension=st.none() | st.integers(0, 9),
        minutes=st.sampled_from([0, 10, 60]),
        records=st.sampled_from([0, 5]),
    )
    def bind_axe(
        self, a: int, line: int, extension: int | None, minutes: int, records: int
    ) -> None:
        x = self.lines[Mode.AXE][line]
        wanted = None if extension is None else str(extension)
        terms = AxeTerms(
            person(a),
            x=x,
            extension=wanted,
            unit=MINUTES,
            bind_time=minutes,
            call_back_time=records,
        )
        made = self.write(lambda db: self.store.axe.bind(db, self.apps[Mode.AXE], terms, self.now))
        taken = {one.extension for one in self.living_axe() if one.x == x}
        if wanted == "0":
            assert made == "extension-length"
        elif wanted in taken:
            assert made == "extension-taken"
        elif wanted is None and len(taken) == 9:
            assert made == "extensions-used-up"
        else:
            assert not isinstance(made, str), made
            assert isinstance(made.details, AxeDetails)
            assert made.details.extension == wanted or wanted is None
            assert made.details.extension not in taken
            end = self.now + timedelta(minutes=minutes) if minutes else None
            self.axe[made.subscription_id] = Axe(x, a, made.details.extension, end)

    def living_axe(self) -> list[Axe]:
        return [one for one in self.axe.values() if self.lives(one.expires)]

    @precondition(lambda self: self.axe)
    @rule(data=st.data(), caller=OTHERS)
    def reach_a(self, data: st.DataObject, caller: int) -> None:
        key = data.draw(st.sampled_from(list(self.axe)))
        book = self.axe[key]
        axe = self.store.axe
        facts = self.store.bindings.route_facts(book.x, person(caller), self.now)
        asked = decide(facts, self.now)
        if not any(one.x == book.x for one in self.living_axe()):
            assert isinstance(asked, Refusal)
            return
        assert isinstance(asked, CollectExtension)
        facts, relation = axe.extension(facts, book.extension, self.now)
        found = entered(facts, relation, book.extension)
        reached = [
            one for one in self.living_axe() if (one.x, one.extension) == (book.x, book.extension)
        ]
        if not reached:
            assert isinstance(found, Refusal)
            assert found.state_code == 8022
            return
        assert isinstance(found, Route)
        assert found.callee == person(reached[0].a)
        self.clock.advance(0.001)
        assert relation is not None
        details = relation.binding.details
        assert isinstance(details, AxeDetails)
        assert not isinstance(
            self.write(
                lambda db: axe.remember_caller(
                    db, found.binding.subscription_id, person(caller), self.now
                )
            ),
            str,
        )
        seconds = details.call_back_seconds
        end = self.now + timedelta(seconds=seconds) if seconds else None
        reached[0].last = (caller, self.now, end)

    @rule(a=PEOPLE, line=st.integers(0, 1))
    def call_back(self, a: int, line: int) -> None:
        x = self.lines[Mode.AXE][line]
        found = decide(self.store.bindings.route_facts(x, person(a), self.now), self.now)
        mine = [one for one in self.living_axe() if (one.x, one.a) == (x, a)]
        if not mine:
            assert isinstance(found, (CollectExtension, Refusal))
            return
        records = [one.last for one in mine if one.last is not None and one.calls_back(self.now)]
        if records:
            assert isinstance(found, Route)
            assert found.callee == person(max(records, key=lambda record: record[1])[0])
        else:
            assert isinstance(found, Refusal)
            assert found.state_code == 8019

    # --- AXYB

    @rule(
        a=PEOPLE,
        seconds=st.sampled_from([0, 60, 7200]),
        yb_seconds=st.sampled_from([0, 60]),
    )
    def bind_axyb(self, a: int, seconds: int, yb_seconds: int) -> None:
        terms = AxybTerms(
            person(a), CITY, AreaMatch.STRICT, duration=seconds, yb_duration=yb_seconds
        )
        app = self.apps[Mode.AXYB]
        made = self.write(lambda db: self.store.axyb.bind(db, app, terms, self.now))
        mine = [one for one in self.living_axyb().values() if one.a == a]
        if len(self.used()) == NUMBERS:
            assert made == "exhausted"
        elif len(mine) == 5:
            assert made == "too-many-numbers"
        else:
            assert not isinstance(made, str), made
            assert made.x not in self.used()
            end = self.now + timedelta(seconds=seconds) if seconds else None
            self.axyb[made.subscription_id] = Axyb(made.x, a, end, yb_seconds)

    def living_axyb(self) -> dict[str, Axyb]:
        return {key: one for key, one in self.axyb.items() if self.lives(one.expires)}

    def halves(self) -> list[tuple[Axyb, Half]]:
        return [
            (one, half)
            for one in self.living_axyb().values()
            for half in one.halves
            if self.lives(half.expires)
        ]

    def used(self) -> set[str]:
        return {one.x for one in self.living_axyb().values()} | {
            half.y for _, half in self.halves()
        }

    @precondition(lambda self: self.axyb)
    @rule(data=st.data(), b=st.integers(1, 6), first_call=st.booleans())
    def bind_yb(self, data: st.DataObject, b: int, first_call: bool) -> None:
        key = data.draw(st.sampled_from(list(self.axyb)))
        book = self.axyb[key]
        app, axyb = self.apps[Mode.AXYB], self.store.axyb
        if first_call:
            facts = self.store.bindings.route_facts(book.x, person(b), self.now)
            if not isinstance(decide(facts, self.now), AllocateY):
                return
        living = self.lives(book.expires)
        made = self.write(
            lambda db: (
                axyb.allocate_y(db, app, key, person(b), self.now)
                if first_call
                else axyb.bind_yb(db, app, key, YbTerms(person(b)), self.now)
            )
        )
        mine = {half.y for one, half in self.halves() if one.a == book.a}
        free = set(self.lines[Mode.AXYB]) - {one.x for one in self.living_axyb().values()} - mine
        known = [half for one, half in self.halves() if one is book and half.b == b]
        if not living:
            assert made == "binding-unknown"
        elif b == book.a:
            assert made == "bad-input"
        elif known:
            assert made == "already-bound"
        elif not free:
            assert made == "exhausted"
        else:
            assert not isinstance(made, str), made
            assert made.y in free
            end = None
            if book.yb_seconds:
                end = self.now + timedelta(seconds=book.yb_seconds)
            book.halves.append(Half(made.y, b, end))

    @precondition(lambda self: self.halves())
    @rule(data=st.data())
    def unbind_yb(self, data: st.DataObject) -> None:
        book, half = data.draw(st.sampled_from(self.halves()))
        key = next(key for key, one in self.axyb.items() if one is book)
        app = self.apps[Mode.AXYB]
        done = self.write(
            lambda db: self.store.axyb.remove_yb(db, app, key, self.now, b=person(half.b))
        )
        assert not isinstance(done, str)
        book.halves.remove(half)

    @precondition(lambda self: self.living_axyb())
    @rule(data=st.data())
    def unbind_axyb(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(list(self.living_axyb())))
        app = self.apps[Mode.AXYB]
        done = self.write(lambda db: self.store.axyb.remove(db, app, self.now, subscription_id=key))
        assert not isinstance(done, str)
        del self.axyb[key]

    # --- all

    @rule(seconds=st.sampled_from([0.5, 30, 60, 400, 4000]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def lapsed_is_removed_and_every_number_counts_what_it_carries(self) -> None:
        self.store.write(lambda db: self.store.bindings.end_lapsed(db, self.now))
        carried = [
            *(one.x for one in self.ax.values()),
            *(one.x for one in self.living_axe()),
            *(one.x for one in self.living_axyb().values()),
            *(half.y for _, half in self.halves()),
        ]
        lines = [x for lines in self.lines.values() for x in lines]
        assert self.store.numbers.bound() == {x: carried.count(x) for x in lines}

    @invariant()
    def every_call_goes_where_the_books_say(self) -> None:
        if not self.apps:
            return
        for book in self.ax.values():
            self._reaches(book.x, 6 if book.a != 6 else 5, book.a)
            lives = book.callee is not None and book.callee[1] > self.now
            self._reaches(book.x, book.a, book.callee[0] if lives and book.callee else None)
        for one, half in self.halves():
            self._reaches(half.y, one.a, half.b)
            self._reaches(one.x, half.b, one.a)
        for gone in self.axyb.values():
            if not self.lives(gone.expires) and gone.x not in self.used():
                self._reaches(gone.x, 6, None)

    def _reaches(self, line: str, caller: int, callee: int | None) -> None:
        facts = self.store.bindings.route_facts(line, person(caller), self.now)
        found = decide(facts, self.now)
        if callee is None:
            assert not isinstance(found, Route), found
        else:
            assert isinstance(found, Route), found
            assert found.callee == person(callee)


Books.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestBooks = Books.TestCase
