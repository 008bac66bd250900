"""``make screenshots``: pictures of the main pages, of the running demonstration."""

import contextlib
import time
from datetime import date, timedelta
from pathlib import Path

from . import chromium, odoo, setup, sidecar
from .chromium import Page
from .demo import PRESET
from .display import screen
from .form_pictures import PHONE, Picture, both, faulty_term, form_pictures
from .journey import Journey
from .odoo_source import VENV as ODOO_VENV
from .paths import ROOT, STATE, StackError, relative
from .planning_pictures import planning_pictures, something_to_mend
from .shell import output
from .term_pictures import repaired, term_pictures
from .web import Session

IMAGES = ROOT / "docs" / "images"
RUN_SECONDS = 40

SHRINK = """
import sys
from PIL import Image
for name in sys.argv[1:]:
    picture = Image.open(name).convert("RGB")
    picture.quantize(96, dither=Image.Dither.NONE).save(name, optimize=True)
"""


def open_panel(page: Page) -> None:
    """Show the progress panel and let the run get somewhere."""
    page.wait_for(".o_tt_systray .o_nav_entry")
    if not page.evaluate("!!document.querySelector('.o_tt_panel')"):
        page.evaluate("document.querySelector('.o_tt_systray .o_nav_entry').click()")
    page.wait_for(".o_tt_panel .o_tt_run")
    time.sleep(RUN_SECONDS * 0.4)


def pictures(term: int) -> list[Picture]:
    """The term, the portal and the progress of a run."""

    def choose(page: Page) -> None:
        """Figures of this term; the page begins with the newest."""
        page.evaluate(
            "const terms = document.querySelector('select[aria-label=Term]');"
            f"terms.value = '{term}';"
            "terms.dispatchEvent(new Event('change', {bubbles: true}))"
        )

    return [
        Picture(
            "figures",
            "approver",
            "/odoo/timetable-figures",
            ".o_tt_dash_chart canvas",
            before=choose,
        ),
        Picture(
            "term",
            "officer",
            f"/odoo/timetable-terms/{term}",
            ".o_form_view .o_field_widget",
        ),
        Picture("week-phone", "faculty", "/my/timetable", ".o_tt_day", PHONE),
        Picture("wishes-phone", "faculty", "/my/timetable/wishes", ".o_tt_grid", PHONE),
        Picture(
            "request-phone",
            "faculty",
            "/my/timetable/requests/new",
            ".o_tt_times",
            PHONE,
        ),
        *both(
            Picture(
                "progress",
                "officer",
                "/odoo/timetables",
                ".o_kanban_record",
                before=open_panel,
            )
        ),
    ]


def take(only: list[str]) -> list[Path]:
    """Take the pictures named, or all, of the demonstration that runs."""
    program = setup.browser()
    if program is None:
        raise StackError("Chromium or Google Chrome is needed to take pictures.")
    if not odoo.answers(odoo.DEMO):
        raise StackError("The demonstration does not run; 'make demo' starts it.")
    journey = Journey(odoo.DEMO, sidecar.DEMO)
    found = journey.client("officer").search_read(
        "timetable.variant", [("state", "=", "published")], ["term_id"]
    )
    # A benchmark may be there as well; the pictures are of our own university.
    ours = journey.find_term(STATE / f"{PRESET}.json")
    found.sort(key=lambda row: row["term_id"][0] != ours)
    if not found:
        raise StackError("No timetable is published; run 'make demo' first.")
    term, variant = found[0]["term_id"][0], found[0]["id"]
    open_wishes(journey, term)
    IMAGES.mkdir(parents=True, exist_ok=True)
    files = []
    with (
        faulty_term(journey) as faulty,
        something_to_mend(journey, term),
        _repair_if(only, journey, term, variant) as mended,
        chromium.browser(program) as page,
    ):
        known = [
            *planning_pictures(journey, term, variant),
            *form_pictures(journey, term, faulty),
            *term_pictures(journey, term, variant, mended),
            # Last of all: once opened, the panel lies over every page.
            *pictures(term),
        ]
        wanted = [p for p in known if not only or p.name in only]
        screen.plan(len(wanted))
        for picture in wanted:
            with screen.step(f"Picture {picture.name}", 1):
                if picture.before is open_panel:
                    journey.generate(term, time_limit_seconds=RUN_SECONDS)
                files.append(shoot(page, journey, picture))
    shrink(files)
    screen.close()
    return files


def _repair_if(
    only: list[str], journey: Journey, term: int, variant: int
) -> contextlib.AbstractContextManager[int | None]:
    """A repair takes its time: none where its picture is not wanted."""
    if only and "repair" not in only:
        return contextlib.nullcontext(None)
    return repaired(journey, term, variant)


def open_wishes(journey: Journey, term: int) -> None:
    """Let faculty members say when they can teach: from today on, for a week."""
    today = date.today()
    window = {
        "preference_open": today.isoformat(),
        "preference_close": (today + timedelta(days=7)).isoformat(),
    }
    journey.client("officer").call("timetable.term", "write", [term], vals=window)


def shoot(page: Page, journey: Journey, picture: Picture) -> Path:
    """Log in, open, wait, and keep what is seen."""
    account = journey.accounts[picture.role]
    session = Session(journey.instance.url)
    session.login(account["login"], account["password"])
    width, height = picture.size
    page.resize(width, height, phone=picture.size == PHONE)
    page.set_cookie(journey.instance.url, "session_id", session.session_id)
    page.open(f"{journey.instance.url}{picture.path}", picture.wait_for)
    if picture.before:
        picture.before(page)
    time.sleep(2)
    file = IMAGES / f"{picture.name}.png"
    page.screenshot(file)
    return file


def shrink(files: list[Path]) -> None:
    """Fewer colours: screenshots hardly show it, and the repository stays small."""
    python = ODOO_VENV / "bin" / "python"
    if not python.exists():
        screen.note("Note: pictures are not made smaller; that needs our own Odoo.")
        return
    done = output([python, "-c", SHRINK, *files])
    if done.returncode:
        (STATE / "log" / "shrink.log").write_text(done.stderr)
        raise StackError(
            "Making the pictures smaller failed; see .state/log/shrink.log."
        )


def report(files: list[Path]) -> None:
    """What was made."""
    for file in files:
        print(f"{relative(file)}  {file.stat().st_size // 1024} kB")
