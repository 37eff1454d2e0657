"""`python -m chipflows` and the console script `chipflows`."""

from __future__ import annotations

import os
import sys

from chipflows.errors import ChipflowsError


def main(arguments: list[str] | None = None) -> int:
    """Return the exit code of a command: 0 done, 1 a check failed, 2 wrong usage or configuration, 3 incomplete."""
    from chipflows.cli import parser

    try:
        options = parser().parse_args(arguments)
        return int(options.run(options) or 0)
    except ChipflowsError as error:
        print(f"chipflows: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("chipflows: stopped; everything received is kept, run the command again to go on", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of a pipe (head, less) left; without this Python complains once more at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
