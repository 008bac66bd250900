"""What makes a configuration unsafe to serve with, each in one sentence."""

import os
import stat

from ..access.tokens import MACHINES, DamagedTokensError, TokenStore
from ..outbox.delivery import entries_of
from ..settings import Settings, UnsafeConfigurationError, config_file

_MOUNTED = "/run/secrets"


def check_safety(settings: Settings) -> None:
    """Refuse to serve what anybody could misuse.

    Raises
    ------
    UnsafeConfigurationError
        With one sentence that says what to do.
    """
    _check_config_file(settings)
    _check_callbacks(settings)
    folder = settings.data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UnsafeConfigurationError(
            f"The data folder {folder} cannot be made: {error.strerror}."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UnsafeConfigurationError(f"The data folder {folder} is not writable.")
    if folder.stat().st_mode & stat.S_IWOTH:
        raise UnsafeConfigurationError(
            f"Anybody may write to the data folder {folder}; run: chmod o-w {folder}"
        )
    tokens = TokenStore(folder)
    machines = TokenStore(folder, MACHINES)
    for path in [*tokens.unsafe_files(), *machines.unsafe_files()]:
        raise UnsafeConfigurationError(
            f"Others may read the secret file {path}; run: chmod go= {path}"
        )
    try:
        known = tokens.tokens()
    except DamagedTokensError as error:
        raise UnsafeConfigurationError(str(error)) from error
    if not any(token.revoked_at is None for token in known):
        raise UnsafeConfigurationError(
            "There is no token yet; make one with: timetable-nep token create "
            "--tenant NAME"
        )


def _check_config_file(settings: Settings) -> None:
    """Refuse a file with a password in it that other accounts can reach and read."""
    path = config_file()
    if path is None or "@" not in settings.redis_url:
        return
    path = path.resolve()
    if path.is_relative_to(_MOUNTED):
        return  # a container's own; nobody else is in there
    if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        raise UnsafeConfigurationError(
            f"Others may read the file {path}, which has a password in it; run: chmod "
            f"go= {path}"
        )


def _check_callbacks(settings: Settings) -> None:
    for entry in settings.callback_hosts:
        try:
            entries_of(entry)
        except ValueError as error:
            raise UnsafeConfigurationError(
                f"The setting TIMETABLE_CALLBACK_HOSTS is wrong: {error}."
            ) from error
