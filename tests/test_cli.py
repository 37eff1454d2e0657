"""The command line: help with an example per command, errors in one line, JSON for programs, colour for people only."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from profiles import at_home, comext, rates

from chipflows import __main__ as command_line
from chipflows.__main__ import main
from chipflows.cli import COMMANDS, parser


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of two reporters' exports."""
    home = tmp_path_factory.mktemp("europe")
    with at_home(home):
        for source, text in (("eurostat_comext", comext()), ("fx", rates())):
            (home / f"{source}.csv").write_bytes(text.encode())
            assert main(["--profile", "europe", "import", source, str(home / f"{source}.csv")]) == 0
        assert main(["--profile", "europe", "build"]) == 0
    return home


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_shows_an_example_that_can_be_run(
    command: tuple[Any, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    name, run, _, example, _ = command
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert "example: chipflows" in capsys.readouterr().out
    assert parser().parse_args(shlex.split(example)[1:]).run is run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--profile", "nobody", "check"], "run `chipflows --profile nobody build`"),
        (["bild"], "`chipflows --help` shows how"),
        (["import", "nowhere", "x.csv"], "nowhere"),
        (["--config", "no/such/folder", "status"], "no/such/folder"),
        (["--profile", "nobody", "query", "selec 1"], "run `chipflows --profile nobody build`"),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_home(tmp_path):
        assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("chipflows: ")
    assert said in line


def test_colour_is_for_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert command_line.in_red("chipflows:") == "chipflows:"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert command_line.in_red("chipflows:") == "\x1b[31mchipflows:\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert command_line.in_red("chipflows:") == "chipflows:"


def answer(home: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    with at_home(home):
        assert main(["--profile", "europe", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_programs_get_json(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks = answer(home, capsys, "check", "--json")
    assert {one["outcome"] for one in checks} <= {"passed", "warned"}
    where = "reporter = 'DEU' and family = 'F854231' and period = '2022-02-01'"
    found = answer(home, capsys, "trace", "marts.direct", "--where", where, "--json")
    assert found["rows"][0]["value_usd"] == pytest.approx(3_300_000)
    assert [one["value_native"] for one in found["received"]] == [3_000_000]
    (file,) = found["files"]
    assert len(file["sha256"]) == 64
    assert answer(home, capsys, "status", "--json")["profile"] == "europe"


def test_a_plan_is_a_list_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with at_home(tmp_path):
        assert main(["--profile", "live", "plan", "fx", "--json"]) == 0
    planned = json.loads(capsys.readouterr().out)
    assert {one["source"] for one in planned} == {"fx"}
    assert all(one["request_id"] and one["reason"] for one in planned)
