"""People, numbers and relations of an application whose texts are relayed."""

from __future__ import annotations

from dataclasses import replace

from appliance.exchange.courier import CourierSettings
from appliance.exchange.dispatch_rules import DispatchSettings
from appliance.model.bindings import AxbTerms
from appliance.model.records import Application
from appliance.store import Store
from drivers.errors import CommandTimeout

A, B, C, STRANGER = "+8613900000001", "+8613900000002", "+8613900000003", "+8613900000009"
X, Y = "+8617000000001", "+8617000000002"
LONG = "这是一条很长的短信。" * 14 + "😀" * 5
OPEN = CommandTimeout("AT+CMGS: no answer within 60 s", outcome_unknown=True)


def bind(store: Store, app: Application, a: str, b: str, x: str = X, **terms: object) -> str:
    binding = store.write(
        lambda db: store.bindings.bind_axb(
            db, app, AxbTerms(a=a, b=b, x=x, **terms), store.clock.now()
        )
    )
    return binding.subscription_id


def pace(**settings: object) -> CourierSettings:
    return CourierSettings(dispatch=replace(DispatchSettings(), **settings))
