"""No Docker engine runs where the tests do: hold its files to what we know."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest

from scripts import docker_secrets
from sidecar.api.metrics import Metrics
from sidecar.cli import build_parser
from sidecar.jobs.catalogue import Catalogue
from sidecar.jobs.store import JobStore
from sidecar.settings import Settings

DOCKER = Path(__file__).parents[2] / "docker"
SECRET = re.compile(r"(password|token|secret)\s*[:=]\s*[^\s/$_]{6,}", re.IGNORECASE)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DOCKER / "compose.yaml").read_text()))


def test_compose_has_the_parts(compose: dict[str, Any]) -> None:
    """Odoo 19 and what it needs; monitoring only when asked for."""
    services = compose["services"]
    assert {"odoo", "postgres", "redis", "sidecar"} <= set(services)
    assert services["odoo"]["image"].startswith("odoo:${ODOO_VERSION:-19")
    assert services["prometheus"]["profiles"] == ["monitoring"]


def test_compose_sets_only_settings_there_are(compose: dict[str, Any]) -> None:
    """A misspelt variable would be ignored in silence."""
    names = {name.upper() for name in Settings.model_fields} | {"CONFIG"}
    given = {
        name.removeprefix("TIMETABLE_")
        for name in compose["services"]["sidecar"]["environment"]
    }
    assert given <= names


def test_solvers_of_compose_fit_the_rest(compose: dict[str, Any]) -> None:
    """Settings there are, an address that is served, and programs of the image."""
    services = yaml.safe_load((DOCKER / "solvers.yaml").read_text())["services"]
    names = {f"TIMETABLE_{name.upper()}" for name in Settings.model_fields}
    for service in services.values():
        assert service.get("environment", {}).keys() - {"TIMETABLE_CONFIG"} <= names
        assert set(service.get("secrets", ())) <= set(compose["secrets"])
        image = service.get("image", compose["services"]["sidecar"]["image"])
        assert image == compose["services"]["sidecar"]["image"]
    assert services["sidecar"]["environment"]["TIMETABLE_RUNNER"] == "machines"
    verb, _, address = services["solver"]["command"]
    port = compose["services"]["sidecar"]["environment"]["TIMETABLE_PORT"]
    assert (verb, address) == ("machine", f"http://sidecar:{port}")
    build_parser("machine").parse_args(services["solver"]["command"])


def _locked() -> dict[str, str]:
    """Packages of the image, with their versions."""
    text = (DOCKER / "requirements.lock").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def test_the_image_has_the_tested_versions_by_hash() -> None:
    """Those of constraints.txt; all that the package needs; each file by its hash."""
    tested = dict(
        re.findall(
            r"^([A-Za-z0-9_.-]+)==(\S+)",
            (DOCKER.parent / "constraints.txt").read_text(),
            re.MULTILINE,
        )
    )
    tested = {re.sub(r"[-_.]+", "-", name.lower()): v for name, v in tested.items()}
    locked = _locked()
    for name, version in locked.items():
        assert tested.get(name, version) == version, name
    project = tomllib.loads((DOCKER.parent / "pyproject.toml").read_text())["project"]
    for line in project["dependencies"]:
        assert re.split(r"[<>=\[;~ ]", line)[0].lower() in locked, line
    text = (DOCKER / "requirements.lock").read_text()
    entries = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "--require-hashes" in (DOCKER / "sidecar.Dockerfile").read_text()


def test_images_have_versions(compose: dict[str, Any]) -> None:
    """No moving tag: a version, or a digest in its place."""
    for name, service in compose["services"].items():
        tag = service["image"].partition(":")[2]
        version = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", tag)
        assert re.match(r"v?\d+\.\d+|local$", version), f"{name}: {version}"
    python = re.search(
        r"^ARG PYTHON=(\S+)$", (DOCKER / "sidecar.Dockerfile").read_text(), re.M
    )
    assert python is not None
    assert re.match(r"\d+\.\d+\.\d+-", python[1])


@pytest.mark.parametrize("file", ["compose.yaml", "solvers.yaml"])
def test_our_containers_are_confined(file: str) -> None:
    """Not root, nothing to write to but their folders, bounded, orphans reaped."""
    services = yaml.safe_load((DOCKER / file).read_text())["services"]
    ours = {
        name: service
        for name, service in services.items()
        if service.get("image", "").startswith("timetable-nep-sidecar")
    }
    assert ours
    for name, service in ours.items():
        assert service["read_only"] is True, name
        assert service["init"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["pids_limit"], name
        assert service.get("mem_limit"), name
    text = (DOCKER / "sidecar.Dockerfile").read_text()
    assert re.search(r"^USER 10001:10001$", text, re.M)
    assert "/readyz" in text
    assert "/healthz" not in text


def test_nobody_has_a_default_password(compose: dict[str, Any]) -> None:
    """Grafana's is made by our script, as the others are."""
    grafana = compose["services"]["grafana"]
    name = grafana["environment"]["GF_SECURITY_ADMIN_PASSWORD__FILE"].rpartition("/")[2]
    assert name in grafana["secrets"]
    assert len(docker_secrets.texts("x")[name]) >= 24


