# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the simulator: python -m tests.simulator --help."""

from __future__ import annotations

import argparse
from pathlib import Path
from zoneinfo import ZoneInfo

from . import options
from .costs import COSTS
from .server import Config, StartError, run
from .state import DEFAULT_SEED, SeedError, load


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return port


def _natural(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than 0")
    return number


def _percentage(text: str) -> int:
    percentage = int(text)
    if not 0 <= percentage <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 100")
    return percentage


def _zone(text: str) -> str:
    if not options.is_zone(text):
        raise argparse.ArgumentTypeError(f"{text} is no time zone")
    return text


def _cost(text: str) -> int:
    cost = int(text)
    if not 4 <= cost <= 16:
        raise argparse.ArgumentTypeError(f"{text} is not between 4 and 16")
    return cost


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]  # it does not return either
        raise SystemExit(f"tests.simulator: {message}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m tests.simulator", description="An NGCP fax API in one process, state in memory.")
    add, defaults = parser.add_argument, options.Options()
    add("--seed", default=str(DEFAULT_SEED), metavar="FILE|none", help="what to start with (default: the contract's)")
    add("--subscribers", type=_natural, default=0, metavar="N", help="generate N further subscribers")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=_port, default=0, help="port of the API, TLS (default: a free one)")
    add("--control-port", type=_port, default=0, metavar="PORT", help="port of the control API, plain HTTP")
    add("--subscriber-port", type=_port, metavar="PORT", help="a further TLS port for subscribers' own logins; "
        "without it, name@domain logs in on the first")  # fmt: skip
    add("--ca-file", type=Path, metavar="FILE", help="where to write the CA's certificate (default: a temporary file)")
    add("--ready-file", type=Path, metavar="FILE", help="where to write the line that stdout gets")
    add("--bcrypt-cost", type=_cost, default=4, metavar="N",
        help="of Basic and login, computed for real; the real server's is 13 (default: %(default)s)")  # fmt: skip
    add("--latency-ms", type=_natural, default=0, metavar="N", help="what the network takes, for every request")
    add("--costs", choices=COSTS, default=defaults.costs,
        help="panel: every request takes the time that it takes on the real server, also that of bcrypt "
        "at cost 13, which is waited for, not computed (default: %(default)s)")  # fmt: skip
    add("--no-count-saves", type=_percentage, default=defaults.no_count_saves, metavar="PERCENT",
        help="how much less a page costs with no_count=1: on the panel 0 to 20 (default: %(default)s)")  # fmt: skip
    add("--server-workers", type=_natural, default=defaults.server_workers, metavar="N",
        help="how many requests the server serves at a time, others wait (default: 0, all that come)")  # fmt: skip
    add("--write-ms", type=_natural, default=defaults.write_ms, metavar="N",
        help="between reading and writing settings, where updates are lost (default: %(default)s)")  # fmt: skip
    add("--deadlocks", action="store_true",
        help="let concurrent first writes of several subscribers deadlock as on the real server")  # fmt: skip
    add("--deadlock-percent", type=_percentage, default=defaults.deadlock_percent, metavar="PERCENT",
        help="let so many of all writes deadlock in addition (default: %(default)s)")  # fmt: skip
    add("--fax-delay-ms", type=_natural, default=defaults.fax_delay_ms, metavar="N",
        help="from sending a fax to its journal entry (default: %(default)s)")  # fmt: skip
    add("--time-zone", type=_zone, default=defaults.time_zone, metavar="NAME",
        help="the server's own, such as Europe/Vienna (default: %(default)s)")  # fmt: skip
    add("--watch-stdin", action="store_true", help="end at the end of stdin, a pipe: with the process that holds it")
    return parser


def main() -> None:
    """Run the simulator with the arguments of the command line."""
    arguments = _parser().parse_args()
    try:
        seed = load(None if arguments.seed == "none" else Path(arguments.seed), ZoneInfo(arguments.time_zone))
        run(
            Config(
                seed=seed,
                subscribers=arguments.subscribers,
                host=arguments.host,
                port=arguments.port,
                control_port=arguments.control_port,
                subscriber_port=arguments.subscriber_port,
                ca_file=arguments.ca_file,
                ready_file=arguments.ready_file,
                bcrypt_cost=arguments.bcrypt_cost,
                options=options.Options(
                    latency_ms=arguments.latency_ms,
                    costs=arguments.costs,
                    no_count_saves=arguments.no_count_saves,
                    deadlocks=arguments.deadlocks,
                    deadlock_percent=arguments.deadlock_percent,
                    server_workers=arguments.server_workers,
                    write_ms=arguments.write_ms,
                    time_zone=arguments.time_zone,
                    fax_delay_ms=arguments.fax_delay_ms,
                    max_failed_logins=seed.max_failed_logins,
                ),
                watch_stdin=arguments.watch_stdin,
            )
        )
    except (SeedError, StartError) as error:
        raise SystemExit(f"tests.simulator: {error}") from None


if __name__ == "__main__":
    main()
