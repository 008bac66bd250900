import ast
import re
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import TranslationModuleReader

from ..labels import ERROR_TEXTS, say_error
from ..tools.sidecar_client import SidecarError

MODULE = "timetable_nep"
FOLDER = Path(__file__).resolve().parent.parent / "i18n"
LANGUAGES = ("fr", "hi")
GAPS = re.compile(
    r"%\(\w+\)[sd]"  # by name
    r"|%\.\d+f|%%|%[sd](?!\w)"  # by place
    r"|\{\{.*?\}\}"  # of an e-mail's head
    r"|\{\w+(?::[^{}]*)?\}"  # of a text of the service's catalogue
    r"|</?[a-zA-Z][^>]*>"  # tags; the words in them are compared below
)
WORDS_OF_TAGS = re.compile(r'(title|aria-label)="[^"]*"')
REMEDY = "python3 -m scripts.stack translations"


def gaps(text):
    """What a translation has to keep of its source."""
    return sorted(WORDS_OF_TAGS.sub("", found) for found in GAPS.findall(text))


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """The template has every string there is, and each language every translation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.env["ir.module.module"]._load_module_terms([MODULE], ["fr_FR"])
        cls.template = polib.pofile(str(FOLDER / f"{MODULE}.pot"))
        cls.sources = {entry.msgid for entry in cls.template}

    def test_template_is_complete(self):
        reader = TranslationModuleReader(self.env.cr, modules=[MODULE], lang=None)
        known = {row[4] for row in reader if row[0] == MODULE}
        missing = sorted(known - self.sources)
        self.assertTrue(known)
        self.assertFalse(missing, f"not in {MODULE}.pot; run {REMEDY}")

    def test_languages_are_complete(self):
        for language in LANGUAGES:
            found = polib.pofile(str(FOLDER / f"{language}.po"))
            done = {entry.msgid for entry in found.translated_entries()}
            with self.subTest(language=language):
                self.assertFalse(sorted(self.sources - done), "not translated")
                self.assertFalse([e.msgid for e in found if e.fuzzy])

    def test_nothing_is_lost_in_translation(self):
        """Names in gaps, percent signs and tags are those of the source."""
        for language in LANGUAGES:
            found = polib.pofile(str(FOLDER / f"{language}.po"))
            wrong = [
                (entry.msgid, entry.msgstr)
                for entry in found.translated_entries()
                if gaps(entry.msgid) != gaps(entry.msgstr)
            ]
            with self.subTest(language=language):
                self.assertFalse(wrong)

    def test_errors_of_the_client(self):
        """The service's client is plain Python: labels have the words of its codes."""
        code = (FOLDER.parent / "tools" / "sidecar_client.py").read_text()
        raised = {
            call.args[0].value
            for call in ast.walk(ast.parse(code))
            if isinstance(call, ast.Call)
            and getattr(call.func, "id", "") == "SidecarError"
            and isinstance(call.args[0], ast.Constant)
        }
        self.assertGreater(len(raised), 5)
        self.assertLessEqual(raised, ERROR_TEXTS.keys())
        french = self.env(context={"lang": "fr_FR"})
        for name in [*ERROR_TEXTS, "of_a_newer_service"]:
            with self.subTest(code=name):
                told = say_error(french, SidecarError(name, 400, detail="In English."))
                self.assertNotIn("In English.", told)
                self.assertNotEqual(told, say_error(self.env, SidecarError(name, 400)))

    def test_they_are_used(self):
        """A loaded language speaks: menus, code and templates of the web client."""
        french = self.env(context={"lang": "fr_FR"})
        menu = french.ref(f"{MODULE}.menu_variant")
        self.assertEqual(menu.name, "Emplois du temps")
        with self.assertRaisesRegex(Exception, "vue du tableau"):
            french["timetable.variant"]._board_resource_domain("nothing")
