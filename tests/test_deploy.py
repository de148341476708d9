"""Files for a cluster: their commands exist, their versions and names are those of the suite."""

from __future__ import annotations

import json
import re
import shlex
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fixtures.browser import installed_driver
from fixtures.settings import OPTIONS, option_of
from tests.workflows import ROOT

DEPLOY = ROOT / "deploy"
README = (DEPLOY / "README.md").read_text(encoding="utf-8")


def documents(name: str) -> dict[str, Any]:
    """The objects in this file by their kind."""
    return {one["kind"]: one for one in YAML(typ="safe").load_all(DEPLOY / name)}


def container(workload: dict[str, Any]) -> dict[str, Any]:
    """The one container of its pods."""
    (only,) = workload["spec"]["template"]["spec"]["containers"]
    return dict(only)


def test_the_servers_have_the_version_of_playwright_that_the_suite_drives() -> None:
    driver = installed_driver()
    assert driver
    version = json.loads((driver / "package.json").read_text(encoding="utf-8"))["version"]

    assert f"ARG PLAYWRIGHT={version}\n" in (DEPLOY / "browsers.Dockerfile").read_text()
    assert f"npx playwright@{version} run-server" in (ROOT / "README.md").read_text("utf-8")


def test_the_servers_listen_where_their_service_and_the_suite_look_for_them() -> None:
    made = documents("browsers.yaml")
    words = (DEPLOY / "browsers.Dockerfile").read_text().partition("CMD ")[2]

    port = int(json.loads(words)[json.loads(words).index("--port") + 1])
    (exposed,) = container(made["Deployment"])["ports"]
    (served,) = made["Service"]["spec"]["ports"]
    assert {exposed["containerPort"], served["port"], served["targetPort"]} == {port}
    (rule,) = made["NetworkPolicy"]["spec"]["ingress"]
    assert rule["ports"] == [{"port": port}]
    runner = documents("shards.yaml")["Job"]["spec"]["template"]["metadata"]["labels"]
    assert rule["from"] == [{"podSelector": {"matchLabels": runner}}]


def test_every_part_of_the_house_is_played_once() -> None:
    job = documents("shards.yaml")["Job"]["spec"]
    (script,) = container(documents("shards.yaml")["Job"])["args"]
    words = shlex.split(script)

    parts = int(words[words.index("--shard") + 1].partition("/")[2])
    assert (job["completions"], job["parallelism"], job["completionMode"]) == (
        parts,
        parts,
        "Indexed",
    )
    assert job["backoffLimit"] == 0
    known = {option_of(name) for name in OPTIONS} | {"-n", "-r", "-e"}
    assert {word for word in words if re.match("--?[a-z]", word)} <= known


def test_no_image_holds_what_is_kept_out_of_the_repository() -> None:
    """What git ignores is built, or kept of runs, or secret."""
    kept_out = (ROOT / ".gitignore").read_text().splitlines()
    ignored = (DEPLOY / "suite.Dockerfile.dockerignore").read_text().splitlines()

    wanted = {one.strip("/") for one in kept_out if one and one[0] not in "#!*"}
    patterns = [one.removeprefix("**/") for one in ignored if one and one[0] not in "#!"]
    kept_in = {one for one in wanted if not any(fnmatch(one, like) for like in patterns)}
    assert {one for one in kept_in if Path(one).name not in patterns} == set()


@pytest.mark.parametrize("name", ["browsers", "shards"])
def test_images_are_those_that_the_readme_builds(name: str) -> None:
    (workload,) = (one for one in documents(f"{name}.yaml").values() if "template" in one["spec"])

    assert f"--tag {container(workload)['image']} --file deploy/" in README
    assert {path.name for path in DEPLOY.iterdir()} >= set(re.findall(r"`(\w+\.\w+)` \|", README))
