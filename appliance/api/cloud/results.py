"""The cloud's result codes as data: code, HTTP status, text.

Two codes stand for two things each and are told apart by their status (``1010010``: 401 digest, 403
flow control).
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.model import bindings
from appliance.model.records import Mode


@dataclass(frozen=True, slots=True)
class Result:
    """A row of the table.

    Args:
        status: HTTP status.
        code: ``resultcode``, a string.
        text: ``resultdesc``.
    """

    status: int
    code: str
    text: str


class CloudError(Exception):
    """Raised when a request is answered with anything but success.

    Args:
        result: The row that says why.
        detail: Glued to the text without a blank, as the cloud does for ``1010002``.
    """

    def __init__(self, result: Result, detail: str = "") -> None:
        super().__init__(f"{result.code} {result.text}{detail}")
        self.result = result
        self.detail = detail

    @property
    def text(self) -> str:
        """``resultdesc``, at most 256 characters."""
        return (self.result.text + self.detail)[:256]


SUCCESS = Result(200, "0", "Success")
FOUND_ELSEWHERE = Result(301, "0", "Success")

AUTHORIZATION_MISSING = Result(400, "1023006", "Authorization not contained in the HTTP header.")
REALM_MISSING = Result(400, "1023007", "realm not contained in Authorization.")
PROFILE_MISSING = Result(400, "1023008", "profile not contained in Authorization.")
REALM_WRONG = Result(400, "1023009", "The value of realm in Authorization must be SDP.")
PROFILE_WRONG = Result(
    400, "1023010", "The value of profile in Authorization must be UsernameToken."
)
TYPE_WRONG = Result(400, "1023011", "The value of type in Authorization must be app_key.")
TYPE_MISSING = Result(400, "1023012", "type not contained in Authorization.")
SCHEME_MISSING = Result(400, "1023013", "WSSE not contained in Authorization.")
WSSE_MISSING = Result(400, "1023026", "X-WSSE not contained in the HTTP header.")
WSSE_USERNAME_MISSING = Result(400, "1023027", "Username not contained in X-WSSE.")
WSSE_NONCE_MISSING = Result(400, "1023028", "Nonce not contained in X-WSSE.")
WSSE_CREATED_MISSING = Result(400, "1023029", "Created not contained in X-WSSE.")
WSSE_DIGEST_MISSING = Result(400, "1023030", "PasswordDigest not contained in X-WSSE.")
CREATED_FORMAT = Result(400, "1023031", "The format of Created is incorrect.")
AKSK_MISSING = Result(400, "1023033", "HTTP header not found X-AKSK field.")
AKSK_USERNAME_MISSING = Result(400, "1023034", "UserName not contained in X-AKSK.")
AKSK_NONCE_MISSING = Result(400, "1023035", "Nonce not contained in X-AKSK.")
AKSK_CREATED_MISSING = Result(400, "1023036", "Created not contained in X-AKSK.")
AKSK_DIGEST_MISSING = Result(400, "1023037", "PasswordDigest not contained in X-AKSK.")

DIGEST_INVALID = Result(401, "1010010", "Invalid digest.")
CREATED_TOO_FAR = Result(401, "1010013", "Time out limit.")

INVALID_REQUEST = Result(403, "1010002", "Invalid request.")
APP_KEY_INVALID = Result(403, "1010003", "Invalid app_key.")
APP_KEY_UNAVAILABLE_OTHER = Result(403, "1010004", "The status of the app_key is unavailable.")
METHOD_WRONG = Result(403, "1010006", "Invalid Rest API.")
APP_KEY_UNAVAILABLE = Result(403, "1010008", "The status of the app_key is unavailable.")
FLOW_CONTROL = Result(403, "1010010", "The flow control upper limit is reached on the platform.")
FROZEN = Result(403, "1010029", "The subscriber status is frozen.")
MODE_WRONG = Result(403, "1010040", "The app_key is not allowed to invoke the API.")
AX_NUMBER_UNKNOWN = Result(403, "1011001", "Account does not exist.")
AX_NO_NUMBER = Result(403, "1011002", "Insufficient number of resources.")
AX_TOO_MANY = Result(
    403, "1011003", "Exceeded the upper limit of resources that can be applied for."
)
AX_NOT_BOUND = Result(403, "1011004", "The number is not applied for binding application.")
AX_NUMBER_TAKEN = Result(403, "1011005", "Resources have been allocated")
NUMBER_FOREIGN = Result(403, "1012001", "Resource of number is not to be applied.")
RECORD_UNKNOWN = Result(403, "1012007", "The record does not exist.")
NO_RESOURCES = Result(403, "1012008", "Insufficient number of resources.")
ALREADY_BOUND = Result(403, "1012010", "The relation number has been bound.")
RECORDING_OFF = Result(403, "1012012", "Application does not open recording function.")
NUMBER_ABNORMAL = Result(403, "1012102", "The number status is abnormal.")
AXE_UNKNOWN = Result(403, "1016001", "The record does not exist.")
AXE_TAKEN = Result(403, "1016002", "The record already exists.")
ADDRESS_REFUSED = Result(403, "1020166", "The app client ip is not in ip white list.")
NO_EXTENSION = Result(403, "1020167", "No idle extend Number.")
LOCKED_OUT = Result(403, "1020176", "Authentication failed, try again later")

INTERNAL = Result(500, "1010001", "Internal system error.")
INTERNAL_GATEWAY = Result(500, "1023001", "Internal error.")
RESPONSE_TIMEOUT = Result(500, "1023002", "Response timeout.")
STOP_PARAMETER = Result(500, "1020001", "Parameter error.")
STOP_INTERNAL = Result(500, "1020002", "Internal error.")
STOP_APP_KEY = Result(500, "1020150", "The app_key is invalid.")
SESSION_INVALID = Result(500, "1020152", "Invalid sessionId.")

TABLE: tuple[Result, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Result)
)
"""Every row, in the order of the cloud's document."""

