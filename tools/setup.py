"""Set everything up: `python3 tools/setup.py [--tests]`, by any Python 3.11 or newer.

Standard library only and safe to repeat: what is already there costs a fraction of a second. The
steps themselves are in `tools/steps.py`, what they need of the machine in `tools/machine.py`.
"""

import argparse
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036  the one file that an older Python may read
    sys.exit("set-up needs Python 3.11 or newer; name one, for example: make PYTHON=python3.12")

ROOT = Path(__file__).resolve().parent.parent
# Run as a script, Python looks for imports beside this file; the packages are one level up.
sys.path.insert(0, str(ROOT))

from tools.machine import Machine, SetupError  # noqa: E402
from tools.steps import STEPS, TEST_STEPS, farewell, perform  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Perform every step; 0 when all is ready, 1 after one sentence saying what stopped it."""
    parser = argparse.ArgumentParser(prog="tools/setup.py", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--tests", action="store_true", help="also what only tests and the bench need"
    )
    wanted = parser.parse_args(arguments)
    machine = Machine.here(ROOT)
    try:
        perform(machine, STEPS + TEST_STEPS if wanted.tests else STEPS)
    except SetupError as error:
        return _stopped(f"set-up stopped: {error}", 1)
    except OSError as error:
        return _stopped(f"set-up stopped: {error}; the checkout must be complete and yours", 1)
    except KeyboardInterrupt:
        return _stopped("set-up interrupted; run it again to go on", 130)
    print(farewell(machine))
    return 0


def _stopped(why: str, code: int) -> int:
    print(f"\n{why}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
