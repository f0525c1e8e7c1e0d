"""Who may ask: requests.md §2, §9 and §9.1."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.whole.mirror.town import Town, person
from tests.whole.mirror.wire import (
    AUTHORIZATION,
    AXB,
    CHINA,
    Reply,
    Shop,
    check_accepted,
    check_refused,
    digest_of,
    now_text,
)

WSSE, AKSK = AUTHORIZATION.format(scheme="WSSE"), AUTHORIZATION.format(scheme="AKSK")
# A query that a signed request gets an answer to: the number of nobody.
NOTHING = f"{AXB}?relationNum=%2B8617199999999"


@pytest.fixture
def fresh(town: Town) -> Shop:
    """An application whose failures count for nobody else."""
    return town.shop()


def ask(shop: Shop, headers: dict[str, str], target: str = NOTHING) -> Reply:
    return shop.send("GET", target, headers=headers)


def check_signed_in(reply: Reply) -> None:
    """The request came through to the relations: there is none."""
    check_refused(reply, "1012007")


@pytest.mark.parametrize("scheme", ["AKSK", "WSSE", "WSSE-hex"])
def test_three_digests_prove_the_secret(shop: Shop, scheme: str) -> None:
    check_signed_in(ask(shop, shop.headers(scheme=scheme)))


@pytest.mark.parametrize("scheme", ["AKSK", "WSSE"])
def test_every_method_is_signed_alike(shop: Shop, x: str, scheme: str) -> None:
    a, b, c = person(), person(), person()

    def send(method: str, target: str, body: Any = None) -> dict[str, Any]:
        return check_accepted(shop.send(method, target, body, shop.headers(scheme=scheme)))

    made = send("POST", AXB, {"relationNum": x, "callerNum": a, "calleeNum": b})
    one = made["subscriptionId"]
    send("PUT", AXB, {"subscriptionId": one, "calleeNum": c})
    told = send("GET", f"{AXB}?subscriptionId={one}")["relationNumList"][0]
    assert (told["callerNum"], told["calleeNum"]) == (a, c)
    send("DELETE", f"{AXB}?subscriptionId={one}")


def rewrite(pattern: str, by: str) -> Callable[[str], str]:
    return lambda text: re.sub(pattern, by, text)


@pytest.mark.parametrize("scheme", ["AKSK", "WSSE"])
@pytest.mark.parametrize(
    "change",
    [
        rewrite(",", ", "),
        rewrite(",", " , "),
        rewrite(",", ",   "),
        rewrite("^", " "),
        rewrite("$", "  "),
        rewrite("(realm|profile|type|Username|PasswordDigest|Nonce|Created)=", r"\1 = "),
    ],
)
def test_blanks_between_attributes_do_not_matter(
    shop: Shop, scheme: str, change: Callable[[str], str]
) -> None:
    headers = shop.headers(scheme=scheme)
    for name in ("Authorization", f"X-{scheme}"):
        headers[name] = change(headers[name])
    check_signed_in(ask(shop, headers))


@pytest.mark.parametrize("scheme", ["AKSK", "WSSE"])
@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title, str.swapcase])
def test_header_names_match_in_any_case(
    shop: Shop, scheme: str, spell: Callable[[str], str]
) -> None:
    headers = {spell(name): value for name, value in shop.headers(scheme=scheme).items()}
    check_signed_in(ask(shop, headers))


def test_attributes_in_any_order(shop: Shop) -> None:
    created, nonce = now_text(), "n0nce" * 5
    proof = digest_of("AKSK", shop.secret, nonce, created)
    check_signed_in(
        ask(
            shop,
            {
                "Authorization": 'AKSK type="Appkey",profile="UsernameToken",realm="SDP"',
                "X-AKSK": f'UsernameToken Created="{created}", Nonce="{nonce}", '
                f'PasswordDigest="{proof}", Username="{shop.key}"',
            },
        )
    )


@pytest.mark.parametrize("nonce", ["a", "0", "Z" * 128, "5f9c0e1d2b3a4"])
def test_a_nonce_of_1_to_128(fresh: Shop, nonce: str) -> None:
    check_signed_in(ask(fresh, fresh.headers(nonce=nonce)))


def test_a_nonce_of_129(fresh: Shop) -> None:
    check_refused(ask(fresh, fresh.headers(nonce="Z" * 129)), "1023035")
    check_refused(ask(fresh, fresh.headers(nonce="Z" * 129, scheme="WSSE")), "1023028")


@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain", "nonsense"])
def test_the_content_type_decides_nothing(
    shop: Shop, x: str, pair: tuple[str, str], content_type: str | None
) -> None:
    headers = shop.headers()
    del headers["Content-Type"]
    if content_type is not None:
        headers["Content-Type"] = content_type
    body = {"relationNum": x, "callerNum": pair[0], "calleeNum": pair[1]}
    check_accepted(shop.send("POST", AXB, body, headers))


AUTHORIZATIONS = [
    (None, "1023006"),
    ("", "1023006"),
    ("  ", "1023006"),
    ("AKSK", "1023007"),
    ("Basic dXNlcjpwYXNz", "1023007"),
    ("Bearer abc.def", "1023007"),
    ('AKSK profile="UsernameToken",type="Appkey"', "1023007"),
    ('AKSK realm="SDP",type="Appkey"', "1023008"),
    ('AKSK realm="SDP"', "1023008"),
    ('AKSK realm="sdp",profile="UsernameToken",type="Appkey"', "1023009"),
    ('AKSK realm="",profile="UsernameToken",type="Appkey"', "1023009"),
    ('AKSK realm="SDP",profile="usernametoken",type="Appkey"', "1023010"),
    ('AKSK realm="SDP",profile="UsernameToken",type="app_key"', "1023011"),
    ('AKSK realm="SDP",profile="UsernameToken",type="appkey"', "1023011"),
    ('AKSK realm="SDP",profile="UsernameToken"', "1023012"),
    ('realm="SDP",profile="UsernameToken",type="Appkey"', "1023013"),
    ('HMAC realm="SDP",profile="UsernameToken",type="Appkey"', "1023013"),
    # Of several mistakes the lowest code answers.
    ('HMAC realm="x",profile="y",type="z"', "1023009"),
    ('HMAC realm="SDP",profile="y",type="z"', "1023010"),
    ('HMAC realm="SDP",profile="UsernameToken",type="z"', "1023011"),
    ('HMAC realm="x",profile="y"', "1023009"),
    ('HMAC realm="x"', "1023008"),
    ('HMAC profile="y"', "1023007"),
]


@pytest.mark.parametrize(("value", "code"), AUTHORIZATIONS)
@pytest.mark.parametrize("token", [True, False])
def test_authorization(fresh_once: Shop, value: str | None, code: str, token: bool) -> None:
    headers = fresh_once.headers() if token else {}
    headers.pop("Authorization", None)
    if value is not None:
        headers["Authorization"] = value
    check_refused(ask(fresh_once, headers), code)


@pytest.fixture(scope="module")
def fresh_once(town: Town) -> Shop:
    """An application for what never comes to its digest."""
    return town.shop()


@pytest.mark.parametrize(
    ("scheme", "codes"),
    [
        (
            "AKSK",
            {
                "": "1023033",
                "Username": "1023034",
                "Nonce": "1023035",
                "Created": "1023036",
                "PasswordDigest": "1023037",
            },
        ),
        (
            "WSSE",
            {
                "": "1023026",
                "Username": "1023027",
                "Nonce": "1023028",
                "Created": "1023029",
                "PasswordDigest": "1023030",
            },
        ),
    ],
)
class TestToken:
    """The second header, attribute by attribute."""

    def test_without_it(self, fresh_once: Shop, scheme: str, codes: dict[str, str]) -> None:
        for value in (None, "", "   "):
            headers = fresh_once.headers(scheme=scheme)
            del headers[f"X-{scheme}"]
            if value is not None:
                headers[f"X-{scheme}"] = value
            check_refused(ask(fresh_once, headers), codes[""])

    def test_the_other_schemes_token_is_none(
        self, fresh_once: Shop, scheme: str, codes: dict[str, str]
    ) -> None:
        other = "WSSE" if scheme == "AKSK" else "AKSK"
        headers = fresh_once.headers(scheme=other)
        headers["Authorization"] = AUTHORIZATION.format(scheme=scheme)
        check_refused(ask(fresh_once, headers), codes[""])

    @pytest.mark.parametrize("name", ["Username", "Nonce", "Created", "PasswordDigest"])
    @pytest.mark.parametrize("empty", [False, True])
    def test_without_one_of_its_attributes(
        self, fresh_once: Shop, scheme: str, codes: dict[str, str], name: str, empty: bool
    ) -> None:
        headers = fresh_once.headers(scheme=scheme)
        token = headers[f"X-{scheme}"]
        cut = re.sub(rf'{name}="[^"]*",?', f'{name}="",' if empty else "", token)
        headers[f"X-{scheme}"] = cut
        check_refused(ask(fresh_once, headers), codes[name])

    def test_the_lowest_code_of_several(
        self, fresh_once: Shop, scheme: str, codes: dict[str, str]
    ) -> None:
        headers = fresh_once.headers(scheme=scheme)
        headers[f"X-{scheme}"] = "UsernameToken"
        check_refused(ask(fresh_once, headers), codes["Username"])
        headers[f"X-{scheme}"] = f'UsernameToken Username="{fresh_once.key}"'
        check_refused(ask(fresh_once, headers), codes["Nonce"])
        headers[f"X-{scheme}"] += ',Nonce="a"'
        check_refused(ask(fresh_once, headers), codes["Created"])

    @pytest.mark.parametrize(
        "created",
        [
            "2026-01-01 00:00:00",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.000Z",
            "2026-01-01T00:00:00+08:00",
            "20260101000000",
            "1767225600",
            "now",
        ],
    )
    def test_created_in_another_layout(
        self, fresh_once: Shop, scheme: str, codes: dict[str, str], created: str
    ) -> None:
        check_refused(
            ask(fresh_once, fresh_once.headers(scheme=scheme, created=created)), "1023031"
        )


@pytest.mark.parametrize("scheme", ["AKSK", "WSSE"])
def test_an_unknown_key(shop: Shop, scheme: str) -> None:
    nobody = Shop(shop.port, "nobody", f"nobody{person()[3:]}", "0" * 32)
    check_refused(ask(nobody, nobody.headers(scheme=scheme)), "1010003")


@pytest.mark.parametrize("scheme", ["AKSK", "WSSE"])
def test_a_wrong_digest(fresh: Shop, scheme: str) -> None:
    thief = Shop(fresh.port, fresh.name, fresh.key, "f" * 32, scheme)
    check_refused(ask(thief, thief.headers()), "1010010")
    good = fresh.headers(scheme=scheme)
    for change in (
        lambda text: text.replace('PasswordDigest="', 'PasswordDigest="A'),
        lambda text: re.sub(r'Nonce="(.)', r'Nonce="\1x', text),
        lambda text: re.sub(r'PasswordDigest="[^"]*"', 'PasswordDigest="====="', text),
        lambda text: re.sub(r'PasswordDigest="[^"]*"', 'PasswordDigest="\xe9"', text),
    ):
        check_refused(ask(fresh, {**good, f"X-{scheme}": change(good[f"X-{scheme}"])}), "1010010")
    check_signed_in(ask(fresh, good))


def test_a_digest_of_one_scheme_is_none_of_the_other(fresh: Shop) -> None:
    wsse = fresh.headers(scheme="WSSE")
    crossed = {"Authorization": AKSK, "X-AKSK": wsse["X-WSSE"]}
    check_refused(ask(fresh, crossed), "1010010")
    aksk = fresh.headers(scheme="AKSK")
    check_refused(ask(fresh, {"Authorization": WSSE, "X-WSSE": aksk["X-AKSK"]}), "1010010")


def test_a_key_of_one_application_with_the_secret_of_another(fresh: Shop, shop: Shop) -> None:
    mixed = Shop(fresh.port, "mixed", fresh.key, shop.secret)
    check_refused(ask(mixed, mixed.headers()), "1010010")


@pytest.mark.parametrize(
    "ahead",
    [timedelta(), timedelta(minutes=4), timedelta(minutes=-4), CHINA, CHINA + timedelta(minutes=4)],
)
def test_clocks_that_are_right_here_or_in_china(fresh: Shop, ahead: timedelta) -> None:
    check_signed_in(ask(fresh, fresh.headers(created=now_text(ahead))))


@pytest.mark.parametrize(
    "ahead",
    [
        timedelta(hours=4),
        timedelta(hours=-8),
        timedelta(days=1),
        timedelta(days=-1),
        timedelta(days=-3650),
        timedelta(minutes=-20),
        CHINA + timedelta(minutes=20),
    ],
)
@pytest.mark.parametrize("scheme", ["AKSK", "WSSE"])
def test_clocks_that_are_wrong(fresh: Shop, ahead: timedelta, scheme: str) -> None:
    check_refused(ask(fresh, fresh.headers(scheme=scheme, created=now_text(ahead))), "1010013")


@pytest.mark.parametrize("created", ["2026-02-31T00:00:00Z", "2026-13-01T25:61:61Z"])
def test_a_day_that_does_not_exist(fresh: Shop, created: str) -> None:
    reply = ask(fresh, fresh.headers(created=created))
    assert reply.code in {"1023031", "1010013"}
    check_refused(reply, reply.code)


def test_the_digest_is_checked_before_the_time(fresh: Shop) -> None:
    thief = Shop(fresh.port, fresh.name, fresh.key, "f" * 32)
    check_refused(ask(thief, thief.headers(created=now_text(timedelta(days=1)))), "1010010")


def test_the_key_is_checked_before_digest_time_and_body(shop: Shop) -> None:
    nobody = Shop(shop.port, "nobody", f"nobody{person()[3:]}", "0" * 32)
    headers = nobody.headers(created=now_text(timedelta(days=1)))
    check_refused(nobody.send("POST", AXB, b"{", headers), "1010003")


def test_the_mode_is_checked_before_the_body(town: Town) -> None:
    other = town.shop(mode="AX")
    check_refused(other.send("POST", AXB, b"{"), "1010040")
    check_refused(other.send("GET", AXB), "1010040")


def test_everything_before_the_parameters(fresh: Shop) -> None:
    check_refused(fresh.send("POST", AXB, b"{", headers={}), "1023006")
    late = fresh.headers(created=now_text(timedelta(days=1)))
    check_refused(fresh.send("POST", AXB, b"{", late), "1010013")


def test_an_inactive_application_and_a_frozen_one(town: Town, fresh: Shop) -> None:
    town.house.command("app", "set", fresh.name, "--inactive")
    check_refused(ask(fresh, fresh.headers()), "1010008")
    thief = Shop(fresh.port, fresh.name, fresh.key, "f" * 32)
    check_refused(
        ask(thief, thief.headers()), "1010008"
    )  # known and active comes before the digest
    town.house.command("app", "set", fresh.name, "--active", "--frozen")
    check_refused(ask(fresh, fresh.headers()), "1010029")
    check_refused(ask(thief, thief.headers()), "1010010")  # frozen comes after it
    town.house.command("app", "set", fresh.name, "--unfrozen")
    check_signed_in(ask(fresh, fresh.headers()))


def test_an_address_that_is_not_allowed(town: Town) -> None:
    elsewhere = town.shop("--allow", "192.0.2.0/24")
    check_refused(ask(elsewhere, elsewhere.headers()), "1020166")
    town.house.command("app", "set", elsewhere.name, "--allow", "127.0.0.0/8")
    check_signed_in(ask(elsewhere, elsewhere.headers()))


def test_twenty_failures_lock_address_and_key_out(fresh: Shop, shop: Shop) -> None:
    thief = Shop(fresh.port, fresh.name, fresh.key, "f" * 32)
    for _ in range(20):
        check_refused(ask(thief, thief.headers()), "1010010")
    check_refused(ask(thief, thief.headers()), "1020176")
    check_refused(ask(fresh, fresh.headers()), "1020176")  # the right secret too
    check_refused(fresh.send("GET", NOTHING, headers={}), "1023006")  # headers are looked at before
    check_signed_in(ask(shop, shop.headers()))  # another key from the same address


def test_a_success_between_failures_does_not_free(fresh: Shop) -> None:
    thief = Shop(fresh.port, fresh.name, fresh.key, "f" * 32)
    for _ in range(19):
        check_refused(ask(thief, thief.headers()), "1010010")
    check_signed_in(ask(fresh, fresh.headers()))
    check_refused(ask(thief, thief.headers()), "1010010")
    check_refused(ask(fresh, fresh.headers()), "1020176")


def test_a_stale_clock_locks_nobody_out(fresh: Shop) -> None:
    for _ in range(25):
        check_refused(ask(fresh, fresh.headers(created=now_text(timedelta(days=1)))), "1010013")
    check_signed_in(ask(fresh, fresh.headers()))


def test_hostile_headers(shop: Shop, unchanged: Callable[[], None]) -> None:
    long = "k" * 20_000
    for key in (long, "\xff\xfe", "a\tb", "%00", "' OR ''='", "../../etc/passwd"):
        thief = Shop(shop.port, "thief", key, "f" * 32)
        reply = ask(thief, {**shop.headers(), "X-AKSK": thief.headers()["X-AKSK"]})
        assert reply.code in {"1010003", "1023034"}, reply
        check_refused(reply, reply.code)
