"""Applications: keys of their own, switches, push targets."""

from __future__ import annotations

import re
from typing import Any

import pytest

from appliance.errors import BadInput, NotFound
from appliance.model.records import Application, Mode, UrlKind
from appliance.store import Store


def test_an_application_gets_a_key_pair_of_its_own(store: Store, app: Application) -> None:
    other = store.write(lambda db: store.applications.add(db, "other", Mode.AX))
    assert re.fullmatch(r"[0-9a-f]{32}", app.key)
    assert re.fullmatch(r"[0-9a-f]{32}", app.secret)
    assert len({app.key, app.secret, other.key, other.secret}) == 4


def test_it_is_found_by_id_key_and_name(store: Store, app: Application) -> None:
    assert store.applications.by_id(app.app_id) == app
    assert store.applications.by_key(app.key) == app
    assert store.applications.by_name("shop") == app
    assert store.applications.by_key("shop") is None
    assert store.applications.all() == [app]


def test_its_secret_is_not_in_its_text(app: Application) -> None:
    assert app.secret not in repr(app)


def test_every_field_can_be_set_and_read_back(store: Store, app: Application) -> None:
    after = store.write(
        lambda db: store.applications.update(
            db,
            app.app_id,
            name="renamed",
            active=False,
            frozen=True,
            record=False,
            sms=False,
            sms_content=False,
            sign="wsse",
            extension_digits=2,
            allowed_addresses=["192.0.2.1"],
            secret="given",
            settings={"x_only": True, "prompts": {"binding-missing": "call.wav"}},
            urls={"status": "https://shop.example/s", UrlKind.CDR: "http://shop.example/c"},
        )
    )
    assert after == Application(
        app_id=app.app_id,
        name="renamed",
        key=app.key,
        secret="given",
        mode=Mode.AXB,
        active=False,
        frozen=True,
        record=False,
        sms=False,
        sms_content=False,
        sign="wsse",
        urls={UrlKind.STATUS: "https://shop.example/s", UrlKind.CDR: "http://shop.example/c"},
        extension_digits=2,
        allowed_addresses=("192.0.2.1",),
        settings={"x_only": True, "prompts": {"binding-missing": "call.wav"}},
    )
    assert store.applications.by_name("renamed") == after


def test_settings_and_urls_change_one_by_one(store: Store, app: Application) -> None:
    def set_both(db: Any) -> None:
        store.applications.update(
            db, app.app_id, settings={"a": 1, "b": 2}, urls={"sms": "http://a/"}
        )

    store.write(set_both)
    after = store.write(
        lambda db: store.applications.update(
            db, app.app_id, settings={"a": None, "c": 3}, urls={"sms": None, "cdr": "http://b/"}
        )
    )
    assert after.settings == {"b": 2, "c": 3}
    assert after.urls == {UrlKind.CDR: "http://b/"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"colour": 1}, "no colour"),
        ({"mode": "AX"}, "no mode"),
        ({"sign": "md5"}, "aksk or wsse"),
        ({"extension_digits": 5}, "1 to 4"),
        ({"urls": {"fax": "http://a/"}}, "'fax'"),
        ({"urls": {"sms": "ftp://a/"}}, "sms URL"),
    ],
)
def test_what_cannot_be_is_refused(
    store: Store, app: Application, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        store.write(lambda db: store.applications.update(db, app.app_id, **fields))
    with pytest.raises(BadInput, match=message):
        _add(store, **fields) if "mode" not in fields else _update(store, app, fields)
    assert store.applications.all() == [app]


def _add(store: Store, **fields: Any) -> None:
    store.write(lambda db: store.applications.add(db, "new", Mode.AXB, **fields))


def _update(store: Store, app: Application, fields: dict[str, Any]) -> None:
    store.write(lambda db: store.applications.update(db, app.app_id, **fields))


def test_names_and_keys_are_taken_once(store: Store, app: Application) -> None:
    with pytest.raises(BadInput, match="'shop' already"):
        store.write(lambda db: store.applications.add(db, "shop", Mode.AX))
    with pytest.raises(BadInput, match="another application has this key"):
        store.write(lambda db: store.applications.add(db, "new", Mode.AX, key=app.key))
    with pytest.raises(BadInput, match="1 to 128"):
        store.write(lambda db: store.applications.add(db, "", Mode.AX))


def test_an_unknown_application_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        store.write(lambda db: store.applications.update(db, 7, active=False))
