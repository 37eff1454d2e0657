"""`python -m chipflows` and the console script `chipflows`."""

from __future__ import annotations

import errno
import os
import sys

from chipflows.errors import ChipflowsError, Incomplete

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
"""A disk that is full or takes no change: a matter of the machine, whichever part of the program meets it."""


def in_red(text: str) -> str:
    """Return text in red where a person reads it: on a terminal, unless NO_COLOR is set."""
    is_wanted = sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[31m{text}\x1b[0m" if is_wanted else text


def main(arguments: list[str] | None = None) -> int:
    """Return the exit code of a command: 0 done, 1 a check failed, 2 wrong usage or configuration, 3 incomplete."""
    from chipflows.cli import parser

    try:
        options = parser().parse_args(arguments)
        return int(options.run(options) or 0)
    except ChipflowsError as error:
        print(f"{in_red('chipflows:')} {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader of a pipe (head, less) left; without this Python complains once more at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        what = f"{error.filename or 'a file'} can't be written or read ({error.strerror})"
        print(f"chipflows: {what}: make room or give the right to; everything stored before is kept", file=sys.stderr)
        return Incomplete.exit_code
    except KeyboardInterrupt:
        print("chipflows: stopped; everything received is kept, run the command again to go on", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
