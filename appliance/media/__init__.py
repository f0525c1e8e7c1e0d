"""Voice in frames of 20 ms: player, recorder, digits, bridge."""

from appliance.media.engine import LegFigures, Media
from appliance.media.events import (
    Attached,
    DigitHeard,
    LevelNote,
    MediaClosed,
    MediaEvent,
    Played,
    PortFailed,
    Post,
    Recorded,
    RecordingFailed,
)
from appliance.media.process import MediaProcess
from appliance.media.recorder import Salvaged, salvage

__all__ = [
    "Attached",
    "DigitHeard",
    "LegFigures",
    "LevelNote",
    "Media",
    "MediaClosed",
    "MediaEvent",
    "MediaProcess",
    "Played",
    "PortFailed",
    "Post",
    "Recorded",
    "RecordingFailed",
    "Salvaged",
    "salvage",
]
