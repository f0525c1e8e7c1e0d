"""How the exchange behaves; filled from the configuration by whoever builds the box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Literal

from appliance.exchange.ask import AskSettings
from appliance.exchange.courier import CourierSettings
from appliance.exchange.number_watch import WatchSettings
from appliance.exchange.upkeep_settings import UpkeepSettings
from appliance.model.allowances import CHINA
from appliance.model.call_plan import BRIDGE, CONFERENCE, Limits, Strategy


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """Settings of calls and lines.

    Args:
        host_name: The box's name, as it stands in call records.
        node: 0-999, part of the ids that the box makes.
        region: Home country, two letters.
        connect: Strategies, first choice first.
        connect_by_socket: The same for single lines, by the socket's name.
        x_only: Refuse calls that would show another number than X.
        early_dial: Dial b before a is answered where nothing has to be said first.
        press_1: b confirms with a key, on every application that does not say otherwise.
        limits: Times of a call.
        speed: Of the virtual radio: divides the times that the radio takes.
        reserve_seconds: How long another line may take to say whether it is free.
        orphan_seconds: After this long without its line, a call of before is closed.
        list_seconds: Between two looks at the call list while a second caller waits.
        on_stop: ``end`` hangs up at an orderly stop; ``leave`` lets conferences live on.
        texts: Settings of the couriers.
        questions: How applications are asked.
        watch: How the fitness of numbers is watched.
        upkeep: When idle lines are looked after.
        zone: The wall clock by which months of allowances begin.
        duty_number: Where calls are diverted to while the box is down; None: nowhere.
        voices: Where the applications' voice files lie; None: nobody looks whether one is there.
    """

    host_name: str = "box-1"
    node: int = 1
    region: str = "CN"
    connect: tuple[Strategy, ...] = (CONFERENCE, BRIDGE)
    connect_by_socket: Mapping[str, tuple[Strategy, ...]] = field(default_factory=dict)
    x_only: bool = False
    early_dial: bool = False
    press_1: bool = False
    limits: Limits = field(default_factory=Limits)
    speed: float = 1.0
    reserve_seconds: float = 0.05
    orphan_seconds: float = 120.0
    list_seconds: float = 2.0
    on_stop: Literal["end", "leave"] = "end"
    texts: CourierSettings = field(default_factory=CourierSettings)
    questions: AskSettings = field(default_factory=AskSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)
    upkeep: UpkeepSettings = field(default_factory=UpkeepSettings)
    zone: tzinfo = CHINA
    duty_number: str | None = None
    voices: Path | None = None
