"""The errors a person sees: one line that says what, where, and what to do; each knows its exit code."""

from __future__ import annotations


class ChipflowsError(Exception):
    """Base of every expected failure; `exit_code` is what the command line returns."""

    exit_code = 1


class CheckFailed(ChipflowsError):
    """A check on data failed: the build stops and the previous database stays in place."""

    exit_code = 1


class UsageError(ChipflowsError):
    """The command, its arguments or the configuration are wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration file is wrong; the message names file, row, column and what is expected."""


class Incomplete(ChipflowsError):
    """Something could not be had (quota, source down); what was received is kept, what is missing is named."""

    exit_code = 3
