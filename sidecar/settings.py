"""All settings of the service, and the only reader of the environment.

A value comes from ``TIMETABLE_<NAME>`` in the environment, else from the TOML file
named by ``TIMETABLE_CONFIG``, else from its default. ``docs/reference/settings.md`` is
made from this class by ``python -m sidecar.settings``.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PREFIX = "TIMETABLE_"
Seconds = Annotated[float, Field(gt=0)]
Words = Annotated[tuple[str, ...], NoDecode]


class UnsafeConfigurationError(Exception):
    """The settings cannot be used; the text says why in one sentence."""


class Settings(BaseSettings):
    """Settings of API, supervisor and worker."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data_dir: Path = Field(
        default=Path("timetable-data"),
        description="Folder of jobs, tokens and secrets; only the service's user "
        "may read it.",
    )
    host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    port: int = Field(default=8765, ge=0, le=65535, description="Port of the API.")
    redis_url: str = Field(
        default="redis://127.0.0.1:6379/0",
        description="Where progress is published; empty turns Redis off.",
    )
    redis_timeout_seconds: Seconds = Field(
        default=1.0, description="A call to Redis that takes longer counts as failed."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged."
    )

    callback_hosts: Words = Field(
        default=(),
        description="Hosts that webhooks may go to, separated by commas: names or "
        "addresses, each with a port unless it is that of http or https "
        "(`odoo.example.edu`, `odoo:8069`, `10.0.0.5:8069`; `:*` is any port). A name "
        "that leads to a private or loopback address needs that address or its network "
        "(`10.0.0.0/24`) listed too; `localhost` lists loopback. A network names no "
        "receiver by itself.",
    )
    webhook_timeout_seconds: Seconds = Field(
        default=10.0, description="Longest wait for the answer to one webhook."
    )
    webhook_give_up_hours: float = Field(
        default=24.0, gt=0, description="A webhook is retried for so long."
    )
    webhook_progress_seconds: Seconds = Field(
        default=1.0,
        description="Least time between two progress webhooks of a job; the newest "
        "wins.",
    )

    runner: Literal["local", "machines"] = Field(
        default="local",
        description="Where jobs run: on this machine, or on those that ask for them "
        "(`timetable-nep machine`).",
    )
    lease_seconds: Seconds = Field(
        default=20.0,
        description="A solver machine that says nothing for so long is given up, and "
        "its jobs go on elsewhere.",
    )
    max_running_jobs: int = Field(
        default=2, ge=1, le=256, description="Jobs that run at once."
    )
    max_threads_per_job: int = Field(
        default=8, ge=1, le=64, description="Most threads that a job may ask for."
    )
    tenant_jobs_per_hour: int = Field(
        default=10,
        ge=1,
        description="Starts of jobs that a tenant has in an hour: new ones, those that "
        "are run again, and those that are resumed after they gave up their place.",
    )
    tenant_active_jobs: int = Field(
        default=10, ge=1, description="Unfinished jobs that a tenant may have."
    )
    tenant_questions: int = Field(
        default=8,
        ge=1,
        description="Questions (diagnose, evaluate, suggest, convert) of a tenant that "
        "may wait for an answer at once.",
    )
    tenant_questions_per_hour: int = Field(
        default=1200,
        ge=1,
        description="Questions that a tenant may ask in an hour.",
    )
    tenant_checks: int = Field(
        default=4,
        ge=1,
        description="Jobs that a tenant may be sending at once: arriving, or being "
        "checked.",
    )
    tenant_streams: int = Field(
        default=20,
        ge=1,
        description="Streams of events that a tenant may follow at once.",
    )
    read_seconds: Seconds = Field(
        default=60.0,
        description="Longest wait for the head of a request, and then for its body.",
    )
    metrics_access: Literal["open", "token", "closed"] = Field(
        default="open",
        description="Who may read `/metrics`: everybody, whoever has a token of any "
        "tenant, or nobody.",
    )
    api_pages: bool = Field(
        default=True,
        description="Whether `/docs` and `/openapi.json` are served.",
    )
    tenant_checks_per_minute: int = Field(
        default=240,
        ge=1,
        description="Jobs and questions that a tenant may send in a minute, those that "
        "are refused included.",
    )
    tenant_commands_per_minute: int = Field(
        default=60,
        ge=1,
        description="Commands (cancel, pause, resume, retry, acknowledge) of a tenant "
        "in a minute.",
    )
    old_signatures: bool = Field(
        default=True,
        description="Whether requests signed as in the first edition are read. They "
        "do not cover the idempotency key; turn it off once all clients are updated. "
        "The next release reads them no more.",
    )
    wait_seconds: Seconds = Field(
        default=60.0,
        description="Longest wait for a free process that checks a problem or answers "
        "a question; tenants take turns.",
    )
    question_memory_mb: int = Field(
        default=2048,
        ge=128,
        description="Most memory that checking a problem or answering a question may "
        "take; the kernel refuses more.",
    )
    max_body_mb: int = Field(
        default=64, ge=1, description="Largest body accepted, as sent."
    )
    max_unpacked_mb: int = Field(
        default=256, ge=1, description="Largest body accepted, once unpacked."
    )
    max_events: int = Field(default=100_000, ge=1, description="Most events.")
    max_rooms: int = Field(default=20_000, ge=1, description="Most rooms.")
    max_faculty: int = Field(default=50_000, ge=1, description="Most faculty.")
    max_students: int = Field(default=400_000, ge=1, description="Most students.")
    intake_processes: int = Field(
        default=1, ge=1, le=16, description="Processes that check incoming problems."
    )
    intake_timeout_seconds: Seconds = Field(
        default=60.0,
        description="Longest check of an incoming problem, "
        "without the wait for its turn.",
    )

    job_wall_seconds: Seconds = Field(
        default=1800.0, description="Most seconds a job may run (pauses excluded)."
    )
    job_overtime_seconds: Seconds = Field(
        default=180.0,
        description="Seconds beyond its own time limit after which a job is stopped.",
    )
    job_silence_seconds: Seconds = Field(
        default=300.0,
        description="A running job without a sign of life for so long is stopped.",
    )
    job_memory_mb: int = Field(
        default=4096, ge=64, description="Most memory of all processes of a job."
    )
    job_disk_mb: int = Field(
        default=2048, ge=1, description="Most disk that a job's folder may take."
    )
    job_reserve_mb: int = Field(
        default=256,
        ge=0,
        description="Memory that counts as used by a job from its start on, until it "
        "is measured: many jobs that start at once all find room, or wait.",
    )
    confine_jobs: bool = Field(
        default=True,
        description="Keep a job's processes out of all files of the data folder but "
        "its own, where the kernel can (Landlock).",
    )
    min_free_disk_mb: int = Field(
        default=200,
        ge=0,
        description="No job is accepted with less free disk than this, so that those "
        "that run can write their results.",
    )
    job_restarts: int = Field(
        default=2, ge=0, description="Times a job is restarted after a crash."
    )
    warm_on_start: bool = Field(
        default=True,
        description="Compile the solver when the service starts, if that has not been "
        "done since its last update, so that no job waits for it.",
    )
    job_niceness: int = Field(
        default=10,
        ge=0,
        le=19,
        description="How far jobs stand back for the API when the processor is short.",
    )
    min_free_memory_mb: int = Field(
        default=512, ge=0, description="No job starts with less free memory than this."
    )
    cancel_grace_seconds: Seconds = Field(
        default=1.2,
        description="A cancelled job that has not reacted by then is stopped.",
    )
    cancel_unsaved_seconds: Seconds = Field(
        default=6.0,
        description="The same for one whose first timetable is not on disk yet, and "
        "would be lost.",
    )
    pause_seconds: Seconds = Field(
        default=120.0,
        description="A paused job keeps its place for so long. Then it is written down "
        "and ends its processes; resumed, it goes on from there through the queue.",
    )
    finish_grace_seconds: Seconds = Field(
        default=30.0,
        description="Seconds a cancelled or drained job has to write its best result "
        "down, once it has reacted.",
    )
    drain_seconds: Seconds = Field(
        default=20.0, description="Longest wait for running jobs when stopping."
    )
    retention_hours: float = Field(
        default=72.0,
        ge=0,
        description="An acknowledged job is forgotten after so long.",
    )
    retention_days: float = Field(
        default=30.0,
        gt=0,
        description="An ended job that nobody acknowledged is forgotten after so long.",
    )

    analysis_timeout_seconds: Seconds = Field(
        default=60.0, description="Longest diagnosis, evaluation or conversion."
    )
    analysis_idle_seconds: Seconds = Field(
        default=600.0, description="The analysis process ends when idle for so long."
    )
    analysis_questions: int = Field(
        default=2000,
        ge=1,
        description="Questions after which that process is replaced.",
    )
    analysis_memory_mb: int = Field(
        default=1024,
        ge=16,
        description="It is replaced, too, when an answer leaves it larger than this.",
    )
    worker_module: str = Field(
        default="sidecar.run.worker",
        description="Module run as a job's process. Tests put a faulty one in.",
    )

    @field_validator("callback_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(word.strip() for word in value.split(",") if word.strip())
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("it begins with redis://, rediss:// or unix://")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, the environment, then the file."""
        del dotenv_settings, file_secret_settings
        sources: list[PydanticBaseSettingsSource] = [init_settings, env_settings]
        if (path := config_file()) is not None:
            if not path.is_file():
                raise FileNotFoundError(f"there is no file {path}")
            sources.append(TomlConfigSettingsSource(settings_cls, path))
        return tuple(sources)

    def child_environment(self, **extra: str) -> dict[str, str]:
        """Give the environment with which a child process reads the same settings."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(PREFIX)
        }
        for name, value in self.model_dump(mode="json").items():
            text = ",".join(value) if isinstance(value, list) else str(value)
            environment[f"{PREFIX}{name.upper()}"] = text
        environment[f"{PREFIX}DATA_DIR"] = str(self.data_dir.resolve())
        if not os.access(Path(__file__).parent, os.W_OK):
            # Compiled code cannot lie beside the package; our own folder is writable,
            # which a home need not be.
            environment.setdefault("NUMBA_CACHE_DIR", f"{self.data_dir.resolve()}/code")
        return {**environment, **extra}


