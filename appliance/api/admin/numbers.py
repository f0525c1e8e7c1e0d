"""Numbers: enrolled, listed, changed, given to another application, released, put on a new SIM."""

from __future__ import annotations

from typing import Final, get_args

from sqlite_utils import Database

from appliance.api.admin import schemas, verification
from appliance.api.admin.context import Box, operation
from appliance.errors import BadInput, NotFound
from appliance.exchange.number_watch import SET_BY, tell_deleted, tell_statuses
from appliance.model import records
from appliance.model.allowances import (
    ALLOWANCE_DAY,
    ALLOWANCE_MINUTES,
    ALLOWANCE_MONEY,
    ALLOWANCE_PARTS,
    PRICE_MINUTE,
    PRICE_PART,
)
from appliance.model.capacity import ACCEPTS_BINDINGS, capacity
from appliance.model.cities import CITIES
from appliance.model.numbers import mask
from appliance.model.records import Mode, Role
from appliance.model.saved_codes import LOW_CREDIT
from appliance.store.aliases import Aliases

RULES: Final[tuple[schemas.Rule, ...]] = get_args(schemas.Rule)
"""Of a number's calls, kept among its settings under these names."""


def _answers(box: Box, numbers: list[records.Number]) -> list[schemas.Number]:
    apps = {app.app_id: app for app in box.store.applications.all()}
    bound, aliases = box.store.numbers.bound(), Aliases(box.store.reader).all()
    return [
        _answer(
            number,
            apps.get(number.app_id or 0),
            bound.get(number.msisdn, 0),
            aliases.get(number.msisdn, []),
        )
        for number in numbers
    ]


def _answer(
    number: records.Number, app: records.Application | None, bound: int, aliases: list[str]
) -> schemas.Number:
    most = None if app is None else capacity(app.mode, app.extension_digits)
    return schemas.Number(
        msisdn=number.msisdn,
        iccid=number.iccid,
        role=number.role.value,
        app=None if app is None else app.name,
        city=number.city,
        sms=number.sms,
        status=number.status,
        cause=number.cause,
        bindings=bound,
        remaining=None if most is None else max(0, most - bound),
        aliases=aliases,
        verified=verification.when(number),
        rules={rule: kept for rule in RULES if isinstance(kept := number.settings.get(rule), bool)},
    )


def _changed(box: Box, number: records.Number) -> schemas.Number:
    box.exchange.enrolment_changed()
    return _answers(box, [number])[0]


def _iccid_of_line(box: Box, msisdn: str) -> str:
    for line in box.exchange.lines():
        if line.msisdn == msisdn and line.iccid:
            return str(line.iccid)
    raise BadInput(f"no live line says that it is {msisdn}; give the ICCID of its SIM")


def enrol(box: Box, given: schemas.NumberNew) -> schemas.Number:
    """Say what a SIM is: the number of an application, or a trunk."""
    if given.trunk == (given.app is not None):
        raise BadInput("a number is enrolled either for an application or as a trunk")
    msisdn = box.number(given.msisdn)
    app_id = box.app_id(given.app)
    iccid = given.iccid or _iccid_of_line(box, msisdn)
    proof: dict[str, str] = {}
    if given.verify:
        verification.prove(box, msisdn, iccid, given.by, verification.PATIENCE)
        proof[verification.VERIFIED] = box.clock.now().isoformat()
    role = Role.TRUNK if given.trunk else Role.NUMBER
    numbers, aliases = box.store.numbers, Aliases(box.store.reader)
    names = [box.number(alias) for alias in given.aliases]

    def work(db: Database) -> records.Number:
        made = numbers.enrol(
            db,
            msisdn,
            iccid=iccid,
            role=role,
            app_id=app_id,
            city=given.city,
            sms=given.sms,
        )
        for alias in names:
            aliases.add(db, alias, msisdn)
        return numbers.update(db, made.number_id, settings=proof) if proof else made

    return _changed(box, box.store.write(work))


def verify(box: Box, given: schemas.NumberVerify) -> schemas.Verified:
    """Prove by a text between two SIMs of the box that a number is its SIM's."""
    msisdn = box.number(given.msisdn)
    number = box.store.numbers.by_msisdn(msisdn)
    if number is None:
        raise NotFound(f"{mask(msisdn)} is not enrolled")
    proven = verification.prove(box, msisdn, number.iccid, given.by, given.timeout)
    settings = {verification.VERIFIED: box.clock.now().isoformat()}
    box.store.write(lambda db: box.store.numbers.update(db, number.number_id, settings=settings))
    return proven


def every(box: Box, given: schemas.NumberFilter) -> list[schemas.Number]:
    """List the numbers, of one application or all."""
    numbers = box.store.numbers
    found = numbers.of_application(box.app(given.app).app_id) if given.app else numbers.all()
    return [
        number
        for number in _answers(box, found)
        if (given.status is None or number.status == int(given.status))
        and (given.city is None or number.city == given.city)
        and (given.free is None or _free(number) == given.free)
    ]


def _free(number: schemas.Number) -> bool:
    return number.status == ACCEPTS_BINDINGS and bool(number.remaining)


