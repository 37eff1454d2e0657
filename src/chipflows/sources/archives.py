"""How the standard library says that a zip archive is damaged."""

from __future__ import annotations

import zipfile
import zlib

DAMAGED = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError, zlib.error)
"""What opening or reading a damaged archive raises, found by damaging some."""
