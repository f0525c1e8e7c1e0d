"""The terms of a binding, what they may be, and how they change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import BadInput, Refused
from appliance.model import bindings
from appliance.model.bindings import AreaMatch, AxbTerms, choice_of_cities, modified
from appliance.model.records import Application, Mode, Number, Role

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
A, B, FIXED = "+8613900000001", "+8613900000002", "+8675528000001"
APP = Application(1, "shop", "key", "secret", Mode.AXB)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"a": "13900000001"}, "a is neither"),
        ({"b": "+864008001234"}, "b is neither"),
        ({"b": "+14155550123"}, "b is neither"),
        ({"b": A}, "same number"),
        ({"area_code": "755"}, "'755'"),
        ({"direction": 3}, "direction must be a whole number from 0 to 2"),
        ({"direction": True}, "direction"),
        ({"direction": "1"}, "direction"),
        ({"duration": 7_776_001}, "duration must be a whole number from 0 to 7776000"),
        ({"duration": -1}, "duration"),
        ({"duration": 1.5}, "duration"),
        ({"max_minutes": 7200}, "max_minutes must be a whole number from 0 to 1440"),
        ({"record_hint": "../notice.wav"}, "record_hint"),
        ({"pre_voice_caller": "铃声.wav"}, "pre_voice_caller"),
        ({"last_minute_voice": ""}, "last_minute_voice"),
        ({"user_data": "订单"}, "user_data"),
        ({"user_data": '{"order":7}'}, "user_data"),
        ({"user_data": "x" * 257}, "user_data"),
        ({"user_data": ""}, "user_data"),
        ({"user_data": "line\nline"}, "user_data"),
    ],
)
def test_terms_out_of_range_are_named(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        AxbTerms(**{"a": A, "b": B, **wrong})


def test_the_edges_are_allowed() -> None:
    longest = AxbTerms(
        A, FIXED, direction=2, duration=7_776_000, max_minutes=1440, user_data="~" * 256
    )
    assert (longest.duration, longest.max_minutes) == (7_776_000, 1440)
    assert longest.user_data == "~" * 256
    named = AxbTerms(A, B, area_code="010", record_hint="a-b_c.d@1.wav")
    assert (named.area_code, named.record_hint) == ("010", "a-b_c.d@1.wav")


def test_a_new_binding_starts_its_clock_now() -> None:
    binding = bindings.bound(APP, AxbTerms(A, B, duration=60), "+8617000000001", NOW)
    assert (binding.since, binding.expires) == (NOW, NOW + timedelta(seconds=60))
    assert bindings.bound(APP, AxbTerms(A, B), "+8617000000001", NOW).expires is None


changes = st.fixed_dictionaries(
    {},
    optional={
        "a": st.sampled_from([A, "+8613900000003"]),
        "direction": st.integers(0, 2),
        "duration": st.integers(0, bindings.MAX_DURATION),
        "max_minutes": st.integers(0, bindings.MAX_MINUTES),
        "record": st.booleans(),
        "user_data": st.one_of(st.none(), st.just("more")),
    },
)


@given(st.lists(st.tuples(st.integers(0, 10_000), changes), max_size=8))
def test_modifications_keep_what_they_do_not_name(
    steps: list[tuple[int, dict[str, Any]]],
) -> None:
    now = NOW
    binding = bindings.bound(APP, AxbTerms(A, B, duration=600), "+8617000000001", now)
    for pause, change in steps:
        now += timedelta(seconds=pause)
        after = modified(binding, change, now)
        for name in bindings.CHANGEABLE:
            assert getattr(after, name) == change.get(name, getattr(binding, name))
        assert (after.subscription_id, after.x) == (binding.subscription_id, binding.x)
        assert after.changed == now
        if "duration" not in change:
            assert (after.since, after.expires) == (binding.since, binding.expires)
        elif change["duration"] == 0:
            assert after.expires is None
        else:
            assert after.expires == now + timedelta(seconds=change["duration"])
        binding = after


def test_a_modification_is_checked_as_a_bind_is() -> None:
    binding = bindings.bound(APP, AxbTerms(A, B), "+8617000000001", NOW)
    for change, message in (
        ({"subscription_id": "x"}, "no term of a binding: subscription_id"),
        ({"a": B}, "same number"),
        ({"b": "110"}, "b is neither"),
        ({"duration": 9_999_999}, "duration"),
    ):
        with pytest.raises(BadInput, match=message):
            modified(binding, change, NOW)


def test_switches_and_numbers_refuse_in_words_of_their_own() -> None:
    def reason(work: Any) -> str:
        with pytest.raises(Refused) as refusal:
            work()
        return refusal.value.reason

    number = Number(1, "+8617000000001", "8986", Role.NUMBER, 1)
    check = bindings.check_number
    assert check(APP, number) == number
    assert reason(lambda: check(APP, None)) == "number-unknown"
    assert reason(lambda: check(APP, replace(number, app_id=2))) == "number-foreign"
    for status in (9, 10, 11):
        assert reason(lambda s=status: check(APP, replace(number, status=s))) == "number-abnormal"
    assert reason(lambda: bindings.check_switches(APP, {"record": True})) == "recording-off"
    assert reason(lambda: bindings.check_switches(APP, {"private_sms": True})) == "sms-off"
    bindings.check_switches(APP, {"record": False, "private_sms": False})


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"a": A}, [None]),
        ({"a": A, "area_match": AreaMatch.RELAXED}, [None]),
        ({"a": A, "area_code": "0755"}, [{"0755"}]),
        ({"a": FIXED}, [{"0755"}, {""}]),
        ({"a": FIXED, "area_code": "010"}, [{"010"}]),
        ({"a": A, "area_code": "010", "area_match": AreaMatch.RELAXED}, [{"010"}, {"010"}, None]),
    ],
)
def test_where_an_x_is_looked_for(terms: dict[str, Any], expected: list[Any]) -> None:
    assert choice_of_cities(AxbTerms(b=B, **terms)) == expected


def test_relaxed_means_the_province_and_then_anywhere() -> None:
    first, province, anywhere = choice_of_cities(
        AxbTerms(A, B, area_code="0755", area_match=AreaMatch.RELAXED)
    )
    assert first == frozenset({"0755"})
    assert province is not None
    assert "020" in province
    assert anywhere is None
    assert choice_of_cities(AxbTerms(FIXED, B, area_match=AreaMatch.RELAXED)) == [
        first,
        province,
        None,
    ]
