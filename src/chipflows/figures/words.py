"""Every fixed word that a figure prints, in one place."""

from __future__ import annotations

FIGURE = "Figure"
MADE_UP = "MADE-UP DATA"
SOURCE = "Source"
AS_PUBLISHED = "as published"
LAST_MONTH = "last complete month"
TABLE = "table"
LINK_CSV = "data (CSV)"
LINK_SVG = "image (SVG)"
LINK_PNG = "image (PNG)"
TRACE = "trace"
WAR = "War starts"
NOT_PUBLISHED = "not published"
NOT_YET_PUBLISHED = "not yet published"
NOT_COMPARABLE = "not comparable"
