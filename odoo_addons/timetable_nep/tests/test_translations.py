import ast
import re
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path
from odoo.tools.translate import TranslationModuleReader

from ..labels import ERROR_TEXTS, say_error
from ..tools.sidecar_client import SidecarError

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


class TranslationsCase(TransactionCase):
    """The template has every string there is, and each language every translation.

    For this addon and for its bridges: subclasses name themselves in ``module``.
    """

    module = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(file_path(cls.module)) / "i18n"
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.env["ir.module.module"]._load_module_terms([cls.module], ["fr_FR"])
        cls.template = polib.pofile(str(cls.folder / f"{cls.module}.pot"))
        cls.sources = {entry.msgid for entry in cls.template}

    def _check_template(self):
        reader = TranslationModuleReader(self.env.cr, modules=[self.module], lang=None)
        known = {row[4] for row in reader if row[0] == self.module}
        missing = sorted(known - self.sources)
        self.assertTrue(known)
        self.assertFalse(missing, f"not in {self.module}.pot; run {REMEDY}")

    def _check_languages(self):
        """All is translated; names in gaps, percent signs and tags are kept."""
        for language in LANGUAGES:
            found = polib.pofile(str(self.folder / f"{language}.po"))
            entries = found.translated_entries()
            done = {entry.msgid for entry in entries}
            wrong = [
                (entry.msgid, entry.msgstr)
                for entry in entries
                if gaps(entry.msgid) != gaps(entry.msgstr)
            ]
            with self.subTest(module=self.module, language=language):
                self.assertFalse(sorted(self.sources - done), "not translated")
                self.assertFalse([e.msgid for e in found if e.fuzzy])
                self.assertFalse(wrong)


@tagged("post_install", "-at_install")
class TestTranslations(TranslationsCase):
    module = "timetable_nep"

    def test_template_is_complete(self):
        self._check_template()

    def test_languages_are_complete(self):
        self._check_languages()

    def test_errors_of_the_client(self):
        """The service's client is plain Python: labels have the words of its codes."""
        code = (self.folder.parent / "tools" / "sidecar_client.py").read_text()
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
        menu = french.ref(f"{self.module}.menu_variant")
        self.assertEqual(menu.name, "Emplois du temps")
        with self.assertRaisesRegex(Exception, "vue du tableau"):
            french["timetable.variant"]._board_resource_domain("nothing")
