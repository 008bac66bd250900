from .common import RunCase, webhook


class TestRunMail(RunCase):
    """The end of a run reaches who asked and who follows, and nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer.email = "officer@example.org"
        cls.officer.notification_type = "email"
        cls.approver.email = "approver@example.org"

    def setUp(self):
        super().setUp()
        self.run_, self.job = self.sent()

    def end(self, state="completed", **values):
        if state == "completed":
            self.sidecar.finish(self.job, self.sidecar.result_for(self.job))
            values["result_digest"] = self.job["result_digest"]
        self.run_._apply_event(webhook(self.run_.remote_id, state, 9, **values))
        self.env["timetable.run"]._cron_fetch()
        self.assertEqual(self.run_.state, state)
        return self.messages()

    def messages(self):
        return self.env["mail.message"].search(
            [
                ("model", "=", "timetable.run"),
                ("res_id", "=", self.run_.id),
                ("message_type", "=", "user_notification"),
            ]
        )

    def test_completed_is_told_by_mail(self):
        message = self.end()
        self.assertEqual(message.subject, f"{self.run_.name}: the timetables are ready")
        self.assertEqual(message.partner_ids, self.officer.partner_id)
        self.assertIn("are ready to look at", message.body)
        self.assertIn(self.run_.variant_ids.name, message.body)
        notification = message.notification_ids
        self.assertEqual(notification.notification_type, "email")
        mail = (
            self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])
        )
        self.assertEqual(mail.recipient_ids, self.officer.partner_id)
        self.assertIn(self.term.name, mail.body_html)

    def test_followers_hear_it_too(self):
        self.run_.message_subscribe(self.approver.partner_id.ids)
        message = self.end()
        self.assertEqual(
            message.partner_ids, self.officer.partner_id | self.approver.partner_id
        )
        self.assertNotIn(self.coordinator.partner_id, message.partner_ids)

    def test_failure_says_why(self):
        message = self.end("failed", reason="Out of memory.")
        self.assertEqual(message.subject, f"{self.run_.name}: the run failed")
        self.assertIn("Out of memory.", message.body)
        self.assertIn("Retry", message.body)

    def test_reason_is_not_markup(self):
        message = self.end("failed", reason="<b>bold</b>")
        self.assertIn("&lt;b&gt;bold", message.body)

    def test_who_asked_hears_it_from_their_own_click(self):
        """The page of the officer has the service asked, and so brings the news."""
        self.job.update(state="failed", reason="Too big.")
        self.run_._guarded().last_message_at = False
        self.run_.with_user(self.officer).action_refresh()
        self.env["timetable.run"]._cron_reconcile()
        self.assertEqual(self.run_.state, "failed")
        self.assertEqual(self.messages().partner_ids, self.officer.partner_id)

    def test_each_in_their_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("timetable_nep.mail_template_run_ended")
        ours = self.officer.lang
        body = template.with_context(lang=ours).body_html
        french = body.replace("are ready to look at", "sont prêts")
        template.update_field_translations("body_html", {ours: body, "fr_FR": french})
        self.approver.lang = "fr_FR"
        self.run_.message_subscribe(self.approver.partner_id.ids)
        texts = {message.partner_ids: message.body for message in self.end()}
        self.assertIn("are ready to look at", texts[self.officer.partner_id])
        self.assertIn("sont prêts", texts[self.approver.partner_id])
