"""``make setup``: everything a machine needs, nothing twice."""

from . import environment, odoo, odoo_source, packages, postgres, redis
from .display import screen
from .locks import only_one
from .odoo_source import Odoo
from .paths import STACK, read_json, write_json
from .shell import output, which

WEIGHT = 100.0

EXTRAS = {
    "wkhtmltopdf": "printing from Odoo to PDF will not work",
    "fonts-lohit-deva": "Devanagari may show as boxes in print",
}


def ensure(*, browser: bool = True) -> Odoo:
    """Environment, PostgreSQL, Redis, Odoo and its template database."""
    with only_one():
        return _ensure(browser=browser)


def _ensure(*, browser: bool) -> Odoo:
    with screen.step("Python environment", 20):
        environment.ensure_sidecar()
    with screen.step("PostgreSQL", 10):
        database = postgres.ensure()
    with screen.step("Redis", 3):
        cache = redis.ensure()
    with screen.step("Odoo 19", 35):
        program = odoo_source.ensure()
    with screen.step("Template database", 20):
        template = odoo.ensure_template(program)
    with screen.step("Browser, fonts, printing", 12):
        if browser:
            ensure_browser()
        ensure_extras()
    describe(
        postgres=database,
        redis=cache,
        odoo_program={
            "command": program.command,
            "env": program.env,
            "version": program.version,
            "source": program.source,
            "template": template,
        },
    )
    return program


def ensure_extras() -> None:
    """Packages that make the result nicer; without them the rest works."""
    for package, loss in EXTRAS.items():
        missing = not packages.is_installed(package) and which(package) is None
        if missing:
            packages.install_if_known(package, wanted_for=loss)


def browser() -> str | None:
    """A browser that Odoo's tests can drive."""
    for name in ("google-chrome", "chromium", "google-chrome-stable"):
        path = which(name)
        # Ubuntu's packages are stand-ins that only tell you to use snap.
        if path and output([path, "--version"]).returncode == 0:
            return path
    return None


def ensure_browser() -> None:
    """Chromium, needed by the browser tests and the screenshots."""
    if browser() is None:
        packages.install_if_known(
            "chromium", wanted_for="the browser tests cannot run until you install one"
        )


def describe(**parts: object) -> None:
    """Bring the description of the running stack up to date."""
    write_json(STACK, {**read_json(STACK), **parts})
