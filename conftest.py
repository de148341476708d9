"""Wires the suite's plugins; the logic is in `fixtures`, one module per concern."""

pytest_plugins = (
    "fixtures.quarantine",
    "fixtures.run",
    "fixtures.search",
    "fixtures.crowd",
    "fixtures.soak",
    "fixtures.discretion",
    "fixtures.scenes.exhibits",
    "fixtures.scenes.scene",
    "fixtures.scenes.evidence",
    "fixtures.scenes.console",
    "fixtures.scenes.backstage",
    "fixtures.scenes.faults",
    "fixtures.scenes.clock",
)
