"""What can go wrong on this side of the wire.

SuiteError
├── ConfigError     a setting that cannot be used; the run does not start (exit 4)
├── TargetError     the target could not be started, reached or prepared (exit 4)
└── StepFailed      one user could not finish one step; the others go on
    └── StepThrottled   since a limit of the platform held her back
"""

from __future__ import annotations


class SuiteError(Exception):
    """The root of the suite's own errors; the message is one sentence for a person."""


class ConfigError(SuiteError):
    """A setting has a value that cannot be used; says which values can."""


class TargetError(SuiteError):
    """The target could not be started, reached or prepared; says what was tried."""


class StepFailed(SuiteError):
    """A virtual user could not finish a step; says what was waited for and what was seen."""


class StepThrottled(StepFailed):
    """A limit of the platform held a virtual user back for longer than she waits."""
