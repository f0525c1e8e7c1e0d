"""Numbers: enrolled, listed, given to another application, released, put on a new SIM."""

from __future__ import annotations

from sqlite_utils import Database

from appliance.api.admin import schemas
from appliance.api.admin.context import Box, operation
from appliance.errors import BadInput
from appliance.exchange.number_watch import tell_deleted
from appliance.model import records
from appliance.model.records import Role


def _answer(box: Box, numbers: list[records.Number]) -> list[schemas.Number]:
    names, bound = box.app_names(), box.store.numbers.bound()
    return [
        schemas.Number(
            msisdn=number.msisdn,
            iccid=number.iccid,
            role=number.role.value,
            app=names.get(number.app_id),
            city=number.city,
            sms=number.sms,
            status=number.status,
            cause=number.cause,
            bindings=bound.get(number.msisdn, 0),
        )
        for number in numbers
    ]


def _changed(box: Box, number: records.Number) -> schemas.Number:
    box.exchange.enrolment_changed()
    return _answer(box, [number])[0]


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
    role = Role.TRUNK if given.trunk else Role.NUMBER
    numbers = box.store.numbers
    made = box.store.write(
        lambda db: numbers.enrol(
            db,
            msisdn,
            iccid=iccid,
            role=role,
            app_id=app_id,
            city=given.city,
            sms=given.sms,
        )
    )
    return _changed(box, made)


def every(box: Box, given: schemas.OfApplication) -> list[schemas.Number]:
    """List the numbers, of one application or all."""
    if given.app is None:
        return _answer(box, box.store.numbers.all())
    return _answer(box, box.store.numbers.of_application(box.app(given.app).app_id))


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
    operation("GET", "/numbers", "List them", schemas.OfApplication, list[schemas.Number], every),
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
