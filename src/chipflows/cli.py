"""The commands: arguments in, one call into the part that does the work, text out. No logic, no heavy imports."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from chipflows import __version__
from chipflows.config import Config, load_config
from chipflows.errors import UsageError
from chipflows.paths import Paths, day_of, find_paths

Run = Callable[[argparse.Namespace], int | None]


def place(options: argparse.Namespace) -> tuple[Paths, Config]:
    """Return the folders and the configuration a command works on."""
    paths = find_paths(options.profile, options.config)
    return paths, load_config(paths.config)


def place_of_today(options: argparse.Namespace) -> tuple[Paths, Config]:
    """Return the same for a command that adds files; raises `UsageError` for a profile as of an earlier day."""
    paths, config = place(options)
    if paths.as_of:
        raise UsageError(f"{paths.label} looks back: files are added to {paths.profile} only")
    return paths, config


def plan(options: argparse.Namespace) -> None:
    from chipflows.sources import download

    given = {"sources": options.source, "refresh": options.refresh, "is_json": options.json}
    print(download.plan_text(*place_of_today(options), **given))


def run_download(options: argparse.Namespace) -> None:
    from chipflows.sources import download
    from chipflows.warehouse.arrivals import typing

    paths, config = place_of_today(options)
    with typing(paths) as arrived:
        said = download.run(paths, config, refresh=options.refresh, sources=options.source, arrived=arrived)
    print(said)


def run_import(options: argparse.Namespace) -> None:
    from chipflows.raw.inbox import import_files
    from chipflows.sources import reader_of

    paths, config = place_of_today(options)
    print(import_files(paths, config, options.source, options.files, reader_of(options.source)))


def demo(options: argparse.Namespace) -> None:
    from chipflows.demo import generate

    print(generate(*place_of_today(options), no_effect=options.no_effect))


def build(options: argparse.Namespace) -> None:
    from chipflows.warehouse.build import build

    paths, config = place(options)
    if options.as_of:
        paths = replace(paths, as_of=options.as_of)
    print(build(paths, config, engine=options.engine, master=options.master, memory=options.memory))


def check(options: argparse.Namespace) -> int:
    from chipflows.warehouse.checks import check_database

    return check_database(place(options)[0], is_json=options.json)


def verify(options: argparse.Namespace) -> None:
    from chipflows.warehouse.verify import verify_profile

    print(verify_profile(find_paths(options.profile, options.config)))


def render(options: argparse.Namespace) -> None:
    from chipflows.report.render import render

    paths, config = place(options)
    print(render(paths, config, options.notebooks))


def pdf(options: argparse.Namespace) -> None:
    from chipflows.report.pdf import print_pages

    print(print_pages(place(options)[0]))


def query(options: argparse.Namespace) -> None:
    from chipflows.warehouse.connect import query

    query(find_paths(options.profile, options.config), options.sql, options.format)


def trace(options: argparse.Namespace) -> None:
    from chipflows.warehouse.trace import trace

    found = trace(find_paths(options.profile, options.config), options.table, options.where, limit=options.limit)
    print(found.as_json() if options.json else found)


def status(options: argparse.Namespace) -> None:
    from chipflows.warehouse.status import status

    print(status(*place(options), is_json=options.json))


def start_study(options: argparse.Namespace) -> None:
    from chipflows.config_study import new_study

    config = place(options)[1]
    folder = Path(options.to or f"studies/{options.name}")
    print(new_study(config, options.name, options.codes, options.title or options.name.capitalize(), folder))


def day(text: str) -> date:
    try:
        return day_of(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


JSON: tuple[tuple[str, ...], dict[str, object]] = (
    ("--json",),
    {"action": "store_true", "help": "the same for a program"},
)

REFRESH: tuple[tuple[str, ...], dict[str, object]] = (
    ("--refresh",),
    {"action": "store_true", "help": "also the last three months again, and what was published anew"},
)

COMMANDS: list[tuple[str, Run, str, str, list[tuple[tuple[str, ...], dict[str, object]]]]] = [
    (
        "plan",
        plan,
        "what would be asked of which source, and why",
        "chipflows --profile live plan comtrade",
        [(("source",), {"nargs": "*", "help": "only these sources"}), REFRESH, JSON],
    ),
    (
        "download",
        run_download,
        "ask the sources for what is missing",
        "chipflows --profile live download",
        [
            (("source",), {"nargs": "*", "help": "only these sources"}),
            REFRESH,
        ],
    ),
    (
        "import",
        run_import,
        "store files that a person brought",
        "chipflows --profile mine import eurostat_comext *.csv",
        [
            (("source",), {"help": "whose files these are"}),
            (("files",), {"nargs": "+", "metavar": "FILE", "help": "hand exports, or bodies saved from an API"}),
        ],
    ),
    (
        "build",
        build,
        "make the tables from the raw files",
        "chipflows --profile demo build",
        [
            (("--as-of",), {"type": day, "metavar": "DATE", "help": "of the files received by then"}),
            (("--engine",), {"choices": ["duckdb", "spark"], "default": "duckdb", "help": "what computes"}),
            (("--master",), {"metavar": "URL", "default": "", "help": "Spark's master (default: this machine)"}),
            (
                ("--memory",),
                {"metavar": "SIZE", "default": "", "help": "the most DuckDB holds, as 3GB; the rest goes to disk"},
            ),
        ],
    ),
    ("verify", verify, "hold every raw file against what was received", "chipflows --profile live verify", []),
    ("check", check, "run the checks on the tables again", "chipflows --profile demo check", [JSON]),
    (
        "render",
        render,
        "make the pages from the tables",
        "chipflows --profile demo render 02_direct_flows",
        [(("notebooks",), {"nargs": "*", "metavar": "NOTEBOOK", "help": "only these (default: all)"})],
    ),
    ("pdf", pdf, "print the pages to A4 with Chromium", "chipflows --profile demo pdf", []),
    (
        "query",
        query,
        "answer a question in SQL, read-only",
        'chipflows --profile demo query "select * from marts.direct limit 5" --format csv',
        [
            (("sql",), {"metavar": "SQL", "help": "one SELECT"}),
            (
                ("--format",),
                {"choices": ["table", "csv", "json", "parquet"], "default": "table", "help": "form of the answer"},
            ),
        ],
    ),
    (
        "trace",
        trace,
        "show the raw files and requests behind rows",
        "chipflows --profile demo trace marts.direct --where \"reporter = 'CHN' and family = 'F854231'\"",
        [
            (("table",), {"metavar": "TABLE", "help": "for example marts.direct"}),
            (("--where",), {"required": True, "metavar": "CONDITION", "help": "which rows of it, in SQL"}),
            (("--limit",), {"type": int, "default": 20, "help": "rows shown per step (default 20)"}),
            JSON,
        ],
    ),
    (
        "status",
        status,
        "what is held, covered, revised and due; quota left",
        "chipflows --profile live status",
        [JSON],
    ),
    (
        "new-study",
        start_study,
        "write a configuration folder for other goods",
        'chipflows new-study graphite --codes 250410 250490 380110 --title "Graphite"',
        [
            (("name",), {"metavar": "NAME", "help": "names the folder, its profile and its group of goods"}),
            (("--codes",), {"nargs": "+", "required": True, "metavar": "CODE", "help": "six-digit HS codes"}),
            (("--title",), {"help": "what pages call the goods (default NAME)"}),
            (("--to",), {"metavar": "DIR", "help": "where to write it (default studies/NAME)"}),
        ],
    ),
    (
        "demo",
        demo,
        "write the synthetic raw files of the demo profile",
        "chipflows --profile demo demo",
        [
            (
                ("--no-effect",),
                {"action": "store_true", "help": "a world in which nobody responds: the verdict must say so"},
            )
        ],
    ),
]


class Parser(argparse.ArgumentParser):
    """Wrong usage ends in one line that says what to do."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(f"{message.removeprefix('argument COMMAND: ')}; `{self.prog} --help` shows how")


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; each sets `run`."""
    top = Parser(
        prog="chipflows",
        description="Who replaced the chips Russia lost? Tables and reports from public trade statistics.",
        epilog="Exit codes: 0 done, 1 a check failed, 2 wrong usage or configuration, 3 incomplete.",
    )
    top.add_argument(
        "--profile", help="demo, live, or a name of your own (default live); NAME@YYYY-MM-DD: as it was on that day"
    )
    top.add_argument("--config", metavar="DIR", help="another configuration folder (default config/)")
    top.add_argument("--version", action="version", version=f"chipflows {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    for name, run, summary, example, arguments in COMMANDS:
        command = commands.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + ".", epilog=f"example: {example}"
        )
        for flags, settings in arguments:
            command.add_argument(*flags, **settings)  # type: ignore[arg-type]
        command.set_defaults(run=run)
    return top
