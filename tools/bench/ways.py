"""One journey, driven in three ways: sign in, enter, greet, send, confirm, leave.

Each drive has a fresh EventLive with everybody's account, started before anything is measured. All
use the same browser with the same switches; what differs is the way: this suite with its crowd, a
test per user as people write it with pytest-playwright, and locust-plugins' PlaywrightUser.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from fixtures.browser import find_browser
from fixtures.identities import Admin
from fixtures.settings import Settings, from_process, key_of
from fixtures.stage import with_lean
from fixtures.target.deployment import target_of
from fixtures.target.description import load_description
from scenarios.errors import ConfigError
from tools.bench.audience import audience_of
from tools.bench.groups import new_group
from tools.bench.kinds import Census
from tools.bench.metering import take
from tools.bench.rivals.plan import PLAN, WORD, Plan
from tools.bench.runs import bare_environment, command_of, passing_run
from tools.rehearsing import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fixtures.target.deployment import Target
    from scenarios.identity import Identity
    from tools.bench.groups import Group
    from tools.bench.kinds import Kind

RIVALS = Path("tools", "bench", "rivals")
LOCUST = Path(".venv-locust", "bin", "locust")
TIMEOUT_S = 900.0
SUITE_WORKERS = 4
# One browser each; more users than these take turns.
PLAYWRIGHT_WORKERS = 16
# "Setting this to ~10 is an efficient way to reduce overhead" (locust_plugins/users/playwright.py).
VIEWERS_PER_BROWSER = 10


class Way(StrEnum):
    """How people are driven."""

    SUITE = "suite"
    PLAYWRIGHT = "playwright"
    LOCUST = "locust"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """One journey of `users`, of whom `done` got to its end.

    CPU and memory are the generator's; the target and its database have `target_cpu_s`.
    `owed_pairs` are those of the target's own rows, `proven_pairs` those that the way looked at
    and found: the suite every one that was owed, the others a sender's own message in her own log.
    """

    way: Way
    users: int
    messages: int
    done: int
    exit_code: int
    wall_s: float
    cpu_s: float
    cpu_from: str
    cpu_by_kind: Mapping[Kind, float]
    target_cpu_s: float
    peak_mb: int
    peak_from: str
    online_most: int
    owed_pairs: int
    proven_pairs: int

    @property
    def is_whole(self) -> bool:
        """Everybody got to the end, and the way itself found nothing wrong."""
        return self.exit_code == 0 and self.done == self.users


def drive(way: Way, *, users: int, messages: int, together: int = VIEWERS_PER_BROWSER) -> Drive:
    """One journey, measured; `together` are the viewers of one browser where locust drives.

    Raises TargetError where EventLive does not start, and ConfigError where locust is missing or a
    setting is wrong.
    """
    settings = Settings(users=users, messages=messages, browser=from_process({}).browser)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory(prefix="soundcheck-bench-")))
        run_dir = opened.enter_context(passing_run())
        group = opened.enter_context(new_group())
        with _target_in(group, settings, folder / "target.log") as target:
            people = _people(target, settings)
            journey = Journey(
                settings=settings,
                target=target,
                people=people,
                together=together,
                folder=folder,
                run_dir=run_dir,
            )
            cpu_before_s = _cpu_s(group)
            taken = take(
                _COMMANDS[way](journey),
                cwd=folder if way is Way.SUITE else ROOT,
                environment={**bare_environment(), **_ENVIRONMENTS[way](journey)},
                timeout_s=TIMEOUT_S,
            )
            target_cpu_s = _cpu_s(group) - cpu_before_s
            audience = audience_of(target.database_url, settings.webinar)
        done, proven_pairs = _RESULTS[way](journey)
    return Drive(
        way=way,
        users=users,
        messages=messages,
        done=done,
        exit_code=taken.exit_code,
        wall_s=taken.wall_s,
        cpu_s=taken.cpu_s,
        cpu_from=taken.cpu_from,
        cpu_by_kind=taken.cpu_by_kind,
        target_cpu_s=target_cpu_s,
        peak_mb=taken.peak_mb,
        peak_from=taken.peak_from,
        online_most=audience.most_at_once,
        owed_pairs=audience.owed_pairs,
        proven_pairs=proven_pairs,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Who goes where in one drive; `folder` and the suite's `run_dir` are thrown away after it."""

    settings: Settings
    target: Target
    people: Sequence[Identity]
    together: int
    folder: Path
    run_dir: Path

    @property
    def plan(self) -> Path:
        """What the rivals are told."""
        return self.folder / "plan.json"

    @property
    def word(self) -> Path:
        """What they say of those who got to the end."""
        return self.folder / "word.jsonl"


