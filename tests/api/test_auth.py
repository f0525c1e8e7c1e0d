"""Authentication: every row of the 400 group, both signatures, clocks, replays, lock-out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from appliance.api.cloud import results
from appliance.api.cloud.auth import credentials
from appliance.api.cloud.results import CloudError
from appliance.model.records import Mode
from tests.api.client import AXB, Customer, aksk, created, wsse
from tests.api.conftest import X1, House, settings_in

FINE = 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"'
TOKEN = 'UsernameToken Username="k",PasswordDigest="d",Nonce="n",Created="2026-03-01T08:00:00Z"'
OLD = FINE.replace("AKSK", "WSSE")


@pytest.mark.parametrize(
    ("authorization", "name", "token", "result"),
    [
        ("", "x-aksk", TOKEN, results.AUTHORIZATION_MISSING),
        (FINE.replace('realm="SDP",', ""), "x-aksk", TOKEN, results.REALM_MISSING),
        (FINE.replace(',profile="UsernameToken"', ""), "x-aksk", TOKEN, results.PROFILE_MISSING),
        (FINE.replace("SDP", "sdp"), "x-aksk", TOKEN, results.REALM_WRONG),
        (FINE.replace("UsernameToken", "Token"), "x-aksk", TOKEN, results.PROFILE_WRONG),
        (FINE.replace("Appkey", "app_key"), "x-aksk", TOKEN, results.TYPE_WRONG),
        (FINE.replace(',type="Appkey"', ""), "x-aksk", TOKEN, results.TYPE_MISSING),
        (FINE.replace("AKSK", "Basic"), "x-aksk", TOKEN, results.SCHEME_MISSING),
        (OLD, "x-aksk", TOKEN, results.WSSE_MISSING),
        (OLD, "x-wsse", TOKEN.replace("Username=", "User="), results.WSSE_USERNAME_MISSING),
        (OLD, "x-wsse", TOKEN.replace("Nonce=", "Once="), results.WSSE_NONCE_MISSING),
        (OLD, "x-wsse", TOKEN.replace("Created=", "Made="), results.WSSE_CREATED_MISSING),
        (OLD, "x-wsse", TOKEN.replace("PasswordDigest=", "P="), results.WSSE_DIGEST_MISSING),
        (OLD, "x-wsse", TOKEN.replace("08:00:00Z", "8 am"), results.CREATED_FORMAT),
        (FINE, "x-wsse", TOKEN, results.AKSK_MISSING),
        (FINE, "x-aksk", TOKEN.replace("Username=", "User="), results.AKSK_USERNAME_MISSING),
        (FINE, "x-aksk", TOKEN.replace('"n"', '""'), results.AKSK_NONCE_MISSING),
        (FINE, "x-aksk", TOKEN.replace('"n"', f'"{"n" * 129}"'), results.AKSK_NONCE_MISSING),
        (FINE, "x-aksk", TOKEN.replace("Created=", "Made="), results.AKSK_CREATED_MISSING),
        (FINE, "x-aksk", TOKEN.replace("PasswordDigest=", "P="), results.AKSK_DIGEST_MISSING),
    ],
)
def test_each_missing_piece_has_its_code(
    authorization: str, name: str, token: str, result: results.Result
) -> None:
    with pytest.raises(CloudError) as caught:
        credentials({"authorization": authorization, name: token})
    assert caught.value.result is result


@pytest.mark.parametrize(
    "spelling",
    [
        TOKEN,
        TOKEN.replace(",", ", "),
        TOKEN.replace("=", " = "),
        TOKEN.replace("Username=", "UserName="),
        TOKEN.removeprefix("UsernameToken "),
        f"  {TOKEN}  ",
    ],
)
def test_blanks_and_case_do_not_matter(spelling: str) -> None:
    for authorization in (FINE, FINE.replace(",", " , "), FINE.replace("AKSK", "aksk")):
        given = credentials({"authorization": authorization, "x-aksk": spelling})
        assert (given.scheme, given.key, given.digest, given.nonce) == ("AKSK", "k", "d", "n")


@pytest.mark.parametrize("change", [str.lower, str.upper, str.title])
def test_header_names_are_matched_in_any_case(shop: Customer, change: Any) -> None:
    headers = {change(name): value for name, value in shop.headers().items()}

    assert shop.raw("GET", f"{AXB}?relationNum=%2B861", headers=headers).outcome == (403, "1012007")


def test_both_signatures_and_the_hexadecimal_leniency_are_accepted(
    house: House, shop: Customer
) -> None:
    at = created(house.clock.now())
    for headers in (
        aksk(shop.key, shop.secret, at=at),
        wsse(shop.key, shop.secret, at=at),
        wsse(shop.key, shop.secret, at=at, hexadecimal=True),
    ):
        reply = shop.raw("GET", f"{AXB}?relationNum=%2B8617012340001", headers=headers)
        assert reply.outcome == (403, "1012007")


def test_a_wrong_signature_an_unknown_key_and_no_signature(shop: Customer) -> None:
    wrong = Customer(shop.port, shop.key, "guess", now=shop.now)
    stranger = Customer(shop.port, "nobody", "guess", now=shop.now)

    assert wrong.bind().outcome == (401, "1010010")
    assert wrong.bind().json["resultdesc"] == "Invalid digest."
    assert stranger.bind().outcome == (403, "1010003")
    assert shop.raw("POST", AXB, b"{}", headers={}).outcome == (400, "1023006")


@pytest.mark.parametrize(
    ("hours", "seconds", "accepted"),
    [
        (0, 0, True),
        (0, 299, True),
        (0, -299, True),
        (0, 301, False),
        (0, -301, False),
        (8, 0, True),
        (8, -299, True),
        (8, 301, False),
        (4, 0, False),
        (-8, 0, False),
    ],
)
def test_created_may_be_utc_or_the_time_of_china(
    house: House, shop: Customer, hours: int, seconds: int, accepted: bool
) -> None:
    at = created(house.clock.now() + timedelta(hours=hours, seconds=seconds))

    reply = shop.raw("DELETE", AXB, headers=aksk(shop.key, shop.secret, at=at))

    assert reply.outcome == ((403, "1010002") if accepted else (401, "1010013"))


def test_a_captured_request_is_not_accepted_twice(house: House, shop: Customer) -> None:
    headers = shop.headers()

    assert shop.raw("DELETE", AXB, headers=headers).outcome == (403, "1010002")
    assert shop.raw("DELETE", AXB, headers=headers).outcome == (401, "1010010")
    house.clock.advance(290)
    assert shop.raw("DELETE", AXB, headers=headers).outcome == (401, "1010010")
    house.clock.advance(11)
    assert shop.raw("DELETE", AXB, headers=headers).outcome == (401, "1010013")


def test_a_request_signed_by_chinas_clock_is_not_accepted_again_when_utc_gets_there(
    house: House, shop: Customer
) -> None:
    def ahead(hours: float) -> dict[str, str]:
        return aksk(shop.key, shop.secret, at=created(house.clock.now() + timedelta(hours=hours)))

    captured, other = ahead(8), ahead(8)
    assert shop.raw("DELETE", AXB, headers=captured).outcome == (403, "1010002")
    assert shop.raw("DELETE", AXB, headers=captured).outcome == (401, "1010010")
    house.clock.advance(4 * 3600)
    assert shop.raw("DELETE", AXB, headers=captured).outcome == (401, "1010013")
    for headers in (ahead(0), ahead(8)):
        assert shop.raw("DELETE", AXB, headers=headers).outcome == (403, "1010002")
    house.clock.advance(4 * 3600 + 299)
    assert shop.raw("DELETE", AXB, headers=captured).outcome == (401, "1010010")
    assert shop.raw("DELETE", AXB, headers=other).outcome == (403, "1010002")


def test_a_nonce_may_come_again_where_the_owner_says_so(house: House, shop: Customer) -> None:
    assert house.server is not None
    house.server.stop(2.0)
    house.serve(settings_in(house.settings.box.data, "refuse_replays = false"))
    shop.port = house.port
    headers = shop.headers()
    for _ in range(2):
        assert shop.raw("DELETE", AXB, headers=headers).outcome == (403, "1010002")


def test_twenty_failures_lock_an_address_with_a_key_for_half_an_hour(
    house: House, shop: Customer
) -> None:
    wrong = Customer(shop.port, shop.key, "guess", now=shop.now)
    other = house.customer(house.app("other"))
    for _ in range(20):
        assert wrong.bind().outcome == (401, "1010010")

    locked = shop.send("GET", AXB, relationNum=X1)
    assert locked.outcome == (403, "1020176")
    assert locked.json["resultdesc"] == "Authentication failed, try again later"
    assert other.send("DELETE", AXB).outcome == (403, "1010002")
    house.clock.advance(1799)
    assert shop.send("DELETE", AXB).outcome == (403, "1020176")
    house.clock.advance(2)
    assert shop.send("DELETE", AXB).outcome == (403, "1010002")


def test_failures_spread_over_more_than_five_minutes_lock_nobody(
    house: House, shop: Customer
) -> None:
    wrong = Customer(shop.port, shop.key, "guess", now=shop.now)
    for _ in range(60):
        house.clock.advance(16)
        assert wrong.bind().outcome == (401, "1010010")
    assert shop.send("DELETE", AXB).outcome == (403, "1010002")


def test_addresses_that_are_not_allowed_are_refused(house: House) -> None:
    inside = house.customer(house.app("inside", allowed_addresses=["127.0.0.0/8"]))
    outside = house.customer(house.app("outside", allowed_addresses=["10.0.0.0/8", "::1"]))

    assert inside.send("DELETE", AXB).outcome == (403, "1010002")
    assert outside.send("DELETE", AXB).outcome == (403, "1020166")


def test_inactive_frozen_and_of_another_mode(house: House) -> None:
    inactive = house.customer(house.app("inactive", active=False))
    frozen = house.customer(house.app("frozen", frozen=True))
    other = house.customer(house.app("other", Mode.AX))

    assert inactive.send("DELETE", AXB).outcome == (403, "1010008")
    assert frozen.send("DELETE", AXB).outcome == (403, "1010029")
    assert other.send("DELETE", AXB).outcome == (403, "1010040")


def test_flow_control_counts_each_application_for_itself(house: House, shop: Customer) -> None:
    assert house.server is not None
    house.server.stop(2.0)
    house.serve(settings_in(house.settings.box.data, "requests_per_second = 3"))
    shop.port = house.port
    other = house.customer(house.app("other"))

    outcomes = [shop.send("DELETE", AXB).outcome for _ in range(4)]

    assert outcomes == [(403, "1010002")] * 3 + [(403, "1010010")]
    assert other.send("DELETE", AXB).outcome == (403, "1010002")
    house.clock.advance(1)
    assert shop.send("DELETE", AXB).outcome == (403, "1010002")
    for name, rate, passes in (("slow", 1, 1), ("free", 0, 9), ("odd", "x", 3)):
        app = house.app(name, settings={"requests_per_second": rate})
        codes = [house.customer(app).send("DELETE", AXB).json["resultcode"] for _ in range(9)]
        assert codes == ["1010002"] * passes + ["1010010"] * (9 - passes), name


def test_checks_come_in_the_documented_order(house: House, shop: Customer) -> None:
    """Header before lock-out before key before digest before time before mode before method."""
    late = created(house.clock.now() - timedelta(hours=3))
    ax = house.app("ax", Mode.AX)

    both = shop.raw("POST", AXB, b"[", headers=aksk(shop.key, "guess", at=late))
    stale = shop.raw("POST", AXB, b"[", headers=aksk(ax.key, ax.secret, at=late))
    mode = house.customer(ax).raw("PATCH", AXB, b"[")
    method = shop.raw("PATCH", AXB, b"[")

    assert both.outcome == (401, "1010010")
    assert stale.outcome == (401, "1010013")
    assert mode.outcome == (403, "1010040")
    assert method.outcome == (403, "1010006")
