"""Every kind of wrong configuration is refused with file, row, column and what is expected."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from chipflows.config import load_config
from chipflows.errors import ConfigError

FOLDER = Path(__file__).parents[1] / "config"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "config"))


def change(path: Path, old: str, new: str) -> int:
    """Replace the first `old` and return the number of the line it stood in."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}: the test would not test anything"
    path.write_bytes(text.replace(old, new, 1).encode())
    return text[: text.index(old)].count("\n") + 1


WRONG_CELLS = {
    "date that is no date": (
        "events.csv",
        "invasion,2022-02-24,",
        "invasion,2022-13-01,",
        "date",
        "'2022-13-01' is not a date, write YYYY-MM-DD",
    ),
    "day that is none": ("events.csv", "invasion,2022-02-24,", "invasion,2022-02-30,", "date", "is not a date"),
    "status": (
        "events.csv",
        "verified,true",
        "checked,true",
        "status",
        "'checked' is unknown, write one of: verified,",
    ),
    "default not verified": (
        "events.csv",
        "to_verify,false",
        "to_verify,true",
        "is_default",
        "its status is to_verify",
    ),
    "sixth default": ("events.csv", "2025-02-24-package-16", None, "is_default", "more than 5 events are default"),
    "label too long": (
        "events.csv",
        "Taiwan joins the controls",
        "Taiwan joins the controls of the United States",
        "label",
        "has 46 characters, at most 40 fit on a chart",
    ),
    "truth": ("events.csv", "verified,true", "verified,yes", "is_default", "'yes' is neither true nor false"),
    "empty mandatory cell": ("events.csv", "Full-scale invasion", "", "title", "is empty, it must be filled"),
    "stray space": ("economies.csv", ",Hong Kong,", ",Hong Kong ,", "name", "'Hong Kong ' has stray spaces"),
    "two spaces": ("economies.csv", ",840 841,", ",840  841,", "comtrade_also", "has stray spaces"),
    "role": (
        "economies.csv",
        ",Kazakhstan,hub,",
        ",Kazakhstan,friend,",
        "role",
        "'friend' is unknown, write one of: focal,",
    ),
    "no source knows it": (
        "economies.csv",
        "ALA,AX,Åland Islands,rest,248,,,,AX",
        "ALA,,Åland Islands,rest,,,,,",
        "iso3",
        "no source knows ALA, fill at least one of the code columns",
    ),
    "leading zero": ("economies.csv", "hub,51,", "hub,051,", "comtrade", "without leading zeros"),
    "code of two economies": ("economies.csv", "hub,417,", "hub,398,", "comtrade", "code '398' stands already in row"),
    "code not six digits": ("hs_codes.csv", "\n854232,H6", "\n85423,H6", "hs6", "'85423' is not a six-digit code"),
    "code with a dot": ("hs_codes.csv", "\n854232,H6", "\n8542.32,H6", "hs6", "'8542.32' is not a six-digit code"),
    "heading not asked for": ("hs_codes.csv", 'total)",true', 'total)",false', "hs6", "'8486' is no six-digit code"),
    "edition": ("hs_codes.csv", "\n854232,H6", "\n854232,H7", "hs_edition", "'H7' is unknown, write an edition"),
    "edition without codes": ("hs_codes.csv", "\n854232,H5", "\n854232,H4", "hs_edition", "'H4' is unknown"),
    "tier": ("hs_codes.csv", "\n854232,H6,1,", "\n854232,H6,5,", "tier", "'5' is unknown, write one of: 1, 2,"),
    "code in no family": (
        "hs_codes.csv",
        "\n854232,H6,1,9",
        "\n854299,H6,1,9",
        "hs6",
        "854299 (H6) is in no family: add its link to config/hs_links.csv",
    ),
    "link to a pruned code": (
        "hs_links.csv",
        "854231,H5,854231,H6",
        "854231,H5,854151,H6",
        "status",
        "prunes every link to 854151; write status added, with the reason",
    ),
    "link kept and pruned": (
        "hs_links.csv",
        "851712,H5,854151,H6,conversion",
        "854150,H5,854151,H6,conversion",
        "from_hs6, from_edition, to_hs6, to_edition",
        "'854150 H5 854151 H6' stands already in row",
    ),
    "link status": (
        "hs_links.csv",
        ",added,",
        ",new,",
        "status",
        "'new' is unknown, write one of: kept, added, pruned",
    ),
    "link edition": ("hs_links.csv", "854231,H5,854231,H6", "854231,H5,854231,H8", "to_edition", "'H8' is unknown"),
    "link in one edition": ("hs_links.csv", "854231,H5,854231,H6", "854231,H6,854231,H6", "to_edition", "stays in one"),
    "wildcard that is kept": ("hs_links.csv", "854231,H5,854231", "*,H5,854231", "from_hs6", "only a pruned row"),
    "address": ("hs_links.csv", "https://unstats", "unstats", "source_url", "is not an address, write https://"),
    "family without members": (
        "families.csv",
        "\nF854231,",
        "\nF854230,",
        "family",
        "F854230 has no members: no kept or added link in config/hs_links.csv makes it",
    ),
    "group code in no family": ("hs_groups.csv", ",854231,", ",854235,", "hs6", "854235 (H6) is in no family"),
    "group with two titles": (
        "hs_groups.csv",
        "Integrated circuits,854232",
        "Circuits,854232",
        "group_title",
        "group ic_core is called 'Integrated circuits' further up",
    ),
    "reproducible": ("benchmarks.csv", ",Y,", ",maybe,", "reproducible", "'maybe' is unknown, write one of: Y, P, N"),
    "fact of an unknown economy": ("published_facts.csv", "B,CHN,RUS", "B,PRC,RUS", "reporter", "'PRC' is not in econ"),
    "fact that can't scale": ("published_facts.csv", ",72,USD m", ",>72,USD m", "scales_demo", "not a plain number"),
}


