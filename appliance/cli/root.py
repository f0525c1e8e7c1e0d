"""The root of the command line: loads only the noun's file, turns errors into a sentence."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from appliance.cli.common import Choices, Group, asked_language
from appliance.cli.helping import in_words, language_here
from appliance.cli.output import use_utf8
from appliance.errors import BadInput, ConfigInvalid, Refused, SimveilError
from appliance.words import said_again

_COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("run:demo", "The main job without hardware, watched from outside."),
    "sandbox": ("run:sandbox", "A virtual bank, a box, two phones to play with."),
    "serve": ("run:serve", "Run the box."),
    "bank": ("run:bank", "Run the virtual bank alone."),
    "check-config": ("check:check_config", "Check a configuration."),
    "doctor": ("check:doctor", "Check machine and configuration."),
    "pdu": ("pdu:pdu", "Decode one SMS PDU."),
    "console": ("run:console", "Field diagnostics on a serial console or over ssh."),
    "health": ("house:health", "How the running box is."),
    "app": ("app:app", "Applications: add, list, show, set."),
    "number": (
        "number:number",
        "Numbers: enrol, verify, list, set, cities, usage, transfer, release, replace-sim.",
    ),
    "task": ("task:task", "Batches over many numbers: transfer, release, sms, results, resubmit."),
    "binding": ("binding:binding", "Bindings: add, list, remove, history."),
    "voice": ("voice:voice", "Voice files: add, list, show, get, approve, reject, remove."),
    "import": ("moving:import_", "Move in the relations of the cloud's query answers."),
    "size": ("size:size", "How many SIMs and trunks recorded calls need."),
    "hook": ("hook:hook", "Pushes to applications: test, watch, sink."),
    "auth": ("auth:auth", "Requests that were refused: explain, list."),
    "setup": ("setup:setup", "Set up the lines: whose number each is, and its subscription."),
    "line": (
        "line_care:line",
        "Lines: list, show, at, ussd, reset, check, locate, balance, pool, by-hand.",
    ),
    "ussd": ("ussd:ussd", "Saved USSD codes: save, list, remove, balances."),
    "cdr": ("cdr:cdr", "Call records: list, show, export."),
    "sms": ("sms:sms", "Texts: list, inbox, read."),
    "outbox": ("outbox:outbox", "Pushes: list, show, replay."),
    "provision": ("provision:provision", "Set the box up from the file on its boot partition."),
    "backup": ("house:backup", "Write an archive of the running box; --nightly."),
    "restore": ("house:restore", "Put an archive in the place of a box's data."),
    "restored": ("care:restored", "What a restore left unknown."),
    "recovery": ("care:recovery", "The phrase that opens backups: new, check."),
    "generation": ("care:generation", "Which restore of which box this is; --claim."),
    "retention": ("care:retention", "Remove records that are older than they are kept."),
    "bundle": ("care:bundle", "What support needs, masked, on a stick; --screen."),
    "secret": ("care:secret", "The local secret of the serial console: set."),
}


class _Root(Group):
    """Knows every command by name and loads the file of the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        loaded: click.Command = getattr(importlib.import_module(f"appliance.cli.{module}"), name)
        return loaded

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        language = language_here(ctx)
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, in_words(words, language)) for name, (_, words) in _COMMANDS.items()]
            )


@click.group(cls=_Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="simveil", prog_name="simveil")
def root() -> None:
    """Privacy numbers behind a bank of modems."""


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 failed, 2 bad input."""
    use_utf8()
    choices = Choices(language=asked_language(arguments or sys.argv[1:]))
    try:
        status: Any = root.main(arguments, prog_name="simveil", standalone_mode=False, obj=choices)
        return status if isinstance(status, int) and not isinstance(status, bool) else 0
    except ConfigInvalid as error:
        return _end(2, *(said_again(one, choices.language) for one in error.problems))
    except (BadInput, Refused) as error:
        return _end(2, said_again(str(error), choices.language))
    except SimveilError as error:
        return _end(1, said_again(str(error), choices.language))
    except click.ClickException as error:
        # Click breaks a line before the choices of an option.
        return _end(error.exit_code, " ".join(error.format_message().split()))
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # Whoever read has gone; nothing may be flushed to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _end(status: int, *sentences: str) -> int:
    for sentence in sentences:
        click.echo(sentence, err=True)
    return status


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run())
