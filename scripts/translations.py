"""``python3 -m scripts.stack translations``: template and languages as the code is.

Exports the template from a database of its own and takes each language's file to it:
what is new is empty, what is gone leaves. A test of the addon fails while something is
empty.
"""

from . import odoo
from .odoo_source import VENV, Odoo
from .paths import ADDONS, StackError, relative
from .shell import output

FOLDER = ADDONS / odoo.ADDON / "i18n"
DATABASE = "timetable_translations"

MERGE = """
import sys
import polib

template = polib.pofile(sys.argv[1])
for name in sys.argv[2:]:
    found = polib.pofile(name)
    found.merge(template)
    for entry in [entry for entry in found if entry.obsolete]:
        found.remove(entry)
    for entry in found:
        if entry.fuzzy:
            entry.msgstr = ""
            entry.flags.remove("fuzzy")
    found.save()
    left = found.untranslated_entries()
    print(f"{name.rpartition('/')[2]}: {len(left)} of {len(found)} to translate")
    for entry in left:
        print("  " + entry.msgid.replace(chr(10), " ")[:100])
"""


def refresh(program: Odoo) -> str:
    """Bring the files up to date; says what is left to translate."""
    python = VENV / "bin" / "python"
    if not python.exists():
        raise StackError("This needs the Odoo that 'make setup' brings (for polib).")
    instance = odoo.Instance("odoo-translations", DATABASE)
    odoo.copy_database(odoo.ensure_template(program), DATABASE)
    odoo.write_conf(instance)
    try:
        odoo.run_once(
            program,
            instance,
            "Installing the addon",
            ["-d", DATABASE, "-i", odoo.ADDON, "--skip-auto-install"],
        )
        template = FOLDER / f"{odoo.ADDON}.pot"
        done = output(
            odoo.command(
                program,
                instance,
                *("-d", DATABASE, odoo.ADDON, "-o", str(template), "-l", "pot"),
                verb="i18n export",
            ),
            env=program.env,
        )
        if done.returncode:
            raise StackError(f"Odoo did not export; see {relative(instance.log)}.")
    finally:
        odoo.drop_database(DATABASE)
    languages = sorted(FOLDER.glob("*.po"))
    merged = output([python, "-c", MERGE, template, *languages])
    if merged.returncode:
        raise StackError(f"Merging failed: {merged.stderr.strip()[-300:]}")
    return merged.stdout
