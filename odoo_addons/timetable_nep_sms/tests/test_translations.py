from odoo.tests import tagged

from odoo.addons.timetable_nep.tests.test_translations import TranslationsCase


@tagged("post_install", "-at_install")
class TestTranslations(TranslationsCase):
    module = "timetable_nep_sms"

    def test_all_is_translated(self):
        self._check_template()
        self._check_languages()
