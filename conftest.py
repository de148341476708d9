"""Wires the suite's plugins; the logic is in `fixtures`, one module per concern."""

pytest_plugins = (
    "fixtures.run",
    "fixtures.crowd",
    "fixtures.soak",
    "fixtures.scenes.scene",
    "fixtures.scenes.console",
    "fixtures.scenes.backstage",
    "fixtures.scenes.faults",
    "fixtures.scenes.clock",
)
