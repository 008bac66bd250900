"""Packages hold what they should, under the names that are documented."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from scripts import odoo, release


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dist = tmp_path_factory.mktemp("dist") / "dist"
    release.build(dist)
    return dist


@pytest.mark.slow
def test_packages(made: Path) -> None:
    addons = [odoo.ADDON, *odoo.bridges()]
    service = f"timetable_nep_sidecar-{release.service_version()}-py3-none-any.whl"
    wheels = {
        f"odoo_addon_{name}-{release.version_of(name)}-py3-none-any.whl"
        for name in addons
    }
    archive = f"timetable_nep-addons-{release.version_of(odoo.ADDON)}.zip"
    names = {path.name for path in made.iterdir()}
    assert names == {service, archive, "SHA256SUMS", *wheels}
    with zipfile.ZipFile(made / service) as wheel:
        inside = wheel.namelist()
        assert "sidecar/cli.py" in inside
        assert not [name for name in inside if name.startswith(("tests", "scripts"))]
    with zipfile.ZipFile(made / archive) as packed:
        inside = packed.namelist()
        assert {name.partition("/")[0] for name in inside} == set(addons)
        assert not [name for name in inside if "__pycache__" in name]
        for name in addons:
            assert f"{name}/i18n/hi.po" in inside
            assert f"{name}/static/description/icon.png" in inside
    bridge = next(made.glob("odoo_addon_timetable_nep_holidays-*"))
    with zipfile.ZipFile(bridge) as wheel:
        inside = wheel.namelist()
        assert "odoo/addons/timetable_nep_holidays/__manifest__.py" in inside
        metadata = next(name for name in inside if name.endswith("METADATA"))
        text = wheel.read(metadata).decode()
    assert "Requires-Dist: odoo-addon-timetable_nep_hr==19.0.*" in text
    for line in (made / "SHA256SUMS").read_text().splitlines():
        told, _, name = line.partition("  ")
        assert hashlib.sha256((made / name).read_bytes()).hexdigest() == told


def test_versions_of_bridges_are_those_of_the_addon() -> None:
    assert {release.version_of(name) for name in odoo.bridges()} == {
        release.version_of(odoo.ADDON)
    }


def test_bridges_install_themselves() -> None:
    """Each waits for all that it depends on, and comes by itself then."""
    import ast

    from scripts.paths import ADDONS

    for name in odoo.bridges():
        text = (ADDONS / name / "__manifest__.py").read_text()
        manifest = ast.literal_eval(text)
        assert manifest["auto_install"] is True, name
        assert any(part.startswith(odoo.ADDON) for part in manifest["depends"]), name
        assert len(manifest["depends"]) == 2, name
