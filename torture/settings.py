"""Bad configuration: files of config/ broken in every way a hand can; each is refused by name, with what to do."""

from __future__ import annotations

import random
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

from chipflows.config import load_config
from chipflows.errors import ConfigError, UsageError
from chipflows.paths import PROJECT
from torture.row import Row

Break = Callable[[bytes, random.Random], bytes]


def a_line(body: bytes, draw: random.Random, change: Callable[[bytes], bytes], least: int = 1) -> bytes:
    """Change one line, not the first `least`."""
    lines = body.splitlines(keepends=True)
    at = draw.randrange(min(least, len(lines) - 1), len(lines))
    lines[at] = change(lines[at])
    return b"".join(lines)


CSV: dict[str, Break] = {
    "a column more in a row": lambda body, draw: a_line(body, draw, lambda line: line.rstrip() + b",surplus\n"),
    "a column fewer in a row": lambda body, draw: a_line(body, draw, lambda line: line.rsplit(b",", 1)[0] + b"\n"),
    "an unknown column": lambda body, draw: body.replace(b"\n", b",colour\n", 1).replace(b"\r,", b",", 1),
    "no header": lambda body, draw: body.split(b"\n", 1)[1],
    "an open quotation mark": lambda body, draw: a_line(body, draw, lambda line: b'"' + line),
    "bytes of another encoding": lambda body, draw: a_line(body, draw, lambda line: b"\xff\xfe" + line),
    "a zero byte": lambda body, draw: a_line(body, draw, lambda line: b"\x00" + line),
    "a header twice": lambda body, draw: body.split(b"\n", 1)[0] + b"\n" + body,
    "semicolons": lambda body, draw: body.replace(b",", b";"),
    "nothing at all": lambda body, draw: b"",
}
TOML: dict[str, Break] = {
    "an unknown key": lambda body, draw: b"colour = 1\n" + body,
    "a key twice": lambda body, draw: b'x = "1"\nx = "2"\n' + body,
    "an open quotation mark": lambda body, draw: body + b'\ntitle = "\n',
    "bytes of another encoding": lambda body, draw: body + b"\n# \xff\xfe\n",
    "a number as text": lambda body, draw: swap(body, draw, r"= (\d+)\n", '= "many"\n'),
    "a text as number": lambda body, draw: swap(body, draw, r'= "[^"\n]+"\n', "= 7\n"),
    "a list as text": lambda body, draw: swap(body, draw, r"= \[[^\]]+\]\n", '= "one"\n'),
    "a key misspelt": lambda body, draw: swap(body, draw, r"(?<=\n)([a-z_]+) = ", "mispelt_key = "),
    "a key lost": lambda body, draw: swap(body, draw, r"\n(url|title|start|id|publisher|licence) = [^\n]+\n", "\n"),
    "a conflict marker": lambda body, draw: b"<<<<<<< HEAD\n" + body,
    "nothing at all": lambda body, draw: b"",
}


def swap(body: bytes, draw: random.Random, pattern: str, by: str) -> bytes:
    """Replace one of the places that a pattern matches."""
    text = body.decode()
    found = list(re.finditer(pattern, text))
    if not found:
        return b"<<<<<<<\n" + body
    one = draw.choice(found)
    return (text[: one.start()] + by + text[one.end() :]).encode()


def rows(folder: Path, trials: int) -> Iterator[Row]:
    """Yield one row: `trials` broken files, each way of breaking on each file by turns."""
    row = Row("bad configuration", trials)
    config = folder / "config"
    shutil.copytree(PROJECT / "config", config)
    files = [*sorted(path.name for path in config.glob("*.csv")), "project.toml", "sources.toml", "profiles/live.toml"]
    draw = random.Random(16)
    cases = [(file, kind) for file in files for kind in (CSV if file.endswith(".csv") else TOML)]
    draw.shuffle(cases)
    for file, kind in cycle(cases):
        if row.tried == trials:
            break
        path = config / file
        whole = path.read_bytes()
        broken = (CSV if file.endswith(".csv") else TOML)[kind](whole, draw)
        if broken != whole and not is_same(whole, broken, file):
            path.write_bytes(broken)
            row.count(faults(config, file, kind))
            path.write_bytes(whole)
    yield row


def is_same(whole: bytes, broken: bytes, file: str) -> bool:
    """Say whether a broken TOML file still says the same (a change in a comment)."""
    try:
        return file.endswith(".toml") and tomllib.loads(broken.decode()) == tomllib.loads(whole.decode())
    except ValueError:
        return False


def faults(config: Path, file: str, kind: str) -> list[str]:
    """Return whether a broken file was accepted, refused without its name, or met with anything but a clear error."""
    try:
        loaded = load_config(config)
        loaded.profile("live")
    except ConfigError as error:
        return [] if file in str(error) or Path(file).stem in str(error) else [f"{kind} in {file}: not named: {error}"]
    except UsageError as error:
        return [f"{kind} in {file}: refused as something else: {error}"]
    except Exception as error:  # noqa: BLE001 (a traceback is the finding)
        return [f"{kind} in {file}: {type(error).__name__} {error}"]
    return [f"{kind} in {file}: accepted"]
