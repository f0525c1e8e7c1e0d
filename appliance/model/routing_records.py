"""What routing reads and what it decides: facts of one moment, routes, refusals, questions."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.model.records import (
    Application,
    Binding,
    CallBack,
    Number,
    TemporaryCallee,
    YbRelation,
)

SLOT_BINDING_MISSING = "binding-missing"
"""Prompt slot of an application: played to who has no binding, then hung up."""
SLOT_NO_PERMISSION = "no-permission"
"""Prompt slot: the application or number may not call."""
SLOT_ERROR = "business-error"
"""Prompt slot: something broke on our side."""
SLOT_APPLICATION_END = "application-end"
"""Prompt slot (X): the application ends the call and names no voice file."""
SLOT_EXTENSION_ENTER = "extension-enter"
"""Prompt slot (AXE): asks for the extension."""
SLOT_EXTENSION_WRONG = "extension-wrong"
"""Prompt slot (AXE): wrong, another try; without a file the question is played again."""
SLOT_EXTENSION_WRONG_END = "extension-wrong-end"
"""Prompt slot (AXE): wrong, then hung up."""
SLOT_EXTENSION_NONE_END = "extension-none-end"
"""Prompt slot (AXE): nothing entered, then hung up; without a file the one above is played."""
SLOT_CALL_BACK_MISSING = "callback-missing"
"""Prompt slot (AXE): A calls back and no record says whom, then hung up."""


@dataclass(frozen=True, slots=True)
class Place:
    """A number of ours with the application that it belongs to."""

    number: Number
    application: Application


@dataclass(frozen=True, slots=True)
class Relation:
    """A binding with the number and the application that it belongs to."""

    binding: Binding
    number: Number
    application: Application


@dataclass(frozen=True, slots=True)
class AxFacts:
    """What an AX number knows.

    Args:
        relation: The number's one relation, None when it has none.
        temporary: Its temporary callee, lapsed or not.
    """

    relation: Relation | None = None
    temporary: TemporaryCallee | None = None


@dataclass(frozen=True, slots=True)
class AxeFacts:
    """What an AXE number knows of its caller.

    Args:
        bound: Whether the number has any relation that lives.
        mine: The relation in which the caller is A; of several the one whose call-back record is
            youngest. None when the caller is nobody's A here.
        call_back: That record, lapsed or not.
    """

    bound: bool = False
    mine: Relation | None = None
    call_back: CallBack | None = None


@dataclass(frozen=True, slots=True)
class AxybFacts:
    """What an AXYB number knows of its caller.

    A number is X of one relation, or Y of many, never both.

    Args:
        relation: Dialled as X: the number's relation. Dialled as Y: that whose A is the caller.
        yb: Dialled as X: the half whose B is the caller. Dialled as Y: the half on this number.
        is_y: The number carries Y relations.
        known_b: Dialled as Y: the caller is the B of some relation on it (its own number: 8032).
        other: The number of the way out: dialled as X the Y of ``yb``, dialled as Y the X.
    """

    relation: Relation | None = None
    yb: YbRelation | None = None
    is_y: bool = False
    known_b: bool = False
    other: Number | None = None


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """What is known about one arrival, read at one moment.

    Args:
        line: The number of ours that was dialled or texted.
        caller: The other side in E.164, or as the network showed it; None when withheld.
        number: The line's enrolment; None when its SIM is not enrolled.
        application: The line's own application; None for trunks and unknown lines.
        explicit: The A-X-B binding on this line that names the caller, expired or not.
        returned: The binding that a return route (line, caller) leads to, expired or not.
        returned_to: The other person of that return route, where the binding does not say
            (every mode but AXB).
        asks: The X-mode number whose call showed this line to the caller: its application is
            asked again, as if that number had been dialled.
        own: Numbers of this box by now, as far as the call or text could reach them: in A-X-B the
            other person if it has become one, in the other modes all of them.
        region: The box's home country, two letters.
        second_lines: Lines of ours, best first, on which the other person can be called when the
            dialled one stays with the caller: for a return route the binding's X, then trunks,
            then, in AXB, numbers of the same application on which that person has no binding.
            Lines that already lead that person back to another binding come last.
        by_mode: What only the line's mode has, its relations as they live at that moment; on a
            second line that leads back to an AXE relation, that relation's call-back record. None
            for AXB, X and other trunks.
    """

    line: str
    caller: str | None
    number: Number | None
    application: Application | None = None
    explicit: Relation | None = None
    returned: Relation | None = None
    own: frozenset[str] = frozenset()
    region: str = "CN"
    second_lines: tuple[str, ...] = ()
    returned_to: str | None = None
    asks: Place | None = None
    by_mode: AxFacts | AxeFacts | AxybFacts | None = None


@dataclass(frozen=True, slots=True)
class Prompts:
    """Voice files by ear, None or empty where nothing is said.

    Args:
        caller: Said to the caller before the second leg is dialled: the recording notice.
        callee: Said to the callee between the answer and the join: the recording notice.
        waiting: The waiting tone for the caller, played once, instead of ringback.
        last_minute: Said to both one minute before the limit; None when there is no limit.
    """

    caller: tuple[str, ...] = ()
    callee: tuple[str, ...] = ()
    waiting: str | None = None
    last_minute: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The call goes through.

    Args:
        callee: The real person to reach.
        binding: The relation that says so; ``binding.x`` is the number that events and CDR name.
            In X mode it stands for the application's answer and its ``subscription_id`` is empty.
        application: Whose call it is: the binding's application.
        line: The line that was dialled; in a conference it is the number that the callee sees.
            Whenever the callee was shown another number than ``binding.x``, a return route has
            to be kept, unless ``only_bridge``.
        caller_role: ``a`` or ``b``: the caller's place in the binding. In AX, AXE and AXYB
            everybody but A is ``b``; in X mode the caller is ``a``.
        second_lines: As in :class:`RouteFacts`; in AXYB the one other number of the relation.
        record: The binding asks for recording and the application has it.
        max_minutes: Limit from the callee's answer; 0 none.
        user_data: Of the call's events and record: the temporary callee's or the application's
            answer's before the binding's.
        extension: That led here (AXE).
        remembers_caller: The caller is to be kept as whom A reaches by calling back (AXE):
            ``store.axe.remember_caller`` when the second leg starts.
        only_bridge: The callee must see a number of ``second_lines`` (AXYB).
    """

    callee: str
    binding: Binding
    application: Application
    line: str
    caller_role: str
    prompts: Prompts
    second_lines: tuple[str, ...] = ()
    record: bool = False
    max_minutes: int = 0
    user_data: str | None = None
    extension: str | None = None
    remembers_caller: bool = False
    only_bridge: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call does not go through.

    Args:
        state_code: ``stateCode`` of the disconnect event.
        release_point: ``ulFailReason`` of the CDR.
        prompt_slot: The application's prompt to play, if it has one; None rejects unanswered.
        binding: The relation that was found but did not help (expired ones are not found).
        application: To whom the attempt is reported; None when nobody.
        voice: A file of the application to play instead of the slot's.
        user_data: Of the call's events and record.
    """

    state_code: int
    release_point: int
    prompt_slot: str | None = None
    binding: Binding | None = None
    application: Application | None = None
    voice: str | None = None
    user_data: str | None = None


@dataclass(frozen=True, slots=True)
class CollectExtension:
    """The caller is answered and asked for an extension (AXE).

    What was typed goes through ``store.axe.extension`` to :func:`routing_axe.entered`. Slots
    without a file of the application have the house's default for the question, and none else.

    Args:
        digits: How many an extension of the application has, 1-4.
        repeats: How often a wrong one may be tried again; 0 ends the call at the first.
    """

    application: Application
    number: Number
    digits: int
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class AskApplication:
    """The application is asked where the call goes (X mode): ``callin``, ``notifyMode`` Block.

    Its answer goes to :func:`routing_x.answered`, with the facts that ``store.bindings.reaching``
    returns for the callee that it names.

    Args:
        x: The number that the question names as called; another than the line that was dialled
            when a second line is called back.
    """

    application: Application
    number: Number
    x: str


@dataclass(frozen=True, slots=True)
class AllocateY:
    """B's first call to X: a Y has to be found before the call can be routed (AXYB).

    ``store.axyb.allocate_y`` in a write, then the facts again. When it refuses, or has not
    answered in time, the call ends with :func:`routing_axyb.no_y`.
    """

    relation: Relation
    b: str


Decision = Route | Refusal | CollectExtension | AskApplication | AllocateY


@dataclass(frozen=True, slots=True)
class TextRoute:
    """The text goes through, from ``binding.x`` to ``recipient``.

    Args:
        sender_role: ``a`` or ``b``, as ``Route.caller_role``.
        body: What is sent when it is not what came: without ``@B``, or with ``[From…]`` (AX).
        user_data: Of the notification; None means the binding's.
    """

    recipient: str
    binding: Binding
    application: Application
    sender_role: str
    body: str | None = None
    user_data: str | None = None


@dataclass(frozen=True, slots=True)
class TextRefusal:
    """The text is not relayed; ``send_result`` is what the notification says."""

    send_result: int
    binding: Binding | None = None
    application: Application | None = None
    user_data: str | None = None


@dataclass(frozen=True, slots=True)
class AskText:
    """The application is asked what becomes of the text (X mode; AX without ``@B``).

    Its answer goes to :func:`routing_texts.answered`, with the facts that
    ``store.bindings.reaching`` returns for the recipient that it names.

    Args:
        binding: The relation; in X mode one that stands for the question, without an id.
        direction: ``extParas.direction``: 0 to A, 1 from A, 2 not known.
    """

    application: Application
    binding: Binding
    direction: int


TextDecision = TextRoute | TextRefusal | AskText
