"""Age costs nothing: what a look opens does not grow with the jobs that have ended."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sidecar.contract import JobOptions, JobState
from sidecar.jobs.admission import Admission, check_room
from sidecar.jobs.catalogue import Catalogue
from sidecar.jobs.record import JobMeta, job_id_of
from sidecar.jobs.store import JobStore
from sidecar.run.supervisor import Supervisor
from sidecar.settings import Settings
from sidecar.system.clock import now

_opened: list[str] = []
_counting = False
_hooked = False
_LOOKS = 20


def _hook(event: str, words: tuple[object, ...]) -> None:
    if _counting and event in ("open", "os.listdir", "os.scandir"):
        _opened.append(str(words[0]))


@contextmanager
def _counted(folder: Path) -> Iterator[list[str]]:
    """Count what is opened below a folder.

    A hook stays for the life of the process and costs something at each event, so
    that it is not put in before a test needs it.
    """
    global _counting, _hooked
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    _opened.clear()
    _counting = True
    found: list[str] = []
    try:
        yield found
    finally:
        _counting = False
        found += [path for path in _opened if path.startswith(str(folder))]


def _filled(folder: Path, ended: int, queued: int) -> JobStore:
    store = JobStore(folder)
    for number in range(ended + queued):
        meta = JobMeta(
            job_id=job_id_of("demo", None),
            tenant=f"t{number % 7}",
            created_at=now(),
            options=JobOptions(),
            problem_digest="",
            body_digest="",
        )
        assert store.commit(store.prepare(), meta)
        if number < ended:
            store.transition(meta.job_id, JobState.CANCELLED)
            store.retire(store.get(meta.job_id))
    return store


@pytest.mark.parametrize("ended", [0, 150])
def test_a_look_of_the_supervisor(tmp_path: Path, ended: int) -> None:
    """Twenty ticks at rest open its own report, not jobs: queued or ended."""
    _filled(tmp_path, ended, 30)
    supervisor = Supervisor(
        Settings(data_dir=tmp_path, redis_url="", min_free_memory_mb=10**9)
    )
    for _ in range(5):  # it settles, and looks through what has ended
        supervisor.tick()
        time.sleep(0.06)
    with _counted(tmp_path / "jobs") as jobs:
        for _ in range(_LOOKS):
            supervisor.tick()
    assert jobs == []


@pytest.mark.parametrize("ended", [0, 150])
def test_a_question_to_the_api(tmp_path: Path, ended: int) -> None:
    """A page opens its own jobs; quotas and metrics open a few, whatever the age."""
    store = _filled(tmp_path, ended, 30)
    catalogue = Catalogue(store, tmp_path)
    quota = Admission(Settings(data_dir=tmp_path, redis_url=""), catalogue)
    catalogue.active()
    time.sleep(0.06)
    catalogue.active()
    with _counted(tmp_path / "jobs") as jobs:
        for _ in range(_LOOKS):
            quota.check("nobody")
            catalogue.active()
            catalogue.states()
            page = catalogue.page("t1", limit=3)
    assert page.total > 3
    assert len(jobs) <= _LOOKS * 3 * 2, "two files of each ended job that is shown"
    with _counted(tmp_path / "jobs") as jobs:
        counts = catalogue.counts()
    assert counts["accepted"] == ended + 30
    assert len(jobs) <= 2, "the names, not the jobs"


def test_there_is_room_or_507(tmp_path: Path) -> None:
    """Before a job is accepted, not when its result cannot be written."""
    check_room(tmp_path, 1)
    with pytest.raises(OSError, match="No space left"):
        check_room(tmp_path, 2**40)


def test_an_old_job_is_forgotten_without_being_acknowledged(tmp_path: Path) -> None:
    """Not every owner acknowledges; a month is enough."""
    store = _filled(tmp_path, 3, 0)
    (kept, *_) = store.ids()
    settings = Settings(data_dir=tmp_path, redis_url="", retention_days=1e-9)
    store.transition(kept, JobState.QUEUED)
    Supervisor(settings.model_copy(update={"min_free_memory_mb": 10**9})).tick()
    assert store.ids() == [kept]
