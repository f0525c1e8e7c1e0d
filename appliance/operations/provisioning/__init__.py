"""Setting a box up from one file that was edited on any desktop system."""

from appliance.operations.provisioning.answers import Answers, Problem, Refusal, read
from appliance.operations.provisioning.lay import Places, install, lay
from appliance.operations.provisioning.outcome import Outcome, outcome, written

__all__ = [
    "Answers",
    "Outcome",
    "Places",
    "Problem",
    "Refusal",
    "install",
    "lay",
    "outcome",
    "read",
    "written",
]
