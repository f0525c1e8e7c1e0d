"""What the media process still owes its owner: told as failed, should that process die."""

from __future__ import annotations

from appliance.media.events import (
    MediaClosed,
    MediaEvent,
    Played,
    PortFailed,
    Recorded,
    RecordingFailed,
)

CAUSE = "the voice process died"


class Owed:
    """Attached legs, plays, recordings and closings without their event. Guarded by its owner."""

    def __init__(self) -> None:
        self._legs: set[tuple[str, str]] = set()
        self._plays: dict[tuple[str, str, int], None] = {}
        self._recordings: dict[str, str] = {}
        self._closing: set[str] = set()

    def attached(self, call: str, leg: str) -> None:
        """A leg is to be attached."""
        self._legs.add((call, leg))

    def detached(self, call: str, leg: str) -> None:
        """A leg is to be detached: nothing more will be told of its port."""
        self._legs.discard((call, leg))

    def playing(self, call: str, leg: str, play_id: int) -> None:
        """Something is to be played."""
        self._plays[(call, leg, play_id)] = None

    def recording(self, call: str, name: str) -> None:
        """A recording is to be made."""
        self._recordings[name] = call

    def closing(self, call: str) -> None:
        """A call is to be closed."""
        self._closing.add(call)
        self._legs = {leg for leg in self._legs if leg[0] != call}

    def told(self, event: MediaEvent) -> None:
        """An event has come."""
        match event:
            case Played(call, leg, play_id, _):
                self._plays.pop((call, leg, play_id), None)
            case PortFailed(call, leg, _):
                self._legs.discard((call, leg))
            case Recorded(_, name, _, _) | RecordingFailed(_, name, _):
                self._recordings.pop(name, None)
            case MediaClosed(call):
                self._closing.discard(call)
            case _:
                pass

    def settle(self) -> list[MediaEvent]:
        """Return everything owed, as failures in the order of the contract, and owe nothing."""
        events: list[MediaEvent] = []
        events += [Played(*play, interrupted=True) for play in self._plays]
        events += [PortFailed(call, leg, CAUSE) for call, leg in sorted(self._legs)]
        events += [RecordingFailed(call, name, CAUSE) for name, call in self._recordings.items()]
        events += [MediaClosed(call) for call in sorted(self._closing)]
        self.__init__()  # type: ignore[misc]
        return events
