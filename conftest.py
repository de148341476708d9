"""Wires the suite's plugins; the logic is in `fixtures`, one module per concern."""

pytest_plugins = (
    "fixtures.run",
    "fixtures.crowd",
    "fixtures.scene",
    "fixtures.console",
    "fixtures.backstage",
)
