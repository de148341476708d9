"""Session health: nobody's sign-in is lost to a refresh race, and nobody joins as a stranger.

Sources: the incident report, section 4.3 (`refresh_token_already_used`), and the protocol
reference, trap H.12 (a join without the user's token is refused, or hears nothing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.history import NO_TOKEN, ChannelState
from reports.verdicts import invalid, unknown, valid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.archive import History
    from reports.findings import Findings
    from reports.history import Exchange
    from reports.verdicts import Verdict

REFRESH = "/auth/v1/token?grant_type=refresh_token"
TELLS_OF_JOINS = 2  # the version from which on a history says what a join asked


def check_sessions(findings: Findings) -> Verdict | None:
    """Every refresh of a token succeeded, and every join carried its user's token.

    Runs of version 1 did not record what a join asked: without a refresh nothing was asked of them.
    """
    history = findings.history
    refreshes = sum(one.route == REFRESH for one in history.exchanges)
    joins = sum(one.state is ChannelState.ASKED for one in history.channels)
    if not refreshes and not joins:
        if history.predates(TELLS_OF_JOINS):
            return None
        return unknown("sessions", "no refresh and no join is in the history")
    problems = [*_failed_refreshes(history), *_anonymous_joins(history)]
    if problems:
        text = f"{len(problems):,} problems in {refreshes:,} refreshes and {joins:,} joins"
        return invalid("sessions", text, problems)
    return valid("sessions", f"{refreshes:,} refreshes and {joins:,} joins, all in order")


def _failed_refreshes(history: History) -> Iterator[str]:
    for one in history.exchanges:
        if one.route == REFRESH and _is_refused(one):
            yield f"{one.user}: the token was not refreshed: {one.status} {one.code}".rstrip()


def _is_refused(exchange: Exchange) -> bool:
    # Without an answer the client asks again; only the server's no ends a session.
    return exchange.status is not None and exchange.status >= 400


def _anonymous_joins(history: History) -> Iterator[str]:
    for one in history.channels:
        if one.state is ChannelState.ASKED and one.detail == NO_TOKEN:
            yield f"{one.user} joined {one.topic} without a token of her own"
