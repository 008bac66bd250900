"""Programs of the distribution, taken from apt when the machine lacks them."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from .display import screen
from .paths import StackError
from .shell import output, run, which

CLUSTER_DROP_IN = Path("/etc/postgresql-common/createcluster.d/timetable-nep.conf")
APT_LOG = "apt.log"


def privileged(command: list[str]) -> list[str]:
    """The command as root: as it is for root, by sudo for others."""
    if os.geteuid() == 0:
        return command
    sudo = which("sudo")
    if sudo is None:
        raise StackError(
            "This machine lacks packages and there is neither root nor sudo; "
            f"have an administrator run: {' '.join(command)}"
        )
    return [sudo, "--preserve-env=DEBIAN_FRONTEND", *command]


def candidate(package: str) -> str | None:
    """The version apt would install, if it knows the package."""
    for line in output(["apt-cache", "policy", package]).stdout.splitlines():
        key, _, value = line.strip().partition(": ")
        if key == "Candidate" and value != "(none)":
            return value
    return None


def refresh() -> None:
    """Read the package lists, once per process."""
    if not refresh.done:  # type: ignore[attr-defined]
        run(
            "Reading the package lists",
            privileged(["apt-get", "update", "-q"]),
            log=APT_LOG,
            hint="Is there a network, and are the sources of apt right?",
        )
        refresh.done = True  # type: ignore[attr-defined]


refresh.done = False  # type: ignore[attr-defined]


def install(*packages: str, wanted_for: str) -> None:
    """Install packages without what they merely recommend."""
    if which("apt-get") is None:
        raise StackError(
            f"{wanted_for} is missing and this is neither Debian nor Ubuntu; "
            f"install it by hand (there: {', '.join(packages)}) and run again."
        )
    refresh()
    unknown = [name for name in packages if candidate(name) is None]
    if unknown:
        raise StackError(
            f"{wanted_for} is missing and apt knows no package "
            f"{', '.join(unknown)}; install it by hand and run again."
        )
    with no_automatic_cluster():
        run(
            f"Installing {', '.join(packages)}",
            privileged(
                [
                    "apt-get",
                    "install",
                    "-q",
                    "-y",
                    "--no-install-recommends",
                    "-o",
                    "DPkg::Lock::Timeout=300",
                    *packages,
                ]
            ),
            log=APT_LOG,
            env={"DEBIAN_FRONTEND": "noninteractive"},
        )


def install_if_known(*packages: str, wanted_for: str) -> bool:
    """Install packages where apt has them; else say what will be missing."""
    if which("apt-get"):
        refresh()
    if which("apt-get") is None or any(candidate(name) is None for name in packages):
        screen.note(f"Note: no package {', '.join(packages)} here; {wanted_for}.")
        return False
    install(*packages, wanted_for=wanted_for)
    return True


def is_installed(package: str) -> bool:
    """Whether dpkg has the package."""
    if which("dpkg-query") is None:
        return False
    answer = output(["dpkg-query", "-W", "-f", "${db:Status-Status}", package])
    return answer.stdout.strip() == "installed"


@contextlib.contextmanager
def no_automatic_cluster() -> Iterator[None]:
    """Keep Debian's PostgreSQL package from starting a server of its own.

    We run our own server under the state folder; the machine should not get a second
    one that nobody asked for.
    """
    if os.geteuid() != 0 or CLUSTER_DROP_IN.exists():
        yield
        return
    made = [
        folder
        for folder in (CLUSTER_DROP_IN.parent.parent, CLUSTER_DROP_IN.parent)
        if not folder.exists()
    ]
    CLUSTER_DROP_IN.parent.mkdir(parents=True, exist_ok=True)
    CLUSTER_DROP_IN.write_text("create_main_cluster = false\n")
    try:
        yield
    finally:
        CLUSTER_DROP_IN.unlink(missing_ok=True)
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
