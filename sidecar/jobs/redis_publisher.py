"""Publishes the newest value of each key to Redis, and never waits for it.

Redis is a convenience here: what it lacks is on disk. An outage costs one log line
when it begins and one when it ends; afterwards the newest values are sent.
"""

import logging
import threading
from typing import Literal

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

TTL_SECONDS = 7200
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0
_SET_NEWER = """
local old = redis.call('GET', KEYS[1])
if old then
  local known, was = pcall(cjson.decode, old)
  local given, new = pcall(cjson.decode, ARGV[1])
  if known and given and (was.sequence or 0) > (new.sequence or 0) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""
"""Supervisor and worker take turns; what one could not send in an outage must not
replace what the other has sent since."""
State = Literal["off", "unknown", "up", "down"]


def progress_key(job_id: str) -> str:
    """Name the key of a job's progress."""
    return f"progress:job:{job_id}"


class RedisPublisher:
    """Sends the newest value of each key from a thread of its own."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self.state: State = "unknown" if url else "off"
        self._newest: dict[str, bytes] = {}
        self._condition = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None
        if url:
            self._client = redis.Redis.from_url(
                url,
                socket_timeout=timeout_seconds,
                socket_connect_timeout=timeout_seconds,
                retry=Retry(NoBackoff(), 0),
            )
            self._set = self._client.register_script(_SET_NEWER)
            self._thread = threading.Thread(
                target=self._run, name="redis-publisher", daemon=True
            )
            self._thread.start()

    def publish(self, key: str, value: bytes) -> None:
        """Hand over the newest value of a key; returns at once."""
        if self._thread is None:
            return
        with self._condition:
            self._newest[key] = value
            self._condition.notify()

    def close(self, timeout_seconds: float = 2.0) -> None:
        """Send what is left, waiting for at most ``timeout_seconds``."""
        if self._thread is None:
            return
        with self._condition:
            self._closing = True
            self._condition.notify()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            with self._condition:
                self._condition.wait_for(
                    lambda: self._newest or self._closing, timeout=None
                )
                batch, self._newest = self._newest, {}
                if not batch:
                    return
            try:
                for key in list(batch):
                    self._set(keys=[key], args=[batch[key], TTL_SECONDS])
                    del batch[key]
            except (redis.RedisError, OSError) as error:
                self._note_outage(error)
                with self._condition:
                    self._newest = {**batch, **self._newest}
                    if self._closing:
                        return
                    self._condition.wait_for(lambda: self._closing, timeout=pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            if self.state == "down":
                logger.warning("Redis answers again; progress is published again.")
            self.state = "up"

    def _note_outage(self, error: Exception) -> None:
        if self.state != "down":
            logger.warning(
                "Redis does not take progress (%s); jobs go on and progress is "
                "served from disk until it does.",
                type(error).__name__,
            )
        self.state = "down"
