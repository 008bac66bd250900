"""Which runner the settings name. Nothing else knows that there are several."""

from ...settings import Settings
from .base import Runner
from .local import LocalRunner


def runner_of(settings: Settings) -> Runner:
    """Make the runner that the settings name."""
    if settings.runner == "dask":
        from .dask_runner import DaskRunner  # Dask is an extra

        return DaskRunner(settings)
    return LocalRunner(settings)
