"""What people decide about messages: in the portal, and from a message itself."""

import re

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..const import UNSUBSCRIBE_PATH
from .test_meeting import MONDAY, MeetingCase


@tagged("post_install", "-at_install")
class TestPreferences(MeetingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls.portal.partner_id
        cls.person.email = "person@example.com"
        cls.faculty["F2"].partner_id = cls.person

    def setUp(self):
        super().setUp()
        self.no_commit()

    def mails(self):
        """Mails about a cancelled class, as they go out: ``(partner, values)``."""
        self.env.invalidate_all()  # seats are a view, and were read before
        self.meeting("E5", MONDAY)._cancel("Rain")
        before = self.env["mail.mail"].search([])
        self.env["timetable.meeting.notice"]._cron_send()
        found = {}
        for mail in self.env["mail.mail"].search([]) - before:
            for values in mail._prepare_outgoing_list():
                body = mail._personalize_outgoing_body(
                    values["body"], partner=values["partner_id"]
                )
                found[values["partner_id"]] = (values, body)
        return found

    def test_everybody_has_a_link_of_their_own(self):
        mails = self.mails()
        self.assertIn(self.person, mails)
        self.assertGreater(len(mails), 2)
        links = set()
        for partner, (values, body) in mails.items():
            (url,) = re.findall(rf'"([^"]*{UNSUBSCRIBE_PATH}[^"]*)"', body)
            links.add(url)
            self.assertIn(f"/{partner.id}/", url)
            self.assertEqual(values["headers"]["List-Unsubscribe"], f"<{url}>")
        self.assertEqual(len(links), len(mails))

    def test_template_is_edited_and_speaks_the_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["timetable_nep"], ["fr_FR"])
        self.person.lang = "fr_FR"
        template = self.env.ref("timetable_nep.mail_template_news")
        template.body_html = template.body_html.replace(
            "You get this", "Greetings from the registrar. You get this"
        )
        template.invalidate_recordset()
        mails = self.mails()
        other = next(one for one in mails if one != self.person)
        self.assertIn("Greetings from the registrar", mails[other][1])
        self.assertIn("annulé", mails[self.person][1])
        template.unlink()
        self.meeting("E5", MONDAY).action_undo()
        subject = self.env.company._timetable_news("One", "Two", "en_US")
        self.assertEqual(subject, ("One", "Two"), "without a template")

    def test_unsubscribe_asks_first_and_needs_no_login(self):
        path = self.person._timetable_unsubscribe_path()
        page = self.url_open(path)
        self.assertEqual(page.status_code, 200)
        self.assertEqual(self.person.timetable_notice, "soon", "a look changes nothing")
        self.url_open(path, data={"List-Unsubscribe": "One-Click"})
        self.assertEqual(self.person.timetable_notice, "never")

    def test_somebody_elses_link_opens_nothing(self):
        token = self.person._timetable_unsubscribe_token()
        other = self.other_portal.partner_id
        with mute_logger("odoo.http"):
            for path in (
                f"{UNSUBSCRIBE_PATH}/{other.id}/{token}",
                f"{UNSUBSCRIBE_PATH}/{self.person.id}/wrong",
                f"{UNSUBSCRIBE_PATH}/99999999/{token}",
            ):
                with self.subTest(path=path):
                    answer = self.url_open(path, data={"x": "y"})
                    self.assertEqual(answer.status_code, 404)
        self.assertEqual(other.timetable_notice, "soon")

    def test_page(self):
        self.authenticate("tt_portal", "tt_portal")
        page = self.url_open("/my/timetable/preferences").text
        self.assertIn("person@example.com", page)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        self.url_open(
            "/my/timetable/preferences",
            data={
                "csrf_token": token,
                "timetable_notice": "daily",
                "email": "x@y.example",
            },
        )
        self.assertEqual(self.person.timetable_notice, "daily")
        self.assertEqual(self.person.email, "person@example.com")
