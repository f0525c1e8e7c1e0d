"""The answers of the AX, AXE and AXYB interfaces, their keys in the documented order.

Where a layout is not documented (the pages of AXE v2.0 and the count of relations) it follows that
of the neighbours; the notes say which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appliance.api.cloud.wire import flag, moment, pre_voice, present, success
from appliance.model.records import AxDetails, AxeDetails, AxybDetails, Binding, YbRelation
from appliance.store.axe import Usage


def ax_bound(binding: Binding) -> dict[str, Any]:
    """Return the answer to an AX bind."""
    return success(origNum=binding.a, privateNum=binding.x, subscriptionId=binding.subscription_id)


def ax_element(binding: Binding) -> dict[str, Any]:
    """Return one element of ``privateNumList``."""
    details = binding.details
    assert isinstance(details, AxDetails)
    return {
        "origNum": binding.a,
        "privateNum": binding.x,
        "subscriptionId": binding.subscription_id,
        **present(privateSms=None if binding.private_sms is None else flag(binding.private_sms)),
        "callDirection": binding.direction,
        "turnFlag": "on" if details.on else "off",
        "recordFlag": flag(binding.record),
        **present(recordHintTone=binding.record_hint),
        "maxDuration": binding.max_minutes,
        **present(
            lastMinVoice=binding.last_minute_voice,
            preVoice=pre_voice(binding),
            userData=binding.user_data,
        ),
        "calleeNumDisplay": details.display,
    }


def ax_list(found: Sequence[Binding]) -> dict[str, Any]:
    """Return the answer to an AX query."""
    return success(privateNumList=[ax_element(binding) for binding in found])


def axe_bound(binding: Binding) -> dict[str, Any]:
    """Return the answer to an AXE bind."""
    details = binding.details
    assert isinstance(details, AxeDetails)
    return success(
        subscriptionId=binding.subscription_id,
        virtualNum=binding.x,
        extendNum=details.extension,
        bindExpiredTime=details.bind_time,
        callbackExpiredTime=details.call_back_time,
    )


def axe_element(binding: Binding) -> dict[str, Any]:
    """Return the keys of one relation; its unit and life as they were given at bind."""
    details = binding.details
    assert isinstance(details, AxeDetails)
    return {
        "subscriptionId": binding.subscription_id,
        "virtualNum": binding.x,
        "extendNum": details.extension,
        "bindNum": binding.a,
        "displayNumMode": details.display,
        "recordFlag": flag(binding.record),
        **present(
            recordHintTone=binding.record_hint,
            callbackTone=details.call_back_tone,
            callbackNum=details.call_back_number,
        ),
        "timeUnit": details.unit,
        "bindExpiredTime": details.bind_time,
        "callbackExpiredTime": details.call_back_time,
        **present(userData=binding.user_data),
    }


def axe_page(found: Sequence[Binding], cursor: str | None = None) -> dict[str, Any]:
    """Return the answer to an AXE query v2.0.

    The list's key is not documented and formed as AXB's and AX's are. The cursor's key is printed
    in two spellings: both are there, and neither on the last page.
    """
    return success(
        extendNumList=[axe_element(binding) for binding in found],
        **present(nextCursor=cursor, nextCusor=cursor),
    )


def axe_usage(page: Sequence[Usage], cursor: str | None = None) -> dict[str, Any]:
    """Return the answer to an AXE count.

    Only ``nextCursor`` is documented; it is absent on the last page.
    """
    return success(
        virtualNumList=[{"virtualNum": one.x, "bindCount": one.used} for one in page],
        **present(nextCursor=cursor),
    )


def axyb_bound(subscription_id: str, number: str) -> dict[str, Any]:
    """Return the answer to either step of an AXYB bind; ``number`` is X or Y."""
    return success(subscriptionId=subscription_id, relationNumber=number)


def axyb_list(found: Sequence[tuple[Binding, Sequence[YbRelation]]]) -> dict[str, Any]:
    """Return the answer to an AXYB query: one element per YB, or one for an AX without any."""
    elements = [
        axyb_element(binding, half) for binding, halves in found for half in halves or (None,)
    ]
    return success(xyRelationNumList=elements)


def axyb_element(binding: Binding, half: YbRelation | None) -> dict[str, Any]:
    """Return one element of ``xyRelationNumList``; durations are strings here."""
    details = binding.details
    assert isinstance(details, AxybDetails)
    yb_duration = details.yb_duration if half is None else half.duration
    user_data = binding.user_data if half is None or half.user_data is None else half.user_data
    return {
        "bindId": binding.subscription_id,  # one id for an AX and its YB, as in bind and unbind
        "numA": binding.a,
        "numX": binding.x,
        "numY": "" if half is None else half.y,
        "numB": "" if half is None else half.b,
        "recordFlag": flag(binding.record),
        **present(recordHintTone=binding.record_hint),
        "subscribeTime": moment(binding.changed if half is None else half.since),
        "callDirection": binding.direction,
        "duration": str(binding.duration),
        "ybDuration": str(yb_duration),
        "preVoiceX": binding.pre_voice_callee or "",
        "preVoiceY": (half.pre_voice if half else None) or "",
        "userData": user_data or "",
    }
