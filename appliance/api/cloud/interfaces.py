"""The map of the mirrored interfaces: mode, operation, method, path, what answers.

Every row is there from the first day. A row without an operation behind it still authenticates and
still tells an application of another mode that it is not allowed here; to its own mode it answers
that there is no such API yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.api.cloud import axb, callstop, recording
from appliance.api.cloud.request import Handler
from appliance.model.records import Mode

AXB = "/rest/caas/relationnumber/partners/v1.0"
AX = "/rest/provision/caas/privatenumber/v1.0"
AX_CALLEE = "/rest/caas/privatenumber/calleenumber/v1.0"
AXE = "/rest/caas/extendnumber/v1.0"
AXE_PAGED = "/rest/caas/extendnumber/v2.0"
AXE_COUNT = "/rest/caas/virtualnumber/v1.0"
AXYB = "/rest/omp/xyrelationnumber/v1.0"
RECORDING = "/rest/provision/voice/record/v1.0"
CALL_STOP = "/rest/httpsessions/callStop/v2.0"


@dataclass(frozen=True, slots=True)
class Interface:
    """One row of the map.

    Args:
        mode: The mode whose applications may call it; None for every mode.
        operation: The cloud's name of it.
        handler: What answers, or None.
    """

    mode: Mode | None
    operation: str
    method: str
    path: str
    handler: Handler | None = None


INTERFACES: tuple[Interface, ...] = (
    Interface(Mode.AXB, "CreateAXBBinding", "POST", AXB, axb.bind),
    Interface(Mode.AXB, "DeleteAXBBinding", "DELETE", AXB, axb.unbind),
    Interface(Mode.AXB, "UpdateAXBBinding", "PUT", AXB, axb.modify),
    Interface(Mode.AXB, "QueryAXBBinding", "GET", AXB, axb.query),
    Interface(Mode.AX, "CreateAXBinding", "POST", AX),
    Interface(Mode.AX, "DeleteAXBinding", "DELETE", AX),
    Interface(Mode.AX, "UpdateAXBinding", "PUT", AX),
    Interface(Mode.AX, "QueryAXBinding", "GET", AX),
    Interface(Mode.AX, "SetAXTemporaryCallee", "PUT", AX_CALLEE),
    Interface(Mode.AXE, "CreateAXEBinding", "POST", AXE),
    Interface(Mode.AXE, "DeleteAXEBinding", "DELETE", AXE),
    Interface(Mode.AXE, "UpdateAXEBinding", "PUT", AXE),
    Interface(Mode.AXE, "QueryAXEBinding", "GET", AXE),
    Interface(Mode.AXE, "QueryAXEBindingV2", "GET", AXE_PAGED),
    Interface(Mode.AXE, "QueryAXEBindingCount", "GET", AXE_COUNT),
    Interface(Mode.AXYB, "CreateAXYBBinding", "POST", AXYB),
    Interface(Mode.AXYB, "DeleteAXYBBinding", "DELETE", AXYB),
    Interface(Mode.AXYB, "QueryAXYBBinding", "GET", AXYB),
    Interface(None, "GetRecordingDownloadUrl", "GET", RECORDING, recording.address),
    Interface(None, "TerminateCall", "POST", CALL_STOP, callstop.stop),
)
