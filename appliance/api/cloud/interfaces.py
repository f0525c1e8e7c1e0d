"""The map of the mirrored interfaces: mode, operation, method, path, what answers."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.api.cloud import ax, axb, axe, axyb, callstop, recording
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
        handler: What answers.
        by_token: Older clients sign it not, but put ``app_key`` and ``access_token`` into the
            address.
    """

    mode: Mode | None
    operation: str
    method: str
    path: str
    handler: Handler
    by_token: bool = False


INTERFACES: tuple[Interface, ...] = (
    Interface(Mode.AXB, "CreateAXBBinding", "POST", AXB, axb.bind),
    Interface(Mode.AXB, "DeleteAXBBinding", "DELETE", AXB, axb.unbind),
    Interface(Mode.AXB, "ModifyAXBBinding", "PUT", AXB, axb.modify),
    Interface(Mode.AXB, "QueryAXBBinding", "GET", AXB, axb.query),
    Interface(Mode.AX, "CreateAXBinding", "POST", AX, ax.bind),
    Interface(Mode.AX, "DeleteAXBinding", "DELETE", AX, ax.unbind),
    Interface(Mode.AX, "ModifyAXBinding", "PUT", AX, ax.modify),
    Interface(Mode.AX, "QueryAXBinding", "GET", AX, ax.query),
    Interface(Mode.AX, "SetAXTemporaryCallee", "PUT", AX_CALLEE, ax.set_callee),
    Interface(Mode.AXE, "CreateAXEBinding", "POST", AXE, axe.bind),
    Interface(Mode.AXE, "DeleteAXEBinding", "DELETE", AXE, axe.unbind),
    Interface(Mode.AXE, "ModifyAXEBinding", "PUT", AXE, axe.modify),
    Interface(Mode.AXE, "QueryAXEBinding", "GET", AXE, axe.query),
    Interface(Mode.AXE, "QueryAXEBindingV2", "GET", AXE_PAGED, axe.query_pages),
    Interface(Mode.AXE, "QueryAXEBindingCount", "GET", AXE_COUNT, axe.count),
    Interface(Mode.AXYB, "CreateAXYBBinding", "POST", AXYB, axyb.bind),
    Interface(Mode.AXYB, "DeleteAXYBBinding", "DELETE", AXYB, axyb.unbind),
    Interface(Mode.AXYB, "QueryAXYBBinding", "GET", AXYB, axyb.query),
    Interface(None, "GetRecordingDownloadUrl", "GET", RECORDING, recording.address, by_token=True),
    Interface(None, "TerminateCall", "POST", CALL_STOP, callstop.stop),
)