def config_file() -> Path | None:
    """Give the TOML file that the environment names, if it names one."""
    path = os.environ.get(f"{PREFIX}CONFIG")
    return Path(path) if path else None


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; a mistake becomes one sentence.

    Raises
    ------
    UnsafeConfigurationError
        If a value is wrong or the file cannot be read.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"]).lower()
        name = name.removeprefix(PREFIX.lower())
        raise UnsafeConfigurationError(
            f"The setting {PREFIX}{name.upper()} is wrong: {first['msg']}."
        ) from error
    except (OSError, ValueError) as error:
        raise UnsafeConfigurationError(
            f"The file of {PREFIX}CONFIG cannot be read: {error}."
        ) from error


def settings_table() -> str:
    """Write the documentation of all settings as Markdown."""
    lines = [
        "# Settings of the service",
        "",
        "Made by `python -m sidecar.settings`; a test keeps it current. Each is read",
        "from the environment variable, else from the TOML file that",
        "`TIMETABLE_CONFIG` names (keys in lower case, without the prefix).",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, tuple):
            default = ",".join(default)
        shown = f"`{default}`" if str(default) else "(empty)"
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines) + "\n"


def as_json(settings: Settings) -> str:
    """Show the settings without passwords."""
    values = settings.model_dump(mode="json")
    if "@" in settings.redis_url:
        values["redis_url"] = "redis://***@" + settings.redis_url.rpartition("@")[2]
    return json.dumps(values, indent=2)


if __name__ == "__main__":
    sys.stdout.write(settings_table())
