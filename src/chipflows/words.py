"""Every fixed word that pages, tables and figures print or say, in one place: a translation is another such file."""

from __future__ import annotations

# pages
SITE = "chipflows"
LANGUAGE = "en-GB"
SKIP = "Skip to the answer"
QUESTIONS = "All questions"
NEXT = "Next"
PICTURES = "Three pictures"
DATA_AS_RECEIVED = "data as received"
NO_DATA = "no data yet"
REBUILT = "rebuilt as of"
CODE = "The code of this section"
TABLE_LABEL = "Table"
SOURCES = "Where the numbers come from"
ALL_ABOUT_SOURCES = "publishers, licences, how to cite"
LICENCE = "Licence"
CITE = "Cite as"
RESTS_ON = "What this rests on"
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

# around a drawing
FIGURE = "Figure"
MADE_UP = "MADE-UP DATA"
SOURCE = "Source"
AS_RECEIVED = "as received"
LAST_MONTH = "last complete month"
TABLE = "table"
LINK_CSV = "data (CSV)"
LINK_SVG = "image (SVG)"
LINK_PNG = "image (PNG)"
LINK_METHOD = "how this is computed"
TRACE = "trace"
ALL_SOURCES = "All sources"

# gaps in tables, each explained in the caption where it occurs
CELL_NOT_PUBLISHED = "[x]"
CELL_NOT_DUE = "[z]"
CELL_UNDEFINED = "[u]"
CELLS = {code: GAPS[code] for code in (CELL_NOT_PUBLISHED, CELL_NOT_DUE, CELL_UNDEFINED)}

# small words
FROM, TO, OF, AND = "from", "to", "of", "and"
OTHERS = "others"
USD = "USD"
MEAN, MEDIAN, RATIO, LOW, HIGH = "mean", "median", "ratio", "low", "high"
CHANGE, RANGE, SHARE, FULL, MONTHS, NOTE = "change", "range", "share", "full", "months", "note"
PUBLISHED, OURS = "published", "ours"
GOOD, GOODS, CODES, FAMILY, HUB, REPORTER = "Good", "goods", "Codes", "Family", "Hub", "Reporter"
PUBLISHER, DEFINITION, STATE = "Publisher", "Definition", "state"

# time
WAR = "War starts"
NOT_PUBLISHED = "not published"
NOT_YET_PUBLISHED = "not yet published"
PAIRED = "January and February are one point, their mean"
SOME_MISSING = "Months are missing for"

# 1 monthly lines
HATCHED = "Hatched, not published"
ALL_LINES = "all lines"
NO_MONTH = "No month published"
MEAN_OF = "Mean month of"
ALT_LINES = "Line chart, monthly"

# 2 small multiples
NOT_COMPARABLE = "not comparable"
OLD_CODE = "old code"
GREY_GROUND = "Grey ground, earlier months are not comparable because the codes were redrawn"
CUT_OFF = "Lines that leave their panel are cut off, their number is not"
ALT_PANELS = "small line charts on one scale, one per family, from"

# 3 dumbbell
NEW, NONE = "new", "none"
BASELINES = "baselines"
ALL_BASELINES = "Baselines"
RED_GREY = "Red: more than before; grey: less"
ALT_DUMBBELL = "Dumbbell chart of"
ROSE_UNDER_ALL = "rose under every baseline"
MOST = "most"
FELL_TO = "fell to"
WITHOUT_BOTH = "have no amount on one side"

# 4 backfill bars
MEASURES = {"value": "In value (USD)", "volume": "In volume (tonnes)"}
MEASURE_NAMES = {"value": "value", "volume": "volume"}
ALL_LOST = "all lost trade"
NO_LOSS = "undefined: no loss"
NOT_KNOWN = "not known: months missing"
UNDEFINED_NOTE = "Where the coalition did not lose trade the ratio is undefined and the row says so"
UNDEFINED_FOR = "Undefined for"
ALT_BACKFILL = "Stacked bars of gain as a share of loss"
ROWS = "rows"
LOWEST = "lowest"

