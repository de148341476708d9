"""`python -m eventlive`: the command line, and its exit codes.

0 ended when asked to · 4 cannot start (bad arguments, port taken, database out of reach), with one
line on stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import psycopg
import uvloop

from eventlive import pages
from eventlive.database.embedded import DataFolderError
from eventlive.database.schema import SchemaError
from eventlive.defects.choosing import DefectError, choose, described
from eventlive.deployment import SettingsError
from eventlive.server import PortError, serve
from eventlive.settings import Limits, Settings, Timings, Transport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CANNOT_START = 4


class Parser(argparse.ArgumentParser):
    """argparse with the project's exit code for bad configuration."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line."""
        self.exit(CANNOT_START, f"eventlive: {message} (--help lists the choices)\n")


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run EventLive as told; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    chosen = new_parser().parse_args(arguments)
    if not pages.are_built():
        return refuse("the pages are not built; run: make setup")
    if chosen.list_defects:
        sys.stdout.write(described())
        return 0
    settings = settings_of(chosen, environment)
    try:
        defects = choose(chosen.defect)
    except DefectError as error:
        return refuse(str(error))
    if defects and settings.supabase_url:
        return refuse("defects are those of the stand-in: --defect cannot go with SUPABASE_URL")
    if chosen.gateway_log and settings.supabase_url:
        return refuse("the gateway of a hosted project keeps a log of its own: no --gateway-log")
    if settings.project and (settings.supabase_url or defects or chosen.allow_faults):
        return refuse("--project is the stand-in alone: no SUPABASE_URL, defects or faults")
    running = serve(
        settings,
        allow_faults=chosen.allow_faults,
        defects=defects,
        gateway_log=chosen.gateway_log,
        until_stdin_closes=chosen.until_stdin_closes,
    )
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(running)
    except (PortError, SettingsError, SchemaError, DataFolderError) as error:
        return refuse(str(error))
    except psycopg.OperationalError as error:
        return refuse(f"the database does not answer: {error}")
    except (subprocess.SubprocessError, OSError) as error:
        return refuse(f"the embedded PostgreSQL does not start: {error}")
    except psycopg.Error as error:
        return refuse(f"the database refused: {error}")
    return 0


def new_parser() -> Parser:
    """The command line that `README.md` describes."""
    parser = Parser(prog="python -m eventlive", description="EventLive on a stand-in for Supabase")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=port, default=54300, help="0: any free one (%(default)s)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the database here")
    parser.add_argument(
        "--project",
        type=Path,
        metavar="DIR",
        help="the stand-in alone, for an application with this folder of migrations/ and seed.sql",
    )
    parser.add_argument(
        "--transport",
        choices=[transport.value for transport in Transport],
        default=Transport.BROADCAST.value,
        help="how stored messages reach the pages (%(default)s)",
    )
    parser.add_argument("--faithful", action="store_true", help="the hosted service's delays")
    parser.add_argument("--rate-limits", action="store_true", help="the hosted service's limits")
    parser.add_argument(
        "--token-burst", type=int, metavar="N", help="sign-ins at once per address, then one in 2 s"
    )
    parser.add_argument("--jwt-expiry", type=seconds, default=3600, metavar="SECONDS")
    parser.add_argument("--webinar", type=int, default=149402, help="named in the ready line")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the parent")
    parser.add_argument("--allow-faults", action="store_true", help="offer /_eventlive/faults")
    parser.add_argument(
        "--gateway-log", type=Path, metavar="FILE", help="log every call to Supabase in a new file"
    )
    parser.add_argument(
        "--defect",
        action="append",
        default=[],
        metavar="NAME[,probability=P][,user=EMAIL]",
        help="be broken in this way; may be repeated",
    )
    parser.add_argument("--list-defects", action="store_true", help="what --defect takes, as JSON")
    return parser


def settings_of(chosen: argparse.Namespace, environment: Mapping[str, str]) -> Settings:
    """The command line and the environment as one frozen object."""
    limits = Limits.faithful() if chosen.rate_limits else Limits()
    if chosen.token_burst:
        limits = replace(limits, token_burst=chosen.token_burst)
    return Settings(
        host=chosen.host,
        port=chosen.port,
        data_dir=chosen.data,
        transport=Transport(chosen.transport),
        timings=Timings.faithful() if chosen.faithful else Timings(),
        limits=limits,
        jwt_expiry_s=chosen.jwt_expiry,
        webinar=chosen.webinar,
        project=chosen.project,
        database_url=environment.get("DATABASE_URL") or None,
        supabase_url=(environment.get("SUPABASE_URL") or "").rstrip("/") or None,
        supabase_anon_key=environment.get("SUPABASE_ANON_KEY") or None,
        supabase_service_role_key=environment.get("SUPABASE_SERVICE_ROLE_KEY") or None,
    )


def port(text: str) -> int:
    """A TCP port, or 0."""
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"expected 0 to 65535, got {number}")
    return number


def seconds(text: str) -> int:
    """A duration of at least one second."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {number}")
    return number


def refuse(why: str) -> int:
    """Tell the reason in one line; returns the exit code."""
    sys.stderr.write(f"eventlive: {' '.join(why.split())}\n")
    return CANNOT_START


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