REFUSALS: dict[str, tuple[Result, str]] = {
    bindings.NUMBER_UNKNOWN: (RECORD_UNKNOWN, ""),
    bindings.NUMBER_FOREIGN: (NUMBER_FOREIGN, ""),
    bindings.NUMBER_ABNORMAL: (NUMBER_ABNORMAL, ""),
    bindings.NUMBER_TAKEN: (AX_NUMBER_TAKEN, ""),
    bindings.TOO_MANY_NUMBERS: (AX_TOO_MANY, ""),
    bindings.ALREADY_BOUND: (ALREADY_BOUND, ""),
    bindings.EXHAUSTED: (NO_RESOURCES, ""),
    bindings.EXTENSION_TAKEN: (AXE_TAKEN, ""),
    bindings.EXTENSIONS_USED_UP: (NO_EXTENSION, ""),
    bindings.EXTENSION_LENGTH: (INVALID_REQUEST, "extendNum is invalid"),
    bindings.BINDING_UNKNOWN: (RECORD_UNKNOWN, ""),
    bindings.RECORDING_OFF: (RECORDING_OFF, ""),
    bindings.SMS_OFF: (INVALID_REQUEST, "privateSms"),
    bindings.DIAL_UNSAFE: (INVALID_REQUEST, "callerNum or calleeNum"),
}
"""What each refusal of the binding rules answers, where the mode says nothing else."""

BAD_INPUT: dict[str, str] = {
    bindings.SAME_PARTIES: "calleeNum is the same as callerNum",
    bindings.CALLEE_IS_A: "calleeNum is the same as origNum",
    bindings.TIMES_CROSSED: "bindExpiredTime is less than callbackExpiredTime",
}
"""The detail that 1010002 has for what only the stored relation shows to be wrong."""

MODE_REFUSALS: dict[Mode, dict[str, tuple[Result, str]]] = {
    Mode.AX: {
        bindings.NUMBER_UNKNOWN: (AX_NUMBER_UNKNOWN, ""),
        bindings.NUMBER_FOREIGN: (AX_NUMBER_UNKNOWN, ""),
        bindings.EXHAUSTED: (AX_NO_NUMBER, ""),
        bindings.DIAL_UNSAFE: (INVALID_REQUEST, "origNum or calleeNum"),
    },
    Mode.AXE: {
        bindings.NUMBER_UNKNOWN: (NUMBER_FOREIGN, ""),
        bindings.BINDING_UNKNOWN: (AXE_UNKNOWN, ""),
        bindings.DIAL_UNSAFE: (INVALID_REQUEST, "bindNum or callbackNum"),
    },
    Mode.AXYB: {bindings.DIAL_UNSAFE: (INVALID_REQUEST, "origNum")},
}
"""What the same refusals answer in the interfaces of one mode."""


def of_refusal(reason: str, mode: Mode | None) -> CloudError | None:
    """Return what a refusal of the binding rules answers in a mode, None for an unknown reason."""
    row = MODE_REFUSALS.get(mode, {}).get(reason) if mode else None
    row = row or REFUSALS.get(reason)
    return None if row is None else CloudError(*row)