@pytest.mark.parametrize(("file", "old", "new", "column", "expected"), WRONG_CELLS.values(), ids=WRONG_CELLS)
def test_a_wrong_cell(folder: Path, file: str, old: str, new: str | None, column: str, expected: str) -> None:
    if new is None:  # the cell to change is the last of its row
        line = next(one for one in (folder / file).read_text().splitlines() if one.startswith(old))
        old, new = line, line.removesuffix("false") + "true"
    row = change(folder / file, old, new) + old.startswith("\n")
    with pytest.raises(ConfigError) as caught:
        load_config(folder)
    assert str(caught.value).startswith(f"config/{file}, row {row}, column {column}: ")
    assert expected in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.csv")))
def test_a_wrong_header(folder: Path, file: str) -> None:
    path = folder / file
    text = path.read_text()
    header, _, rows = text.partition("\n")
    first, *others = header.split(",")
    for wrong, expected in {
        ",".join([first, *others, "colour"]): "row 1, column colour: unknown column 'colour', expected ",
        ",".join(others): f"row 1, column {first}: is missing, expected {header}",
        ",".join([first, first, *others]): f"row 1, column {first}: stands twice, expected {header}",
        ",".join([*others, first]): f"row 1: columns out of order, expected {header}",
        header.replace(",", ";"): f"row 1, column {header.replace(',', ';')}: unknown column",
    }.items():
        path.write_text(f"{wrong}\n{rows}")
        with pytest.raises(ConfigError) as caught:
            load_config(folder)
        assert str(caught.value).startswith(f"config/{file}, {expected}")
    path.write_text(f"{header}\n{text}")
    with pytest.raises(ConfigError, match=re.escape(f"config/{file}, row 2: the header stands here again")):
        load_config(folder)


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.csv") if path.name != "corrections.csv"))
def test_a_row_that_stands_twice(folder: Path, file: str) -> None:
    path = folder / file
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n")
    with pytest.raises(ConfigError, match=rf"config/{file}, row {len(lines) + 1}, column .* stands already in row 2"):
        load_config(folder)


def files() -> list[str]:
    return [*sorted(path.name for path in FOLDER.glob("*.csv")), "project.toml", "sources.toml"]


