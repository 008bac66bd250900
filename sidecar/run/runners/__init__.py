"""Which runner the settings name. Nothing else knows that there are several."""

from ...jobs.redis_publisher import RedisPublisher
from ...settings import Settings
from .base import Runner
from .local import LocalRunner
from .machines import MachineRunner


def runner_of(settings: Settings, publisher: RedisPublisher) -> Runner:
    """Make the runner that the settings name."""
    if settings.runner == "machines":
        return MachineRunner(settings, publisher)
    return LocalRunner(settings)
