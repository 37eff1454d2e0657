"""Every fixed word that a page prints, in one place."""

from __future__ import annotations

SITE = "chipflows"
LANGUAGE = "en-GB"
SKIP = "Skip to the answer"
QUESTIONS = "All questions"
NEXT = "Next"
PICTURES = "Three pictures"
OF = "of"
AS_RECEIVED = "data as received"
NO_DATA = "no data yet"
REBUILT = "rebuilt as of"
CODE = "The code of this section"
TABLE = "Table"
SOURCES = "Where the numbers come from"
ALL_ABOUT_SOURCES = "publishers, licences, how to cite"
LICENCE = "Licence"
CITE = "Cite as"
MADE_UP = "MADE-UP DATA"
STATE = "What this rests on"
REPORTERS = "Reporters with data"
LOOKED_FOR = "looked for"
ROWS_LOADED = "Rows loaded"
CHECKS = "Checks passed"
WARNED = "warned"
CHECKS_PASSED = "checks of the tables passed"
WARNINGS = "Warnings"
RECEIVED = "received"
FILE = "file"
FILES = "files"
ROW = "row"
ROWS = "rows"
FROM = "from"
TO = "to"
AND = "and"
MIRROR = "exports as their senders report them"
DOLLARS = "current USD"
CONVERTED = "at"
REPORTERS_DUE = "reporters due"
MORE = "More"
FLOWS = "Monthly exports as their senders report them, one row a covered month"
EXPORTS_OF = "{goods}: exports to {destination}"
AS_SENT = "Exports as their senders report them, USD million a month"
USD_A_MONTH = "USD million a month"
NO_FINDING = "This page states no finding."

GAPS = {
    "[x]": "not published",
    "[n]": "not covered by the files held",
    "[z]": "not applicable",
    "[u]": "undefined",
    "[c]": "confidential",
    "[p]": "provisional",
    "[r]": "revised since the last vintage",
}
"""Codes of gaps in tables, with their meaning; a cell is never blank."""
