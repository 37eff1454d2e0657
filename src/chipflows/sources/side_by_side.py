"""Turns that wait for other machines, taken at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Thread


def take_all(turns: Sequence[Callable[[], None]]) -> None:
    """Take every turn in a thread of its own and return when all have ended; raises the first turn's error, if any.

    An error ends only its own turn. The threads end with the program, so that an interrupt need not wait for them:
    what they store is written aside and renamed.
    """
    errors: list[BaseException | None] = [None] * len(turns)

    def take(place: int) -> None:
        try:
            turns[place]()
        except BaseException as error:  # noqa: BLE001 (handed on to the caller)
            errors[place] = error

    threads = [Thread(target=take, args=(place,), daemon=True) for place in range(len(turns))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        if error is not None:
            raise error
