"""Settings: environment over file over default; mistakes in one sentence."""

from pathlib import Path

import pytest

from sidecar.settings import Settings, UnsafeConfigurationError, load_settings


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("TIMETABLE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_environment_goes_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And the file over the default."""
    path = tmp_path / "service.toml"
    path.write_text('port = 1234\nlog_level = "DEBUG"\ncallback_hosts = ["a", "b"]\n')
    monkeypatch.setenv("TIMETABLE_CONFIG", str(path))
    monkeypatch.setenv("TIMETABLE_PORT", "4321")
    settings = load_settings()
    assert settings.port == 4321
    assert settings.log_level == "DEBUG"
    assert settings.callback_hosts == ("a", "b")
    assert settings.max_running_jobs == 2


def test_children_read_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever they were made of."""
    settings = Settings(callback_hosts=("a", "10.0.0.0/8"), redis_url="", port=99)
    for name, value in settings.child_environment().items():
        monkeypatch.setenv(name, value)
    again = load_settings()
    expected = settings.model_copy(update={"data_dir": settings.data_dir.resolve()})
    assert again == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "many"), ("LOG_LEVEL", "LOUD"), ("MAX_RUNNING_JOBS", "0")],
)
def test_a_wrong_value_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """It names the variable."""
    monkeypatch.setenv(f"TIMETABLE_{name}", value)
    with pytest.raises(UnsafeConfigurationError, match=f"TIMETABLE_{name} is wrong"):
        load_settings()


def test_an_unknown_key_in_the_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A misspelt setting never passes silently."""
    path = tmp_path / "service.toml"
    path.write_text("prot = 1234\n")
    monkeypatch.setenv("TIMETABLE_CONFIG", str(path))
    with pytest.raises(UnsafeConfigurationError, match="PROT"):
        load_settings()
    monkeypatch.setenv("TIMETABLE_CONFIG", str(tmp_path / "missing.toml"))
    with pytest.raises(UnsafeConfigurationError):
        load_settings()
