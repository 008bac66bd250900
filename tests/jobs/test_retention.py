"""What is kept: everything, until its owner has it and some time has passed."""

from pathlib import Path

import pytest

from sidecar.contract import JobOptions, JobState
from sidecar.jobs.catalogue import Catalogue
from sidecar.jobs.errors import UnknownJobError
from sidecar.jobs.record import JobMeta, job_id_of
from sidecar.jobs.store import JobStore
from sidecar.run.supervisor import Supervisor
from sidecar.settings import Settings
from sidecar.system.clock import now


def _ended(store: JobStore) -> str:
    meta = JobMeta(
        job_id=job_id_of("demo", None),
        tenant="demo",
        created_at=now(),
        options=JobOptions(),
        problem_digest="",
        body_digest="",
    )
    assert store.commit(store.prepare(), meta)
    store.transition(meta.job_id, JobState.RUNNING)
    store.transition(meta.job_id, JobState.COMPLETED)
    return meta.job_id


@pytest.mark.parametrize(("hours", "kept"), [(0, False), (1, True)])
def test_only_an_acknowledged_job_is_forgotten(
    tmp_path: Path, hours: float, kept: bool
) -> None:
    """After the settings' time; one that nobody fetched stays."""
    store = JobStore(tmp_path)
    fetched, waiting = _ended(store), _ended(store)
    store.acknowledge(fetched)
    Supervisor(Settings(data_dir=tmp_path, redis_url="", retention_hours=hours)).tick()
    assert store.get(waiting).record.state is JobState.COMPLETED
    if kept:
        assert store.get(fetched)
    else:
        with pytest.raises(UnknownJobError):
            store.get(fetched)
        assert not (tmp_path / "jobs" / fetched).exists()
    counts = Catalogue(JobStore(tmp_path), tmp_path).counts()
    assert counts["accepted"] == counts["ended:completed"] == 2, "counts never fall"
    assert counts["job:count"] == counts["job:le:1.0"] == 2


def test_a_full_disk_at_the_end_is_told_not_swallowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job fails with its reason and that its best could not be saved."""
    store = JobStore(tmp_path)
    meta = JobMeta(
        job_id=job_id_of("demo", None),
        tenant="demo",
        created_at=now(),
        options=JobOptions(),
        problem_digest="",
        body_digest="",
    )
    store.commit(store.prepare(), meta)
    store.transition(meta.job_id, JobState.RUNNING, restarts=99)
    folder = store.folder(meta.job_id)
    (folder / "worker.json").write_text('{"process": "1:0:0", "attempt": 0}')

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sidecar.run.supervisor.promote_incumbent", full)
    Supervisor(Settings(data_dir=tmp_path, redis_url="")).tick()
    record = store.get(meta.job_id).record
    assert record.state is JobState.FAILED
    assert "could not be saved: No space left on device" in (record.reason or "")