def test_secrets_of_compose_are_made_by_our_script(compose: dict[str, Any]) -> None:
    """Every file that compose mounts is one that the script writes."""
    wanted = {Path(entry["file"]).name for entry in compose["secrets"].values()}
    assert wanted == set(docker_secrets.texts("x"))
    mounted = {
        name
        for service in compose["services"].values()
        for name in service.get("secrets", ())
    }
    assert mounted == set(compose["secrets"])


def test_mounted_files_exist(compose: dict[str, Any]) -> None:
    """What compose mounts from the project is there."""
    for service in compose["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (DOCKER / source).exists(), source


def test_no_secret_is_in_the_files() -> None:
    """Only names and paths of secrets, never one."""
    for path in DOCKER.glob("*"):
        if path.is_file():
            assert SECRET.findall(path.read_text()) == [], path.name


def test_image_gets_what_it_copies() -> None:
    """The build context lets through all that the Dockerfile copies."""
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (DOCKER / "sidecar.Dockerfile").read_text(), re.M
    )
    allowed = (DOCKER.parent / ".dockerignore").read_text().split()
    assert "docker/requirements.lock" in " ".join(copied)
    for name in " ".join(copied).split():
        assert f"!{name}" in allowed
        assert (DOCKER.parent / name).exists()


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every series that ``/metrics`` has, with the endings of histograms."""
    folder = tmp_path_factory.mktemp("metrics")
    metrics = Metrics(Catalogue(JobStore(folder), folder), folder)
    text = generate_latest(metrics.registry).decode()
    known = set()
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)", text, re.MULTILINE):
        ends = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        known |= {name + end for end in ends}
    return known


def test_alerts_ask_for_metrics_there_are(metrics: set[str]) -> None:
    """An alert on a name that nobody writes never rings."""
    groups = yaml.safe_load((DOCKER / "alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) >= 6
    for rule in rules:
        for name in re.findall(r"timetable_[a-z_]+", rule["expr"]):
            assert name in metrics, name


def test_the_dashboard_shows_every_metric_there_is(metrics: set[str]) -> None:
    """And none that there is not; no two panels overlap."""
    board = json.loads((DOCKER / "grafana" / "timetable.json").read_text())
    shown, cells = set(), set()
    for panel in board["panels"]:
        for target in panel["targets"]:
            shown |= set(re.findall(r"timetable_[a-z_]+", target["expr"]))
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in cells, panel["title"]
                cells.add((x, y))
    assert shown <= metrics, shown - metrics
    own = {
        name for name in metrics if not name.endswith(("_sum", "_count", "_created"))
    }
    elsewhere = {
        "timetable_children_rss_megabytes",  # the sum over machines
        "timetable_redis_state",  # in more detail what redis_up says
        "timetable_stage_seconds_bucket",
    }
    assert own - shown == elsewhere