def cities(box: Box, given: schemas.OfApplication) -> list[schemas.City]:
    """List where an application's numbers are, and what room is left in each city."""
    apps = [box.app(given.app)] if given.app else box.store.applications.all()
    return [city for app in apps for city in _cities_of(box, app)]


def _cities_of(box: Box, app: records.Application) -> list[schemas.City]:
    by_city: dict[str, list[schemas.Number]] = {}
    for number in _answers(box, box.store.numbers.of_application(app.app_id)):
        by_city.setdefault(number.city or "", []).append(number)
    return [
        schemas.City(
            app=app.name,
            mode=app.mode,
            city=code or None,
            names="、".join(CITIES[code].names) if code in CITIES else None,
            numbers=len(numbers),
            free=sum(_free(number) for number in numbers),
            unbound=sum(number.bindings == 0 for number in numbers),
            bindings=sum(number.bindings for number in numbers),
            remaining=None
            if app.mode is Mode.X
            else sum(number.remaining or 0 for number in numbers if _free(number)),
        )
        for code, numbers in sorted(by_city.items())
    ]


def change(box: Box, given: schemas.NumberChange) -> schemas.Number:
    """Change a number's city, texts, state, allowance, rules or aliases; tell of a new state."""
    msisdn = box.number(given.msisdn)
    if given.cause is not None and given.status != 10:
        raise BadInput("a cause goes with state 10 (unavailable)")
    fields = given.model_dump(include={"city", "sms", "status"}, exclude_none=True)
    fields["settings"] = {
        name: value
        for name, value in (
            (ALLOWANCE_MINUTES, given.allowance_minutes),
            (ALLOWANCE_PARTS, given.allowance_parts),
            (ALLOWANCE_MONEY, given.allowance_money),
            (PRICE_MINUTE, given.price_minute),
            (PRICE_PART, given.price_part),
            (ALLOWANCE_DAY, given.allowance_day),
            (LOW_CREDIT, given.low_credit),
        )
        if value is not None
    }
    fields["settings"] |= {
        rule: asked for rule in RULES if (asked := getattr(given, rule)) is not None
    }
    fields["settings"] |= dict.fromkeys(given.inherit)
    for name in given.unlimited:
        fields["settings"][f"allowance_{name}"] = None
    if given.status is not None:
        fields["cause"] = given.cause
        fields["settings"][SET_BY] = None  # by hand: the lines' watch leaves it alone
    wanted = [box.number(alias) for alias in given.add_aliases]
    unwanted = [box.number(alias) for alias in given.remove_aliases]
    aliases = Aliases(box.store.reader)

    def work(db: Database) -> records.Number:
        before = box.store.numbers.by_msisdn(msisdn, db)
        if before is None:
            raise NotFound(f"{mask(msisdn)} is not enrolled")
        after = box.store.numbers.update(db, before.number_id, **fields)
        for alias in unwanted:
            aliases.remove(db, alias)
        for alias in wanted:
            aliases.add(db, alias, msisdn)
        if (after.status, after.cause) != (before.status, before.cause):
            tell_statuses(box.store, db, [after], box.clock.now())
        return after

    return _changed(box, box.store.write(work))


def transfer(box: Box, given: schemas.NumberTransfer) -> schemas.Number:
    """Give a number to another application; its bindings end."""
    msisdn, app = box.number(given.msisdn), box.app(given.app)
    moved = box.store.write(lambda db: box.store.numbers.transfer(db, msisdn, app.app_id))
    return _changed(box, moved)


def release(box: Box, given: schemas.NumberChoice) -> schemas.Number:
    """Forget a number and its bindings; its application is told that it is gone."""
    msisdn = box.number(given.msisdn)

    def work(db: Database) -> records.Number:
        gone = box.store.numbers.release(db, msisdn)
        tell_deleted(box.store, db, gone, box.clock.now())
        return gone

    return _changed(box, box.store.write(work))


def replace_sim(box: Box, given: schemas.NumberSim) -> schemas.Number:
    """Put another SIM behind a number; the old one is refused from then on."""
    msisdn = box.number(given.msisdn)
    kept = box.store.write(lambda db: box.store.numbers.replace_sim(db, msisdn, given.iccid))
    return _changed(box, kept)


OPERATIONS = (
    operation("POST", "/numbers", "Enrol one", schemas.NumberNew, schemas.Number, enrol),
    operation("GET", "/numbers", "List them", schemas.NumberFilter, list[schemas.Number], every),
    operation(
        "POST",
        "/numbers/{msisdn}/verify",
        "Prove one by a text",
        schemas.NumberVerify,
        schemas.Verified,
        verify,
    ),
    operation("GET", "/cities", "Room by city", schemas.OfApplication, list[schemas.City], cities),
    operation(
        "PATCH", "/numbers/{msisdn}", "Change one", schemas.NumberChange, schemas.Number, change
    ),
    operation(
        "POST",
        "/numbers/{msisdn}/transfer",
        "Give one to another application",
        schemas.NumberTransfer,
        schemas.Number,
        transfer,
    ),
    operation(
        "DELETE", "/numbers/{msisdn}", "Release one", schemas.NumberChoice, schemas.Number, release
    ),
    operation(
        "POST",
        "/numbers/{msisdn}/replace-sim",
        "Put one on another SIM",
        schemas.NumberSim,
        schemas.Number,
        replace_sim,
    ),
)
