"""Plays scripts with supabase-py: a request per line on stdin, an answer per line on stdout."""

import asyncio
import importlib
import json
import sys
import traceback
from typing import Any

LONGEST_S = 30.0


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What the script returned, or how it failed."""
    try:
        script = importlib.import_module(f"tests.clients.python.{request['script']}")
        playing = getattr(script, request["name"])(request["given"])
        return {"result": asyncio.run(asyncio.wait_for(playing, LONGEST_S))}
    except Exception:  # whatever it is, the test that asked must see it
        return {"error": traceback.format_exc()}


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
