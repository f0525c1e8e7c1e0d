"""CreateAXBBinding: requests.md §3, §4.1 and §9."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.whole.mirror.town import Town, person
from tests.whole.mirror.wire import Shop, check_accepted, check_refused

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Pair = tuple[str, str]


def bind(shop: Shop, x: str, pair: Pair, **more: Any) -> dict[str, Any]:
    """Bind with ``more`` and return the relation as the query tells it."""
    reply = shop.bind(relationNum=x, callerNum=pair[0], calleeNum=pair[1], **more)
    return shop.relation(check_accepted(reply)["subscriptionId"])


def test_the_answer_has_four_keys_in_this_order(shop: Shop, x: str, pair: Pair) -> None:
    body = check_accepted(shop.bind(relationNum=x, callerNum=pair[0], calleeNum=pair[1]))
    assert list(body) == ["resultcode", "resultdesc", "relationNum", "subscriptionId"]
    assert body["relationNum"] == x
    assert UUID.fullmatch(body["subscriptionId"])


def test_what_is_not_said_has_its_default(shop: Shop, x: str, pair: Pair) -> None:
    told = bind(shop, x, pair)
    assert told["callDirection"] == 0
    assert told["duration"] == 0
    assert told["maxDuration"] == 0
    assert told["recordFlag"] == "false"
    for absent in ("recordHintTone", "lastMinVoice", "preVoice", "userData"):
        assert absent not in told


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("callDirection", 0, 0),
        ("callDirection", 1, 1),
        ("callDirection", 2, 2),
        ("callDirection", "1", 1),
        ("duration", 0, 0),
        ("duration", 3600, 3600),
        ("duration", 7_776_000, 7_776_000),
        ("duration", "86400", 86400),
        ("maxDuration", 0, 0),
        ("maxDuration", 1440, 1440),
        ("maxDuration", "60", 60),
        ("recordFlag", "true", "true"),
        ("recordFlag", "false", "false"),
        ("recordFlag", True, "true"),
        ("recordFlag", False, "false"),
        ("privateSms", "true", "true"),
        ("privateSms", "false", "false"),
        ("privateSms", True, "true"),
        ("privateSms", False, "false"),
        ("recordHintTone", "hint.wav", "hint.wav"),
        ("lastMinVoice", "last-min_1.wav", "last-min_1.wav"),
        ("preVoice", {"callerHintTone": "hint.wav"}, {"callerHintTone": "hint.wav"}),
        (
            "preVoice",
            {"callerHintTone": "hint.wav", "calleeHintTone": "wait.wav"},
            {"callerHintTone": "hint.wav", "calleeHintTone": "wait.wav"},
        ),
        ("userData", "u", "u"),
        ("userData", 'order=17;who="x\'y" ~!@#$%&*()|/\\', 'order=17;who="x\'y" ~!@#$%&*()|/\\'),
        ("userData", "d" * 256, "d" * 256),
        ("areaMatchMode", "0", None),
        ("areaMatchMode", "1", None),
    ],
)
def test_a_parameter_is_taken_and_told_in_its_type(
    shop: Shop, x: str, pair: Pair, name: str, given: object, told: object
) -> None:
    found = bind(shop, x, pair, **{name: given})
    assert found.get(name) == told
    assert type(found.get(name)) is type(told)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("callDirection", -1),
        ("callDirection", 3),
        ("callDirection", "both"),
        ("callDirection", True),
        ("callDirection", 1.5),
        ("callDirection", [0]),
        ("duration", -1),
        ("duration", 7_776_001),
        ("duration", "86400s"),
        ("duration", 10**400),
        ("duration", "9" * 400),
        ("duration", {}),
        ("duration", 3600.5),
        ("maxDuration", -1),
        ("maxDuration", 1441),
        ("maxDuration", 7200),  # the documents' own example of a 1010002
        ("maxDuration", "1,440"),
        ("recordFlag", "yes"),
        ("recordFlag", "TRUE!"),
        ("recordFlag", 1),
        ("recordFlag", ["true"]),
        ("recordFlag", ""),
        ("privateSms", "on"),
        ("privateSms", 0),
        ("userData", "{json}"),
        ("userData", "a}"),
        ("userData", "a^b"),
        ("userData", "订单"),
        ("userData", "d" * 257),
        ("userData", 17),
        ("userData", "a\x00b"),
        ("userData", "\ud800"),
        ("userData", "a\nb"),
        ("preVoice", "hint.wav"),
        ("preVoice", ["hint.wav"]),
        ("preVoice", {"callerHintTone": 7}),
        ("areaMatchMode", "2"),
        ("areaMatchMode", True),
        ("areaCode", "755"),
        ("areaCode", "0755x"),
        ("areaCode", "0" * 33),
        ("areaCode", 755),
        ("relationNum", "+86"),
        ("relationNum", "+86" + "1" * 29),
        ("relationNum", 8617012340001),
        ("relationNum", {"number": "+8617012340001"}),
        ("relationNum", True),
    ],
)
def test_what_a_parameter_may_not_be(
    shop: Shop, x: str, pair: Pair, unchanged: Callable[[], None], name: str, given: object
) -> None:
    body = {"relationNum": x, "callerNum": pair[0], "calleeNum": pair[1], name: given}
    tone = name == "preVoice" and isinstance(given, dict)
    check_refused(shop.bind(**body), "1010002", "HintTone" if tone else name)


@pytest.mark.parametrize("name", ["callerNum", "calleeNum"])
@pytest.mark.parametrize(
    "given",
    [
        "",
        None,
        8613912340001,
        True,
        ["+8613912340001"],
        {"callerNum": "+8613912340001"},
        "13912340001",  # no country code
        "8613912340001",  # no plus
        "+86 13912340001",
        " +8613912340001",
        "+8613912340001 ",
        "+86139123400",
        "+861391234000123",
        "+8612912340001",  # no such prefix
        "+86075528780000",  # with the trunk 0
        "+864001234567",
        "+868008101234",
        "+8695588",
        "+86110",
        "+85291234567",  # Hong Kong
        "+85366123456",  # Macao
        "+886912345678",  # Taiwan
        "+14155550100",
        "+" + "8" * 200,
        "+86１３９12340001",
        "+8613912340001\x00",
        "\ud800",
        "sip:alice@example.com",
    ],
)
def test_a_party_is_a_mainland_mobile_or_fixed_number(
    shop: Shop, x: str, unchanged: Callable[[], None], name: str, given: object
) -> None:
    body: dict[str, Any] = {"relationNum": x, "callerNum": person(), "calleeNum": person()}
    check_refused(shop.bind(**{**body, name: given}), "1010002", name)


@pytest.mark.parametrize("name", ["callerNum", "calleeNum"])
def test_both_parties_are_required(
    shop: Shop, x: str, pair: Pair, unchanged: Callable[[], None], name: str
) -> None:
    body = {"relationNum": x, "callerNum": pair[0], "calleeNum": pair[1]}
    del body[name]
    check_refused(shop.bind(**body), "1010002", name)


@pytest.mark.parametrize("fixed", ["+867552878", "+86108888", "+86551628"])
def test_fixed_lines_of_seven_and_eight_digits_can_be_bound(shop: Shop, x: str, fixed: str) -> None:
    mobile = person()
    number = fixed + mobile[-4:]
    told = bind(shop, x, (number, mobile))
    assert told["callerNum"] == number


def test_nobody_is_bound_to_himself(
    shop: Shop, x: str, pair: Pair, unchanged: Callable[[], None]
) -> None:
    check_refused(shop.bind(relationNum=x, callerNum=pair[0], calleeNum=pair[0]), "1010002")


def test_an_x_is_no_party(shop: Shop, x: str, pair: Pair, unchanged: Callable[[], None]) -> None:
    check_refused(shop.bind(relationNum=x, callerNum=pair[0], calleeNum=x), "1010002")


@pytest.mark.parametrize(
    "number",
    [
        "+8617199999999",
        "17000000001",
        " +8617000000001",
        "+86 1700000 0001",
        "abcd",
        "\x00\x00\x00\x00",
    ],
)
def test_an_x_that_is_unknown_or_badly_written_does_not_exist(
    shop: Shop, pair: Pair, unchanged: Callable[[], None], number: str
) -> None:
    check_refused(shop.bind(relationNum=number, callerNum=pair[0], calleeNum=pair[1]), "1012007")


def test_an_x_of_another_application(
    shop: Shop, bare: Shop, pair: Pair, unchanged: Callable[[], None]
) -> None:
    check_refused(
        shop.bind(relationNum=bare.mine[0], callerNum=pair[0], calleeNum=pair[1]), "1012001"
    )


def test_parameters_are_checked_before_the_x(
    shop: Shop, bare: Shop, pair: Pair, unchanged: Callable[[], None]
) -> None:
    body = {"callerNum": pair[0], "calleeNum": pair[1], "maxDuration": 7200}
    check_refused(shop.bind(relationNum=bare.mine[0], **body), "1010002", "maxDuration")
    check_refused(shop.bind(relationNum="+8617199999999", **body), "1010002", "maxDuration")


def test_the_x_is_checked_before_the_relations(shop: Shop, bare: Shop, pair: Pair) -> None:
    mine = {"callerNum": pair[0], "calleeNum": pair[1]}
    check_accepted(bare.bind(relationNum=bare.mine[0], **mine))
    check_refused(shop.bind(relationNum=bare.mine[0], **mine), "1012001")


def test_no_person_is_twice_on_one_x_in_whatever_role(shop: Shop, x: str) -> None:
    a, b, c, d = person(), person(), person(), person()
    bind(shop, x, (a, b))
    for caller, callee in ((a, b), (b, a), (a, c), (c, a), (b, c), (c, b)):
        check_refused(shop.bind(relationNum=x, callerNum=caller, calleeNum=callee), "1012010")
    bind(shop, x, (c, d))


def test_the_same_two_can_be_bound_on_another_x(town: Town, shop: Shop, x: str, pair: Pair) -> None:
    bind(shop, x, pair)
    other = town.number(shop)
    assert bind(shop, other, pair)["relationNum"] == other


def test_recording_needs_an_application_that_has_it(bare: Shop, pair: Pair) -> None:
    body = {"relationNum": bare.mine[0], "callerNum": pair[0], "calleeNum": pair[1]}
    for flag in ("true", True):
        check_refused(bare.bind(**body, recordFlag=flag), "1012012")
    assert bind(bare, bare.mine[0], pair, recordFlag="false")["recordFlag"] == "false"


def test_texts_need_an_application_that_has_them(bare: Shop, pair: Pair) -> None:
    body = {"relationNum": bare.mine[0], "callerNum": pair[0], "calleeNum": pair[1]}
    check_refused(bare.bind(**body, privateSms="true"), "1010002", "privateSms")
    check_accepted(bare.bind(**body))


@pytest.mark.parametrize("name", ["recordHintTone", "lastMinVoice"])
@pytest.mark.parametrize("file", ["absent.wav", "waiting.wav"])  # one only waits for approval
def test_a_voice_file_must_be_there_and_approved(
    shop: Shop, x: str, pair: Pair, unchanged: Callable[[], None], name: str, file: str
) -> None:
    reply = shop.bind(relationNum=x, callerNum=pair[0], calleeNum=pair[1], **{name: file})
    assert check_refused(reply, "1010002") == f"Invalid request.{file} does not exist"


@pytest.mark.parametrize(
    "file",
    ["../hint.wav", "/etc/passwd", "a b.wav", "提示.wav", "x" * 129, "a\x00.wav", "hint.wav/"],
)
def test_a_voice_file_is_a_name_and_no_path(
    shop: Shop, x: str, pair: Pair, unchanged: Callable[[], None], file: str
) -> None:
    body = {"relationNum": x, "callerNum": pair[0], "calleeNum": pair[1]}
    check_refused(shop.bind(**body, recordHintTone=file), "1010002")
    check_refused(shop.bind(**body, preVoice={"calleeHintTone": file}), "1010002")


@pytest.fixture(scope="module")
def city(town: Town) -> Shop:
    """One X each in Shenzhen (0755), Guangzhou (020, the same province), Hefei (0551)."""
    made = town.shop()
    made.mine += [town.number(made, "--city", code) for code in ("0755", "020", "0551")]
    return made


class TestCities:
    """The X by its city: §3.2, §4.1."""

    def choose(self, city: Shop, a: str, b: str, **more: Any) -> str:
        return str(check_accepted(city.bind(callerNum=a, calleeNum=b, **more))["relationNum"])

    def test_strict_is_the_default_and_takes_that_city_only(self, city: Shop, pair: Pair) -> None:
        assert self.choose(city, *pair, areaCode="0755") == city.mine[0]
        check_refused(city.bind(callerNum=pair[0], calleeNum=pair[1], areaCode="0755"), "1012008")
        check_refused(
            city.bind(callerNum=pair[0], calleeNum=pair[1], areaCode="0755", areaMatchMode="0"),
            "1012008",
        )

    def test_relaxed_prefers_the_province_then_takes_any(self, city: Shop, pair: Pair) -> None:
        more = {"areaCode": "0755", "areaMatchMode": "1"}
        assert self.choose(city, *pair, **more) == city.mine[0]
        assert self.choose(city, *pair, **more) == city.mine[1]
        assert self.choose(city, *pair, **more) == city.mine[2]
        check_refused(city.bind(callerNum=pair[0], calleeNum=pair[1], **more), "1012008")

    def test_a_city_without_numbers(self, city: Shop, pair: Pair) -> None:
        body = {"callerNum": pair[0], "calleeNum": pair[1], "areaCode": "010"}
        check_refused(city.bind(**body), "1012008")
        assert city.bind(**body, areaMatchMode=1).json["relationNum"] in city.mine

    def test_a_relation_number_wins_over_a_city(self, city: Shop, pair: Pair) -> None:
        chosen = self.choose(city, *pair, relationNum=city.mine[2], areaCode="0755")
        assert chosen == city.mine[2]

    def test_without_either_the_area_of_a_decides(self, city: Shop) -> None:
        mobile = person()
        fixed = f"+867552877{mobile[-4:]}"
        assert self.choose(city, fixed, mobile) == city.mine[0]

    def test_an_empty_area_code_is_none(self, city: Shop, pair: Pair) -> None:
        assert self.choose(city, *pair, areaCode="", relationNum=city.mine[1]) == city.mine[1]

    def test_an_application_without_numbers(self, town: Town, pair: Pair) -> None:
        poor = town.shop()
        check_refused(poor.bind(callerNum=pair[0], calleeNum=pair[1]), "1012008")


def test_old_clients_send_the_tones_as_a_list(shop: Shop, x: str, pair: Pair) -> None:
    tones = [{"callerHintTone": "hint.wav"}, {"calleeHintTone": "wait.wav"}]
    told = bind(shop, x, pair, preVoice=tones)
    assert told["preVoice"] == {"callerHintTone": "hint.wav", "calleeHintTone": "wait.wav"}


def test_json_null_is_absent(shop: Shop, x: str, pair: Pair) -> None:
    names = ("areaCode", "areaMatchMode", "callDirection", "duration", "recordFlag", "preVoice")
    told = bind(shop, x, pair, **dict.fromkeys((*names, "userData", "privateSms", "lastMinVoice")))
    assert told["duration"] == 0
    assert "userData" not in told
