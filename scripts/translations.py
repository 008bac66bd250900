"""``python3 -m scripts.stack translations``: templates and languages as the code is.

Exports the templates of the addon and its bridges from a database of its own and takes
each language's file to it: what is new is empty, what is gone leaves. Their tests fail
while something is empty.
"""

from pathlib import Path

from . import odoo
from .odoo_source import VENV, Odoo
from .paths import ADDONS, StackError, relative
from .shell import output

DATABASE = "timetable_translations"
LANGUAGES = ("fr", "hi")

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
    said = []
    try:
        # The addon first and alone: other apps add fields to its models.
        for some in ([odoo.ADDON], odoo.bridges()):
            odoo.run_once(
                program,
                instance,
                "Installing the addons",
                ["-d", DATABASE, "-i", ",".join(some), "--skip-auto-install"],
            )
            said += [export(program, instance, addon, python) for addon in some]
    finally:
        odoo.drop_database(DATABASE)
    return "".join(said)


def export(program: Odoo, instance: odoo.Instance, addon: str, python: Path) -> str:
    """Template and languages of one addon; gives what is left."""
    folder = ADDONS / addon / "i18n"
    folder.mkdir(exist_ok=True)
    template = folder / f"{addon}.pot"
    done = output(
        odoo.command(
            program,
            instance,
            *("-d", DATABASE, addon, "-o", str(template), "-l", "pot"),
            verb="i18n export",
        ),
        env=program.env,
    )
    if done.returncode:
        raise StackError(f"Odoo did not export; see {relative(instance.log)}.")
    for language in LANGUAGES:
        found = folder / f"{language}.po"
        if not found.exists():
            head = template.read_text(encoding="utf-8").partition("#. module:")[0]
            found.write_text(
                head.replace(
                    '"Plural-Forms: ', f'"Language: {language}\\n"\n"Plural-Forms: '
                ),
                encoding="utf-8",
            )
    files = sorted(folder.glob("*.po"))
    merged = output([python, "-c", MERGE, template, *files])
    if merged.returncode:
        raise StackError(f"Merging failed: {merged.stderr.strip()[-300:]}")
    return f"{addon}\n{merged.stdout}"
