from .common import RunCase, webhook


class TestRunNotes(RunCase):
    """What a result says besides its timetables."""

    def setUp(self):
        super().setUp()
        self.run_, self.job = self.sent()

    def end(self, result, state="completed"):
        self.sidecar.finish(self.job, result, state)
        digest = self.job["result_digest"]
        told = webhook(self.run_.remote_id, state, 9, result_digest=digest)
        self.run_._apply_event(told)
        self.env["timetable.run"]._cron_fetch()
        self.assertEqual(self.run_.state, state)

    def test_missing_timetables_are_told(self):
        """Fewer came back than were asked for: which, and what the service says."""
        run = self.run_
        run.requested_variants = [
            {"key": key, "profile": "balanced", "weights": {}} for key in "ABC"
        ]
        result = self.sidecar.result_for(self.job)
        result["remarks"] = [
            {"code": "variant_left_out", "args": {"key": "B"}},
            {"code": "variants_alike", "args": {"a": "A", "b": "C", "share": 12}},
            {"code": "of_a_newer_service", "args": {}},
        ]
        result["notes"] = ["B left out.", "A and C differ in 12%.", "Something new."]
        self.end(result)
        told = {"asked": 3, "came": 1, "missing": ["B", "C"], "stopped": False}
        self.assertEqual(run.shortfall, told)
        self.assertEqual(run._panel_payload()[0]["shortfall"], told)
        mail = self.env["mail.message"].search(
            [("model", "=", run._name), ("res_id", "=", run.id)], order="id desc"
        )
        self.assertIn("Missing: <b>B, C</b>", mail[0].body)
        self.env["res.lang"]._activate_lang("fr_FR")
        alike, other = run.with_context(lang="fr_FR").notes_text.split("\n")
        self.assertIn("12 %", alike)
        self.assertNotIn("differ", alike, "in the reader's language")
        self.assertEqual(other, "Something new.")
        run.variant_ids.unlink()
        self.assertEqual(run.shortfall, told, "whatever is deleted afterwards")

    def test_search_of_each_timetable_is_kept(self):
        """Its own points only, few enough for a line, first and last among them."""
        run = self.run_
        result = self.sidecar.result_for(self.job, "AB")
        result["trace"] = [
            {"seconds": at / 10, "stage": "s", "variant": "A", "placed": 5}
            | {"hard": 1000 - at, "soft": 7}
            for at in range(1000)
        ] + [
            {"seconds": 3, "stage": "s", "variant": "B", "placed": 5}
            | {"hard": 0, "soft": 9}
        ]
        self.end(result)
        a, b = run.variant_ids.sorted("key")
        self.assertEqual(len(a.trace), 60)
        self.assertEqual(a.trace[0], [0.0, 1000, 7])
        self.assertEqual(a.trace[-1], [99.9, 1, 7])
        self.assertEqual(a.trace, sorted(a.trace))
        self.assertEqual(b.trace, [[3, 0, 9]])
        b._guarded().score_hard = 0
        self.assertEqual(run.trace, b.trace, "that of the best")

    def test_stopped_run_says_so(self):
        """Cancelled: the reason is that somebody stopped it, not the time."""
        self.run_.requested_variants = [
            {"key": key, "profile": "balanced", "weights": {}} for key in "AB"
        ]
        self.end(self.sidecar.result_for(self.job), "cancelled")
        self.assertEqual(self.run_.shortfall["missing"], ["B"])
        self.assertTrue(self.run_.shortfall["stopped"])

    def test_retry_begins_without_notes(self):
        self.run_.requested_variants = [
            {"key": key, "profile": "balanced", "weights": {}} for key in "AB"
        ]
        self.end(self.sidecar.result_for(self.job), "cancelled")
        self.run_._guarded().pending_command = False
        self.run_.with_user(self.officer).action_retry()
        self.assertFalse(self.run_.shortfall)
        self.assertFalse(self.run_.notes)
