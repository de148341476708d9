"""A machine that runs nothing: it remembers each command and plays its effect."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.machine import Finished, Machine

PLAYWRIGHT = ".venv/bin/playwright install --only-shell"


class Commands:
    """Runs nothing: remembers each command, and lets `react` play its effect and answer."""

    def __init__(self, react: Callable[[str, Path | None], Finished | None]) -> None:
        self.seen: list[str] = []
        self.envs: list[Mapping[str, str]] = []
        self._react = react

    def __call__(
        self,
        command: Sequence[str],
        *,
        timeout_s: float,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Finished:
        assert timeout_s > 0
        self.seen.append(" ".join(command))
        self.envs.append(env or {})
        return self._react(self.seen[-1], cwd) or Finished(code=0)

    def about(self, word: str) -> list[str]:
        return [command for command in self.seen if word in command]


class Fresh:
    """A checkout on a fresh machine; `installed` are the commands on its search path."""

    def __init__(self, root: Path, *installed: str, is_root: bool = True) -> None:
        self.installed = set(installed)
        self.root = root
        self.failing: list[str] = []
        self.commands = Commands(self._react)
        self.machine = Machine(
            root=root,
            run=self.commands,
            which=lambda name: f"/usr/bin/{name}" if name in self.installed else None,
            environ={"HOME": str(root / "home")},
            is_root=is_root,
            python="python3",
        )

    def _react(self, command: str, cwd: Path | None) -> Finished | None:
        if any(word in command for word in self.failing):
            return Finished(code=1, output="cannot reach files.example")
        if "apt-get" in command and " install " in command:
            self.installed.add(command.split()[-1])
        if "-m venv" in command:
            (self.root / command.split()[-1]).mkdir(exist_ok=True)
        if cwd and command.endswith("npm ci --no-audit --no-fund --loglevel=error"):
            (cwd / "node_modules").mkdir()
        if cwd and command.endswith("npm run build"):
            (cwd / "dist").mkdir(exist_ok=True)
        if command == f"{self.root}/{PLAYWRIGHT} chromium":
            self._download()
        if command == "node --version":
            return Finished(code=0, output="v22.1.0\n")
        return None

    def _download(self) -> None:
        home = self.root / "home/.cache/ms-playwright/chromium_headless_shell-1255"
        shell = home / "chrome-headless-shell-linux64/chrome-headless-shell"
        shell.parent.mkdir(parents=True)
        shell.touch(mode=0o755)
        (home / "INSTALLATION_COMPLETE").touch()
