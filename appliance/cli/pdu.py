"""``simveil pdu``."""

from __future__ import annotations

import click

from appliance.cli.common import Choices, Command, pass_choices
from appliance.cli.output import facts
from appliance.errors import BadInput


@click.command(cls=Command)
@click.argument("hex_text", metavar="HEX")
@click.option("--submit", is_flag=True, help="It is a SUBMIT, as sent by a phone.")
@click.option("--no-smsc", is_flag=True, help="No address of a service centre stands in front.")
@pass_choices
def pdu(choices: Choices, hex_text: str, submit: bool, no_smsc: bool) -> None:
    """Decode one SMS PDU."""
    from drivers.at import pdu_json

    try:
        told = pdu_json.describe(hex_text, submit=submit, smsc=not no_smsc)
    except ValueError as error:
        raise BadInput(str(error)) from error
    facts(choices, told)
