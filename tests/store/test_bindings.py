"""A-X-B: setting, changing, finding, ending."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from appliance.errors import BadInput, NotFound, Refused
from appliance.model.bindings import AreaMatch, AxbTerms
from appliance.model.records import Application, Binding
from appliance.store import Store
from drivers.clock import ManualClock
from tests.store.conftest import enrol, person


@pytest.fixture
def bind(store: Store, app: Application) -> Callable[..., Binding]:
    def call(a: int, b: int, **terms: Any) -> Binding:
        made = AxbTerms(person(a), person(b), **terms)
        return store.write(lambda db: store.bindings.bind_axb(db, app, made, store.clock.now()))

    return call


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refusal:
        work()
    return refusal.value.reason


def test_a_binding_is_read_back_as_it_was_set(
    store: Store, app: Application, clock: ManualClock, bind: Callable[..., Binding]
) -> None:
    x = enrol(store, app, 1)
    terms: dict[str, Any] = {
        "direction": 1,
        "duration": 86_400,
        "max_minutes": 30,
        "record": True,
        "record_hint": "notice.wav",
        "last_minute_voice": "last.wav",
        "private_sms": False,
        "pre_voice_caller": "a.wav",
        "pre_voice_callee": "b.wav",
        "user_data": "order 7",
    }
    binding = bind(1, 2, x=x, **terms)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", binding.subscription_id)
    for name, value in terms.items():
        assert getattr(binding, name) == value
    assert (binding.x, binding.a, binding.b) == (x, person(1), person(2))
    assert binding.since == binding.changed == clock.now()
    assert binding.expires == clock.now() + timedelta(days=1)
    assert store.bindings.get(app, binding.subscription_id) == binding


def test_who_is_bound_on_a_number_is_bound_once(
    store: Store, app: Application, bind: Callable[..., Binding]
) -> None:
    x = enrol(store, app, 1)
    bind(1, 2, x=x)
    bind(3, 4, x=x)
    for a, b in ((1, 2), (2, 1), (1, 5), (5, 1), (2, 5), (5, 4)):
        assert refused(lambda a=a, b=b: bind(a, b, x=x)) == "already-bound"  # type: ignore[misc]
    assert refused(lambda: bind(1, 2)) == "exhausted"
    assert store.bindings.find(app)[0] == 2


def test_a_refused_bind_leaves_nobody_in_the_people_table(
    store: Store, app: Application, bind: Callable[..., Binding]
) -> None:
    x = enrol(store, app, 1)
    bind(1, 2, x=x)
    refused(lambda: bind(1, 77, x=x))
    known = store.reader().execute("SELECT msisdn FROM people").fetchall()
    assert (person(77),) not in known


def test_the_number_named_must_exist_and_be_ours_and_well(
    store: Store, app: Application, bind: Callable[..., Binding]
) -> None:
    x = enrol(store, app, 1)
    other = store.write(lambda db: store.applications.add(db, "other", app.mode))
    foreign, trunk = enrol(store, other, 2), enrol(store, None, 9)
    assert refused(lambda: bind(1, 2, x="+8617099999999")) == "number-unknown"
    assert refused(lambda: bind(1, 2, x=foreign)) == "number-foreign"
    assert refused(lambda: bind(1, 2, x=trunk)) == "number-foreign"
    for status in (9, 10, 11):
        store.write(lambda db, s=status: store.numbers.update(db, 1, status=s))  # type: ignore[misc]
        assert refused(lambda: bind(1, 2, x=x)) == "number-abnormal"
        assert refused(lambda: bind(1, 2)) == "exhausted"
    store.write(lambda db: store.numbers.update(db, 1, status=5))
    assert bind(1, 2, x=x).x == x


def test_switches_that_the_application_lacks(store: Store, app: Application) -> None:
    enrol(store, app, 1)
    bare = store.write(
        lambda db: store.applications.update(db, app.app_id, record=False, sms=False)
    )

    def bind(**terms: Any) -> Binding:
        made = AxbTerms(person(1), person(2), **terms)
        return store.write(lambda db: store.bindings.bind_axb(db, bare, made, store.clock.now()))

    assert refused(lambda: bind(record=True)) == "recording-off"
    assert refused(lambda: bind(private_sms=True)) == "sms-off"
    binding = bind(private_sms=False)

    def modify(**changes: Any) -> Binding:
        return store.write(
            lambda db: store.bindings.modify_axb(
                db, bare, binding.subscription_id, changes, store.clock.now()
            )
        )

    assert refused(lambda: modify(record=True)) == "recording-off"
    assert refused(lambda: modify(private_sms=True)) == "sms-off"


def test_the_boxs_own_numbers_cannot_be_bound(
    store: Store, app: Application, bind: Callable[..., Binding]
) -> None:
    enrol(store, app, 1)
    own = enrol(store, app, 2)
    terms = AxbTerms(person(1), own)
    assert (
        refused(
            lambda: store.write(
                lambda db: store.bindings.bind_axb(db, app, terms, store.clock.now())
            )
        )
        == "dial-unsafe"
    )


def test_the_emptiest_number_is_chosen(
    store: Store, app: Application, bind: Callable[..., Binding]
) -> None:
    numbers = [enrol(store, app, last) for last in (1, 2, 3)]
    chosen = [bind(pair * 2, pair * 2 + 1).x for pair in range(6)]
    assert sorted(chosen) == sorted(numbers * 2)
    for _ in range(3):
        bind(100, 101)
    assert refused(lambda: bind(100, 101)) == "exhausted"
    assert store.numbers.bound() == dict.fromkeys(numbers, 3)


def test_the_city_is_kept_or_left_as_the_request_says(
    store: Store, app: Application, bind: Callable[..., Binding]
) -> None:
    canton, beijing = enrol(store, app, 1, "020"), enrol(store, app, 2, "010")
    nowhere = enrol(store, app, 3)
    assert bind(1, 2, area_code="010").x == beijing
    assert refused(lambda: bind(1, 2, area_code="010")) == "exhausted"
    assert refused(lambda: bind(1, 2, area_code="0755")) == "exhausted"
    assert bind(1, 2, area_code="0755", area_match=AreaMatch.RELAXED).x == canton
    assert bind(1, 2, area_code="0755", area_match=AreaMatch.RELAXED).x == nowhere
    assert (
        refused(lambda: bind(1, 2, area_code="0755", area_match=AreaMatch.RELAXED)) == "exhausted"
    )


def test_the_number_named_wins_over_the_city(
    store: Store, app: Application, bind: Callable[..., Binding]
) -> None:
    x = enrol(store, app, 1, "020")
    assert bind(1, 2, x=x, area_code="010").x == x


def test_a_fixed_line_draws_a_number_of_its_own_city(store: Store, app: Application) -> None:
    canton, shenzhen = enrol(store, app, 1, "020"), enrol(store, app, 2, "0755")

    def bind(a: str, match: AreaMatch = AreaMatch.STRICT) -> str:
        terms = AxbTerms(a, person(1), area_match=match)
        work = lambda db: store.bindings.bind_axb(db, app, terms, store.clock.now())  # noqa: E731
        return store.write(work).x

    assert bind("+8675528000001") == shenzhen
    assert refused(lambda: bind("+8675528000002")) == "exhausted"
    assert bind("+8675528000003", AreaMatch.RELAXED) == canton


def test_modification_changes_what_it_names_and_restarts_the_clock_only_with_a_duration(
    store: Store, app: Application, clock: ManualClock, bind: Callable[..., Binding]
) -> None:
    enrol(store, app, 1)
    before = bind(1, 2, duration=600, user_data="first")

    def modify(**changes: Any) -> Binding:
        return store.write(
            lambda db: store.bindings.modify_axb(
                db, app, before.subscription_id, changes, clock.now()
            )
        )

    clock.advance(100)
    after = modify(user_data="second", direction=2)
    assert (after.user_data, after.direction) == ("second", 2)
    assert (after.since, after.expires) == (before.since, before.expires)
    assert after.changed == clock.now()
    clock.advance(100)
    renewed = modify(duration=600)
    assert renewed.since == clock.now()
    assert renewed.expires == clock.now() + timedelta(seconds=600)
    assert modify(duration=0).expires is None
    assert store.bindings.get(app, before.subscription_id) == modify(duration=0)


def test_modification_may_put_others_in_and_frees_who_left(
    store: Store, app: Application, clock: ManualClock, bind: Callable[..., Binding]
) -> None:
    x, trunk = enrol(store, app, 1), enrol(store, None, 9)
    first, second = bind(1, 2), bind(3, 4)

    def modify(**changes: Any) -> Binding:
        return store.write(
            lambda db: store.bindings.modify_axb(
                db, app, first.subscription_id, changes, clock.now()
            )
        )

    store.write(
        lambda db: store.bindings.add_return_route(db, trunk, person(2), first.subscription_id)
    )
    assert refused(lambda: modify(a=person(3))) == "already-bound"
    assert store.bindings.get(app, first.subscription_id) == first
    swapped = modify(a=person(2), b=person(1))
    assert (swapped.a, swapped.b) == (person(2), person(1))
    moved = modify(b=person(5))
    assert (moved.a, moved.b) == (person(2), person(5))
    assert store.bindings.route_facts(trunk, person(2), clock.now()).returned is None
    assert bind(1, 6, x=x).x == x
    assert store.bindings.find(app, x)[0] == 3
    with pytest.raises(BadInput, match="same number"):
        modify(a=person(5))
    with pytest.raises(BadInput, match="no term of a binding: x"):
        modify(x=x)
    assert store.bindings.get(app, second.subscription_id) == second


def test_another_applications_binding_is_unknown(
    store: Store, app: Application, clock: ManualClock, bind: Callable[..., Binding]
) -> None:
    x = enrol(store, app, 1)
    subscription = bind(1, 2).subscription_id
    other = store.write(lambda db: store.applications.add(db, "other", app.mode))
    assert store.bindings.get(other, subscription) is None
    assert store.bindings.find(other, x) == (0, [])
    for work in (
        lambda db: store.bindings.remove(db, other, subscription),
        lambda db: store.bindings.modify_axb(db, other, subscription, {}, clock.now()),
    ):
        assert refused(lambda work=work: store.write(work)) == "binding-unknown"  # type: ignore[misc]
    assert (
        refused(lambda: store.write(lambda db: store.bindings.remove_all(db, other, x)))
        == "number-foreign"
    )
    assert store.bindings.get(app, subscription) is not None


def test_removing_one_and_all(store: Store, app: Application, bind: Callable[..., Binding]) -> None:
    x = enrol(store, app, 1)
    first, *_ = bind(1, 2), bind(3, 4), bind(5, 6)
    removed = store.write(lambda db: store.bindings.remove(db, app, first.subscription_id))
    assert removed == first
    again = lambda: store.write(  # noqa: E731
        lambda db: store.bindings.remove(db, app, first.subscription_id)
    )
    assert refused(again) == "binding-unknown"
    assert store.write(lambda db: store.bindings.remove_all(db, app, x)) == 2
    assert store.write(lambda db: store.bindings.remove_all(db, app, x)) == 0
    assert store.bindings.find(app) == (0, [])


def test_finding_by_number_and_party_page_by_page(
    store: Store, app: Application, bind: Callable[..., Binding]
) -> None:
    x, y = enrol(store, app, 1), enrol(store, app, 2)
    on_x = [bind(pair * 2, pair * 2 + 1, x=x) for pair in range(12)]
    on_y = bind(0, 1, x=y)
    total, page = store.bindings.find(app, x, offset=10, limit=10)
    assert (total, page) == (12, on_x[10:])
    assert store.bindings.find(app, x, a=person(4)) == (1, [on_x[2]])
    assert store.bindings.find(app, x, b=person(5)) == (1, [on_x[2]])
    assert store.bindings.find(app, x, a=person(4), b=person(7)) == (0, [])
    assert store.bindings.find(app, x, a=person(5)) == (0, [])
    assert store.bindings.find(app, a=person(0)) == (2, [on_x[0], on_y])
    assert store.bindings.find(app)[0] == 13


def test_an_expired_binding_is_out_of_everybodys_way_at_once(
    store: Store, app: Application, clock: ManualClock, bind: Callable[..., Binding]
) -> None:
    x = enrol(store, app, 1)
    old = bind(1, 2, duration=60)
    stays = bind(3, 4, duration=61)
    clock.advance(60)
    assert store.bindings.find(app, x, now=clock.now()) == (1, [stays])
    new = bind(2, 1, x=x)
    assert store.bindings.get(app, old.subscription_id) is None
    clock.advance(1)
    assert (
        refused(
            lambda: store.write(
                lambda db: store.bindings.modify_axb(
                    db, app, stays.subscription_id, {"duration": 60}, clock.now()
                )
            )
        )
        == "binding-unknown"
    )
    assert store.write(lambda db: store.bindings.expire(db, clock.now())) == 1
    assert store.bindings.find(app) == (1, [new])


def test_expiry_removes_what_is_due_and_tells_what_is_next(
    store: Store, app: Application, clock: ManualClock, bind: Callable[..., Binding]
) -> None:
    enrol(store, app, 1)
    assert store.bindings.next_expiry() is None
    bind(1, 2, duration=120)
    bind(3, 4, duration=60)
    bind(5, 6)
    due = store.bindings.next_expiry()
    assert due == (clock.now() + timedelta(seconds=60)).isoformat(timespec="microseconds")
    assert store.write(lambda db: store.bindings.expire(db, clock.now())) == 0
    clock.advance(60)
    assert store.write(lambda db: store.bindings.expire(db, clock.now())) == 1
    assert store.bindings.find(app)[0] == 2


def test_a_return_route_needs_its_line_and_its_binding(
    store: Store, app: Application, bind: Callable[..., Binding]
) -> None:
    x, trunk = enrol(store, app, 1), enrol(store, None, 9)
    subscription = bind(1, 2, x=x).subscription_id
    add = store.bindings.add_return_route
    with pytest.raises(NotFound):
        store.write(lambda db: add(db, "+8617099999999", person(2), subscription))
    with pytest.raises(NotFound):
        store.write(lambda db: add(db, trunk, person(2), "gone"))