# 5 re-routing pairs
MATCHED = "matched"
MATCHED_NOTE = (
    "Matched = the smaller of the two excesses; it is an upper bound on re-routing, "
    "not proof that the same goods moved on"
)
MATCHED_EXCESS = "Largest matched excess"
OF_INFLOW = "of inflow"
A_MONTH = "a month"
ALT_PAIRS = "rows of paired line charts"
BOTH_RISE = "Both rise in"
BOTH_RISE_NOWHERE = "In none do both rise"
BASE, EXCESS = "base", "excess"

# 6 mark-up strips
ONE_MONTH = "one month"
SAME, HALF, QUARTER = "same", "half", "a quarter"
ONLY_REPORTED = "Only months with a reported (not estimated) quantity"
ROWS_LEFT_OUT = "rows left out"
MIX = "A price ratio can also be a change of mix within the code"
GOODS_WITHOUT_MONTH = "goods have no such month"
BEYOND_AXIS = "months lie beyond the axis"
ALT_STRIPS = "Strip plot of"
ALT_STRIPS_SCALE = "one dot a month, log scale where 1 is the price others paid"
MEDIANS_RUN = "Medians run from"
BEFORE_MEDIANS = "before the war they lay between"

# 7 coverage grid
STATES = {
    "published": "published",
    "partial": "partial",
    "missing": "missing",
    "not_due": "not yet due",
    "unknown": "not asked for",
}
FULL_LONG = "full months, % of those due"
SHARE_LONG = "share of base, %"
ALT_GRID = "Grid of"
REPORTERS_BY_MONTH = "reporters by month"
ALMOST_ALL = "published almost every month"
HAVE_GAPS = "have gaps"
NOTHING = "published nothing in full"

# 8 event study
LEAD_TEST = "Joint test that all leads are zero"
MONTHS_FROM = "months from"
FLAT_BEFORE = ("before: should be flat", "should be flat")
REFERENCE = "reference"
INTERVALS = ("thick: 95% one by one", "thin: 95% all together")
RATIO_TICKS = {
    0.001: "×0.001", 0.01: "×0.01", 0.05: "×0.05", 0.1: "a tenth", 0.25: "a quarter", 0.5: "half", 0.7: "−30%",
    0.85: "−15%", 1.0: "same", 1.2: "+20%", 1.5: "+50%", 2.0: "double", 3.0: "×3", 5.0: "×5", 10.0: "×10", 20.0: "×20",
    50.0: "×50", 100.0: "×100", 1000.0: "×1,000",
}  # fmt: skip
ALT_STUDY = "Event-study plot"
MONTHS_BEFORE = "months before"
AFTER = "after"
LEADS_NEAR_ZERO = "Before, the intervals include zero"
EXCEPT = "except at"
ENDING = "Afterwards estimates end at"
EFFECT = "effect"

# 9 specification curve
INTERVALS_REACH = "intervals reach"
CHOICE, ESTIMATES = "Choice", "estimates"
MAIN = "our main estimate"
PURPLE = "The purple labels are the choices of the main estimate"
NOT_ESTIMATED = "combinations could not be estimated"
ALT_CURVE = "Specification curve of"
ESTIMATES_FROM = "estimates from"
WITH_CHOICES = "with a grid of the choices behind each"
GIVES_LOW = "gives the low end"
GIVES_HIGH = "gives the high end"

# 10 published against ours
AGREEMENT = {
    "within_5": "within 5%",
    "within_10": "within 10%",
    "further": "further off",
    "not_comparable": "not comparable",
}
AGREEMENT_SHORT = {"within_5": "≤5%", "within_10": "≤10%", "further": "further", "not_comparable": "not comp."}
ALT_PUBLISHED = "Dot plot of"
PUBLISHED_NUMBERS = "published numbers"
FURTHER_ARE = "Further off"
