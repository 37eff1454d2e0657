"""What Eurostat answers when it does not answer with figures: faults, tickets for later, and both meanings of 413."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from chipflows.sources.http import Session
from chipflows.sources.replies import Broken, Oversized, Refused, Reply

PATIENCE = 1800.0
"""Seconds until a ticket that is still in the queue is given up."""
STEPS = (2.0, 5.0, 10.0, 20.0)
"""Seconds between two looks at a ticket; the last one repeats."""


@dataclass(frozen=True)
class Ticket:
    """A question that Eurostat works on: its key, and SUBMITTED, PROCESSING, AVAILABLE or EXPIRED."""

    key: str
    status: str


def find_ticket(reply: Reply) -> Ticket | None:
    """Return the ticket in a reply, or None.

    Told by its body alone: tickets come with status 200 or 413, in two namespaces, the key called `key` or `id`.
    """
    head = head_of(reply)
    key = re.search(r"<(?:\w+:)?(?:key|id)>\s*([0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27})\s*</", head)
    status = re.search(r"<(?:\w+:)?status>\s*([A-Z_]+)\s*</", head)
    return Ticket(key[1], status[1]) if key and status else None


def find_fault(reply: Reply) -> str | None:
    """Return the text of a fault (`CODE: text`), or None."""
    text = r'<(?:\w+:)?(?:faultstring|Text)\b[^>]*>([^<]*)</|"label"\s*:\s*"([^"]*)"'
    found = re.search(text, head_of(reply))
    return " ".join((found[1] or found[2] or "").split()) if found else None


def head_of(reply: Reply) -> str:
    return reply.body[:20_000].decode("utf-8", "replace") if reply.body.lstrip()[:1] in (b"<", b"{") else ""


def judge(reply: Reply) -> Reply | Ticket:
    """Return a reply with figures, or a ticket; raises `Oversized`, `Broken` or `Refused` for anything else."""
    ticket = find_ticket(reply)
    if ticket is not None:
        return ticket
    fault = find_fault(reply)
    if fault and fault.startswith("DATA_NOT_YET_AVAILABLE"):
        return Ticket("", "PROCESSING")
    if fault and fault.startswith("UNKNOWN_REQUEST"):
        return Ticket("", "EXPIRED")
    # Without a ticket, 413 asks for smaller questions, also in its older form, a footer that promises a file.
    if reply.status in (413, 414) or (fault and "TOO_BIG" in fault) or re.search(r'code="413"', head_of(reply)):
        raise Oversized(fault or f"status {reply.status}: {reply.excerpt()}")
    if reply.status == 404:
        raise Refused(f"status 404: {fault or reply.excerpt()} (the base address must be the one of Comext)")
    if fault or reply.status != 200:
        raise Refused(f"status {reply.status}: {fault or reply.excerpt()}")
    return reply


def wait_for(session: Session, ticket: Ticket) -> Reply:
    """Return the figures behind a ticket; raises `Broken` if it expires or stays in the queue too long."""
    given_up = time.monotonic() + PATIENCE
    key, looks = ticket.key, 0
    while ticket.status != "EXPIRED":
        if ticket.status == "AVAILABLE":
            found = session.get(f"{session.address}/1.0/async/data/{key}", judge=judge)
            if isinstance(found, Reply):
                return found
        elif ticket.status not in ("SUBMITTED", "PROCESSING"):
            raise Refused(f"ticket {key} has the unknown status {ticket.status}")
        if time.monotonic() > given_up:
            raise Broken(f"ticket {key} is still in the queue after {PATIENCE:.0f} seconds")
        time.sleep(STEPS[min(looks, len(STEPS) - 1)])
        looks += 1
        answer = session.get(f"{session.address}/1.0/async/status/{key}", judge=judge)
        if isinstance(answer, Reply):
            raise Broken(f"ticket {key}: no status in {answer.excerpt()}")
        ticket = answer
    raise Broken(f"ticket {key} expired before it was fetched")
