"""Enrolled SIMs: a number is its SIM, whatever modem it sits in."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.errors import BadInput, NotFound
from appliance.model.bindings import AxbTerms
from appliance.model.records import Application, Number, Role
from appliance.store import Store
from tests.store.conftest import enrol, person


def test_an_enrolled_number_is_found_by_digits_and_by_sim(store: Store, app: Application) -> None:
    x = enrol(store, app, 1, city="0755")
    number = store.numbers.by_msisdn(x)
    assert number == Number(
        number_id=1,
        msisdn=x,
        iccid="89860000000000000001",
        role=Role.NUMBER,
        app_id=app.app_id,
        city="0755",
        sms=True,
    )
    assert store.numbers.by_iccid("89860000000000000001") == number
    assert store.numbers.of_application(app.app_id) == [number]
    assert store.numbers.by_iccid("1") is None


def test_trunks_belong_to_nobody(store: Store, app: Application) -> None:
    trunk = enrol(store, None, 9)
    x = enrol(store, app, 1)
    assert [number.msisdn for number in store.numbers.all()] == [x, trunk]
    assert [number.msisdn for number in store.numbers.of_application(app.app_id)] == [x]
    assert store.numbers.bound() == {x: 0}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"msisdn": "+8617000000001"}, r"\+861\*\*\*\*\*0001 is enrolled"),
        ({"iccid": "89860000000000000001"}, "SIM 89860000000000000001 is enrolled"),
        ({"iccid": ""}, "1 to 22"),
        ({"role": Role.TRUNK}, "a trunk has none"),
        ({"app_id": None}, "has an application"),
        ({"app_id": 77}, "no application 77"),
        ({"msisdn": "17000000002"}, "international form"),
        ({"msisdn": "+86١٧"}, "international form"),
        ({"city": "0000"}, "no city code '0000'"),
    ],
)
def test_what_cannot_be_enrolled(
    store: Store, app: Application, wrong: dict[str, Any], message: str
) -> None:
    enrol(store, app, 1)
    values: dict[str, Any] = {
        "msisdn": "+8617000000002",
        "iccid": "2",
        "role": Role.NUMBER,
        "app_id": app.app_id,
        **wrong,
    }
    with pytest.raises(BadInput, match=message):
        store.write(lambda db: store.numbers.enrol(db, **values))
    assert len(store.numbers.all()) == 1


def test_status_and_settings_change(store: Store, app: Application) -> None:
    x = enrol(store, app, 1)
    number = store.numbers.by_msisdn(x)
    assert number is not None

    def change(db: Any) -> Number:
        store.numbers.update(db, number.number_id, settings={"a": 1, "b": 2})
        return store.numbers.update(
            db, number.number_id, status=10, cause="2", city="010", sms=False, settings={"a": None}
        )

    after = store.write(change)
    assert after == store.numbers.by_msisdn(x)
    assert (after.status, after.cause, after.city, after.sms) == (10, "2", "010", False)
    assert after.settings == {"b": 2}


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"status": 6}, "5, 9, 10 or 11"), ({"iccid": "3"}, "no iccid"), ({"city": "1"}, "city")],
)
def test_a_number_refuses_wrong_changes(
    store: Store, app: Application, fields: dict[str, Any], message: str
) -> None:
    enrol(store, app, 1)
    with pytest.raises(BadInput, match=message):
        store.write(lambda db: store.numbers.update(db, 1, **fields))


def test_a_replaced_sim_is_refused_and_everything_else_stays(
    store: Store, app: Application
) -> None:
    x = enrol(store, app, 1)
    terms = AxbTerms(person(1), person(2))
    binding = store.write(lambda db: store.bindings.bind_axb(db, app, terms, store.clock.now()))
    after = store.write(lambda db: store.numbers.replace_sim(db, x, "new"))
    assert after.iccid == "new"
    assert store.numbers.by_iccid("new") == after
    assert store.numbers.by_iccid("89860000000000000001") is None
    assert store.numbers.retired("89860000000000000001") == x
    assert store.numbers.retired("new") is None
    assert store.bindings.get(app, binding.subscription_id) == binding
    with pytest.raises(BadInput, match="was replaced by another"):
        enrol_old(store, app)
    with pytest.raises(BadInput, match="was replaced by another"):
        store.write(lambda db: store.numbers.replace_sim(db, x, "89860000000000000001"))


def enrol_old(store: Store, app: Application) -> None:
    store.write(
        lambda db: store.numbers.enrol(
            db,
            "+8617000000005",
            iccid="89860000000000000001",
            role=Role.NUMBER,
            app_id=app.app_id,
        )
    )


def test_a_transfer_ends_the_bindings(store: Store, app: Application) -> None:
    x, y = enrol(store, app, 1), enrol(store, app, 2)
    other = store.write(lambda db: store.applications.add(db, "other", app.mode))
    terms = AxbTerms(person(1), person(2), x=x)
    kept = AxbTerms(person(1), person(2), x=y)
    binding = store.write(lambda db: store.bindings.bind_axb(db, app, terms, store.clock.now()))
    stays = store.write(lambda db: store.bindings.bind_axb(db, app, kept, store.clock.now()))
    store.write(lambda db: store.bindings.add_return_route(db, x, person(1), stays.subscription_id))
    after = store.write(lambda db: store.numbers.transfer(db, x, other.app_id))
    assert after.app_id == other.app_id
    assert store.bindings.get(app, binding.subscription_id) is None
    assert store.bindings.get(app, stays.subscription_id) == stays
    assert store.numbers.bound() == {x: 0, y: 1}
    assert store.bindings.route_facts(x, person(1), store.clock.now()).returned is None
    trunk = enrol(store, None, 9)
    with pytest.raises(BadInput, match="is a trunk"):
        store.write(lambda db: store.numbers.transfer(db, trunk, other.app_id))
    with pytest.raises(BadInput, match="no application 99"):
        store.write(lambda db: store.numbers.transfer(db, x, 99))


def test_a_released_number_is_gone_and_can_be_enrolled_again(
    store: Store, app: Application
) -> None:
    x = enrol(store, app, 1)
    terms = AxbTerms(person(1), person(2))
    store.write(lambda db: store.bindings.bind_axb(db, app, terms, store.clock.now()))
    before = store.write(lambda db: store.numbers.release(db, x))
    assert before.msisdn == x
    assert store.numbers.all() == []
    assert store.bindings.find(app) == (0, [])
    with pytest.raises(NotFound, match=r"\+861\*\*\*\*\*0001 is not enrolled"):
        store.write(lambda db: store.numbers.release(db, x))
    assert enrol(store, app, 1) == x
