"""Passwords of ``docker/compose.yaml``, as files that compose mounts."""

import json
import secrets

from .paths import ROOT, write_private

HOME = ROOT / "docker" / "secrets"


def ensure() -> list[str]:
    """Make the files that are missing; gives their names."""
    if all((HOME / name).exists() for name in texts("")):
        return []
    made = texts(secrets.token_urlsafe(24))
    for name, text in made.items():
        write_private(HOME / name, text)
        # Mounted as they are, for containers that run under accounts of their own;
        # the folder keeps other people of this machine out.
        (HOME / name).chmod(0o644)
    HOME.chmod(0o700)
    return sorted(made)


def texts(redis: str) -> dict[str, str]:
    """What is in each file."""
    return {
        "postgres_password": secrets.token_urlsafe(24),
        "grafana_password": secrets.token_urlsafe(24),
        "redis.conf": f'requirepass "{redis}"\nsave ""\nappendonly no\n'
        "maxmemory 256mb\nmaxmemory-policy noeviction\n",
        "sidecar.toml": f"redis_url = {json.dumps(f'redis://:{redis}@redis:6379/0')}\n",
    }