@contextmanager
def _target_in(group: Group, settings: Settings, log: Path) -> Iterator[Target]:
    """EventLive with its database, both in `group`, for the block."""
    opening = target_of(settings, load_description(settings.target), log)
    with ExitStack() as opened:
        with group.joined():
            target = opened.enter_context(opening)
        yield target


def _people(target: Target, settings: Settings) -> list[Identity]:
    """Everybody has an account and is registered, whoever is going to drive them."""
    with closing(Admin(target)) as admin:
        people = admin.provide(range(settings.users))
        admin.register(settings.webinar, people)
        return people


def _cpu_s(group: Group) -> float:
    """CPU-seconds of the target and its database so far."""
    census = Census(group)
    census.look()
    return sum(census.looks[-1].cpu_s.values())


def _suite_command(journey: Journey) -> list[str]:
    settings = journey.settings
    options = ["--users", str(settings.users), "--messages", str(settings.messages)]
    workers = min(SUITE_WORKERS, settings.users)
    return command_of(journey.run_dir, workers, "--target", "local", *options)


def _suite_environment(journey: Journey) -> dict[str, str]:
    target = journey.target
    return {
        key_of("base_url"): target.base_url,
        key_of("supabase_url"): target.supabase_url,
        key_of("supabase_anon_key"): target.anon_key,
        key_of("supabase_service_role_key"): target.service_role_key,
        key_of("database_url"): target.database_url,
        # The rows are read afterwards, whoever has driven.
        key_of("keep_data"): "yes",
    }


def _suite_results(journey: Journey) -> tuple[int, int]:
    """Users who received everything, and pairs of which the suite says that they were received."""
    path = journey.run_dir / "summary.json"
    if not path.exists():
        return 0, 0
    summary = json.loads(path.read_text(encoding="utf-8"))
    return summary["users"]["received"]["n"], summary["deliveries"]["received"]["n"]


def _playwright_command(journey: Journey) -> list[str]:
    workers = min(PLAYWRIGHT_WORKERS, journey.settings.users)
    # Nothing of the suite's own pytest set-up: its options, its plugins, its conftest.
    apart = ["-c", f"{RIVALS}/pytest.ini", "--rootdir", str(RIVALS), "--confcutdir", str(RIVALS)]
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *apart]
    output = ["--output", str(journey.folder / "playwright")]
    return [*pytest, "-n", str(workers), *output, f"{RIVALS}/test_by_hand.py"]


def _locust_command(journey: Journey) -> list[str]:
    if not (ROOT / LOCUST).exists():
        raise ConfigError(f"there is no {LOCUST}; run: make setup")
    browsers = str(ceil(journey.settings.users / journey.together))
    locust = [str(ROOT / LOCUST), "--headless", "--only-summary", "-f", f"{RIVALS}/locustfile.py"]
    # Each browser's viewers make their journey once, and all browsers start at once.
    return [*locust, "-u", browsers, "-r", browsers, "--iterations", browsers]


def _rivals_environment(journey: Journey) -> dict[str, str]:
    settings = journey.settings
    plan = Plan(
        base_url=journey.target.base_url,
        webinar=settings.webinar,
        browser=str(find_browser(settings.browser).executable),
        switches=with_lean(()),
        people=[(one.email, one.password) for one in journey.people],
        messages=settings.messages,
        together=min(journey.together, settings.users),
    )
    journey.plan.write_text(json.dumps(asdict(plan)), encoding="utf-8")
    return {PLAN: str(journey.plan), WORD: str(journey.word), "PYTHONPATH": str(ROOT)}


def _rivals_results(journey: Journey) -> tuple[int, int]:
    """Users who got to the end, and how many of their own messages they saw."""
    if not journey.word.exists():
        return 0, 0
    seen = [json.loads(line)[1] for line in journey.word.read_text(encoding="utf-8").splitlines()]
    return len(seen), sum(seen)


_COMMANDS = {
    Way.SUITE: _suite_command,
    Way.PLAYWRIGHT: _playwright_command,
    Way.LOCUST: _locust_command,
}
_ENVIRONMENTS = {
    Way.SUITE: _suite_environment,
    Way.PLAYWRIGHT: _rivals_environment,
    Way.LOCUST: _rivals_environment,
}
_RESULTS = {
    Way.SUITE: _suite_results,
    Way.PLAYWRIGHT: _rivals_results,
    Way.LOCUST: _rivals_results,
}