@pytest.mark.parametrize("file", files())
def test_a_missing_file(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(ConfigError, match=f"config/{file}: is missing in .*config; restore it"):
        load_config(folder)


@pytest.mark.parametrize("file", files())
def test_a_byte_order_mark(folder: Path, file: str) -> None:
    (folder / file).write_bytes(b"\xef\xbb\xbf" + (folder / file).read_bytes())
    with pytest.raises(ConfigError, match=f"config/{file}, row 1: starts with a byte-order mark, save it as UTF-8"):
        load_config(folder)


@pytest.mark.parametrize("file", files())
def test_a_control_character(folder: Path, file: str) -> None:
    (folder / file).write_bytes((folder / file).read_bytes() + b"#\0\n")
    with pytest.raises(ConfigError, match=rf"config/{file}, row \d+: byte 0x00 is a control character, take it out"):
        load_config(folder)


@pytest.mark.parametrize("file", files())
def test_bytes_that_are_not_utf8(folder: Path, file: str) -> None:
    lines = (folder / file).read_bytes().splitlines(keepends=True)
    (folder / file).write_bytes(lines[0] + b"T\xfcrkiye\n" + b"".join(lines[1:]))
    with pytest.raises(ConfigError, match=f"config/{file}, row 2: byte 0xfc is not UTF-8, save the file as UTF-8"):
        load_config(folder)


@pytest.mark.parametrize(
    ("change_line", "expected"),
    [
        (lambda line: line + ",", "cells, the header has"),
        (lambda line: line.rpartition(",")[0], "cells, the header has"),
        (lambda line: line + "\n", "0 cells, the header has"),
        (lambda line: '"' + line, "is not well-formed CSV"),
    ],
    ids=["a cell too many", "a cell too few", "an empty line", "a quote that is not closed"],
)
def test_a_ragged_row(folder: Path, change_line, expected: str) -> None:
    path = folder / "benchmarks.csv"
    lines = path.read_text().splitlines()
    lines[-1] = change_line(lines[-1])
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ConfigError, match=rf"config/benchmarks.csv, row \d+: .*{expected}"):
        load_config(folder)


CORRECTION = (
    "fix-1,comtrade,KGZ,RUS,export,*,2023-01,2023-12,multiply,0.5,,sent in half dollars,https://example.org,above,9"
)


def test_a_correction_is_read(folder: Path) -> None:
    with (folder / "corrections.csv").open("a") as file:
        file.write(CORRECTION + "\n")
    assert load_config(folder).corrections[0].factor == "0.5"


@pytest.mark.parametrize(
    ("old", "new", "column", "expected"),
    [
        ("comtrade", "nobody", "source", "'nobody' is not in sources.toml"),
        ("KGZ", "KG", "reporter", "'KG' is not in economies.csv"),
        ("2023-12", "2022-12", "period_to", "'2022-12' is before '2023-01'"),
        ("2023-12", "2023-13", "period_to", "'2023-13' is not a month, write YYYY-MM"),
        ("0.5", "", "factor", "multiply needs a factor"),
        ("multiply,0.5", "drop,0.5", "factor", "multiply needs a factor, the others take none"),
        ("multiply,0.5", "recode,", "to_hs6", "recode needs the right code"),
        ("above", "over", "guard", "'over' is unknown, write one of: above, below, equals"),
        ("above,9", "above,-9", "guard_total", "'-9' is not a decimal number"),
        ("export,*", "sale,*", "flow", "'sale' is unknown"),
    ],
)
def test_a_wrong_correction(folder: Path, old: str, new: str, column: str, expected: str) -> None:
    with (folder / "corrections.csv").open("a") as file:
        file.write(CORRECTION.replace(old, new) + "\n")
    with pytest.raises(ConfigError) as caught:
        load_config(folder)
    assert str(caught.value).startswith(f"config/corrections.csv, row 2, column {column}: {expected}")


@pytest.mark.parametrize(
    ("old", "new", "is_refused"),
    [("KGZ", "*", True), ("2023-01,2023-12", "2023-12,2024-01", True), ("2023-01,2023-12", "2024-01,2024-02", False),
     ("KGZ", "ARM", False), (",*,", ",854231,", True), ("comtrade,", "baci,", False)],
)  # fmt: skip
def test_no_row_is_corrected_twice(folder: Path, old: str, new: str, is_refused: bool) -> None:
    second = CORRECTION.replace("fix-1", "fix-2").replace(old, new)
    with (folder / "corrections.csv").open("a") as file:
        file.write(f"{CORRECTION}\n{second}\n")
    if is_refused:
        with pytest.raises(ConfigError, match=r"row 3, column correction_id: meets rows that row 2 \(fix-1\) meets"):
            load_config(folder)
    else:
        assert len(load_config(folder).corrections) == 2


