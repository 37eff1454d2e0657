"""The rows of the newest whole run, kept in `docs/reliability.csv`, and as a table in `docs/reliability.md`.

`make torture` writes both; `python -m torture.table` writes the table again from the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from chipflows.paths import PROJECT
from torture.row import Row

RESULTS = PROJECT / "docs" / "reliability.csv"
PAGE = PROJECT / "docs" / "reliability.md"
BEGIN, END = "<!-- numbers of the newest `make torture` -->", "<!-- end of the numbers -->"
COLUMNS = ("row", "tried", "survived", "lost", "state", "seconds", "note", "measured_on")


def write(rows: Iterable[Row]) -> None:
    """Write the rows of a whole run into the file, and its table into the page."""
    day = datetime.now(UTC).date().isoformat()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        counts = (row.tried, row.tried - len(row.lost), len(row.lost))
        writer.writerow((row.name, *counts, row.state, round(row.seconds), row.skipped or row.note, day))
    RESULTS.write_text(out.getvalue(), encoding="utf-8")
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), out.getvalue()), encoding="utf-8")


def filled(page: str, results: str) -> str:
    """Return the page with the table of these results between its marks; raises `ValueError` for one without them."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{table(list(csv.DictReader(io.StringIO(results))))}{END}{after}"


def table(rows: list[Mapping[str, str]]) -> str:
    """Return results as text: the day, then a table."""
    if not rows:
        return "\nNo whole run is recorded yet.\n\n"
    lines = ["| Row | Tried | Survived | Lost | | Seconds | |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        counts = [f"{int(row[name]):,}" for name in ("tried", "survived", "lost")]
        lines.append(f"| {' | '.join([row['row'], *counts, row['state'], row['seconds'], row['note']])} |")
    return f"\nMeasured on {rows[0]['measured_on']} by `make torture`:\n\n" + "\n".join([*lines, "", ""])


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), RESULTS.read_text(encoding="utf-8")), encoding="utf-8")
