"""The steps of set-up in their order, and the one line that each of them prints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from tools.browser import browser
from tools.machine import VENV, Machine
from tools.packages import (
    PAGE,
    SITE,
    bytecode,
    echarts,
    locust,
    page_bundle,
    python_packages,
    site_bundle,
    supabase_js,
    supabase_py,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that set-up prepares; `act` returns the words that end its line."""

    title: str
    act: Callable[[Machine], str]


STEPS = (
    Step(title=f"Python packages, pinned, in {VENV}", act=python_packages),
    Step(title="browser, Playwright's headless shell or the system's", act=browser),
    Step(title=f"supabase-js, pinned, in {SITE}/node_modules", act=supabase_js),
    Step(title=f"pages, bundled, in {SITE}/dist", act=site_bundle),
    Step(title=f"echarts, pinned, in {PAGE}/node_modules", act=echarts),
    Step(title=f"report page, bundled, in {PAGE}/dist", act=page_bundle),
    Step(title="the suite's own Python, compiled", act=bytecode),
)
TEST_STEPS = (
    Step(title="supabase-py, pinned, in .venv-supabase-py", act=supabase_py),
    Step(title="locust, pinned, in .venv-locust", act=locust),
)


def perform(machine: Machine, steps: Sequence[Step]) -> None:
    """Perform the steps in order, one line each. Raises SetupError at the first that cannot."""
    for step in steps:
        print(f"{step.title} ... ", end="", flush=True)
        started_s = monotonic()
        outcome = step.act(machine)
        took_s = monotonic() - started_s
        print(f"{outcome} ({took_s:.0f} s)" if took_s >= 1 else outcome)


def farewell(machine: Machine) -> str:
    """What to type next: the documented commands need the environment on the path."""
    if machine.environ.get("VIRTUAL_ENV") == str(machine.root / VENV):
        return "ready: pytest -n 16 e2e/"
    return f"ready: source {VENV}/bin/activate, then for example: pytest -n 16 e2e/"