WRONG_KEYS = {
    "unknown key": (
        "project.toml",
        "why = ",
        "because = ",
        "baseline W1, key because: unknown key, expected one of: id,",
    ),
    "unknown top-level key": ("project.toml", "question = ", "puzzle = ", "top level, key puzzle: unknown key"),
    "unknown table": ("project.toml", "[planner]", "[plan]", "top level, key planner: is missing, write a table"),
    "missing key": ("project.toml", 'title = "2021"\n', "", "baseline W1, key title: is missing"),
    "end before start": (
        "project.toml",
        'end = "2021-12"',
        'end = "2020-12"',
        "baseline W1, key end: '2020-12' is before the start '2021-01'",
    ),
    "month": ("project.toml", 'start = "2017-01"', 'start = "2017-1"', "study, key start: '2017-1' is not a month"),
    "date instead of text": (
        "project.toml",
        'start = "2017-01"',
        "start = 2017-01-01",
        "study, key start: datetime.date",
    ),
    "id twice": ("project.toml", 'id = "W2"', 'id = "W1"', "baseline W1, key id: 'W1' stands twice"),
    "shared edition": (
        "project.toml",
        'codes_as = "H5"',
        'codes_as = "H9"',
        "hs_edition H4, key codes_as: 'H9' is not an",
    ),
    "focal economy": (
        "project.toml",
        '"CHN", "HKG"]\n',
        '"CHN", "HGK"]\n',
        "study, key focal_origins: 'HGK' is not in",
    ),
    "factors": ("project.toml", "[1.06, 1.00, 1.10]", "[1.06, 0.94]", "holds something else than different numbers"),
    "factor twice": (
        "project.toml",
        "[1.06, 1.00, 1.10]",
        "[1.06, 1.06]",
        "holds something else than different numbers",
    ),
    "no factor": ("project.toml", "[1.06, 1.00, 1.10]", "1.06", "study, key cif_factors: 1.06 is not a list"),
    "chapter": (
        "project.toml",
        '["98", "99"]',
        '["98", "9999"]',
        "study, key unspecified_chapters: ['98', '9999'] is not a chapter",
    ),
    "headline": (
        "project.toml",
        'headline_group = "ic_core"',
        'headline_group = "ics"',
        "study, key headline_group: 'ics' is not in hs_groups.csv",
    ),
    "selector": (
        "project.toml",
        'partners = ["role:hub"]',
        'partners = ["role:hubs"]',
        "corridor coalition_to_hubs, key partners: selector 'role:hubs' stands for no economy",
    ),
    "flow": ("project.toml", '"re_export"]', '"reexport"]', "corridor russia_supply, key flows: 'reexport' is unknown"),
    "quota": ("project.toml", "= 480", "= 0", "planner, key quota_per_month: 0 is not a whole number of at least 1"),
    "not TOML": ("project.toml", "[study]", "[study", "is not well-formed TOML: "),
    "key of a source": ("sources.toml", "cadence = ", "rhythm = ", "comtrade, key rhythm: unknown key"),
    "limit of a source": (
        "sources.toml",
        "rows_per_call = 100000",
        'rows_per_call = "many"',
        "comtrade.limits, key rows_per_call: 'many' is not a whole number",
    ),
    "flow of a source": ("sources.toml", '"re_import"', '"re-import"', "comtrade, key flows: {'M': 'import'"),
    "reporter of a source": (
        "sources.toml",
        '"AUT", "BEL"',
        '"AT", "BEL"',
        "eurostat_comext, key reporters: 'AT' is not in",
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "expected"), WRONG_KEYS.values(), ids=WRONG_KEYS)
def test_a_wrong_key(folder: Path, file: str, old: str, new: str, expected: str) -> None:
    change(folder / file, old, new)
    with pytest.raises(ConfigError) as caught:
        load_config(folder)
    assert str(caught.value).startswith(f"config/{file}")
    assert expected in str(caught.value)


def test_a_profile_with_an_unknown_source(folder: Path) -> None:
    change(folder / "profiles/live.toml", '"fx"', '"rates"')
    with pytest.raises(ConfigError, match=r"config/profiles/live.toml, top level, key sources: 'rates' is unknown"):
        load_config(folder).profile("live")


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        ("CN,01,02,2020-01", "reporter", "'CN' is not in economies.csv"),
        ("HKG,02,01,2020-01", "to_month", "'01' is not after '02'"),
        ("CHN,02,03,2020-01", "from_month", "shares a month with row 2"),
        ("HKG,1,02,2020-01", "from_month", "'1' is not a month of the year"),
    ],
)
def test_wrong_joined_months(folder: Path, row: str, column: str, expected: str) -> None:
    with (folder / "joined_months.csv").open("a") as file:
        file.write(f"{row},released together,https://example.org\n")
    with pytest.raises(ConfigError) as caught:
        load_config(folder)
    assert str(caught.value).startswith(f"config/joined_months.csv, row 3, column {column}: {expected}")
