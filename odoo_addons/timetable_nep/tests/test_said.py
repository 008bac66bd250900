from string import Formatter

from odoo.tests import HttpCase, tagged

from ..catalogue import HEADLINES, RELATIONS, TEXTS
from .common import RunCase, TimetableCase, small_problem, webhook

ENGLISH = "Said by the service in English."
DEVANAGARI = "[\u0900-\u097f]"
ALIKE = {"the_room", "seats", "feature", "at_time"}
"""Codes that are nothing but a gap."""


def message(code, because=(), /, **args):
    return {"code": code, "args": args, "because": list(because)}


def sample(code):
    """A message with something in every gap."""
    args = {}
    for _text, name, spec, _conversion in Formatter().parse(TEXTS[code]._source):
        if name and name != "because":
            special = {"day": 0, "and": ["x", "y"], "semi": ["x", "y"], "+d": -3}
            count = spec.startswith("n ")
            args[name] = 1 if count else special.get(spec, "[room:r0]")
    return message(code, [message("same_days")], **args)


class TestSaid(TimetableCase):
    """What the service says: codes with arguments, in the reader's language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.import_problem(small_problem())
        for code in ("hi_IN", "fr_FR"):
            cls.env["res.lang"]._activate_lang(code)

    def say(self, *rows, lang="en_US", user=None):
        Run = self.env["timetable.run"].with_user(user or self.officer)
        return Run.with_context(lang=lang)._wire_rows(list(rows))

    def test_every_code_is_said_in_every_language(self):
        said = {}
        for lang in ("en_US", "hi_IN", "fr_FR"):
            rows = [{"message": sample(code), "sentence": ENGLISH} for code in TEXTS]
            for code, (text, _ways) in zip(
                TEXTS, self.say(*rows, lang=lang), strict=True
            ):
                with self.subTest(code=code, lang=lang):
                    self.assertTrue(text)
                    self.assertNotRegex(text, r"[{}]|%\(")
                    self.assertNotIn(ENGLISH, text)
                    if code not in ALIKE and lang != "en_US":
                        self.assertNotEqual(text, said["en_US", code])
                said[lang, code] = text
        for code in HEADLINES:
            self.assertIn("because the same days.", said["en_US", code])

    def test_numbers_days_and_rows_follow_the_language(self):
        section = self.term.offering_ids.class_ids[:1]
        who = f"[class:c{section.id}]"
        rows = [
            {"message": message("class_same_day", (), count=n, day=0, **{"class": who})}
            for n in (1, 2)
        ]
        name = section.display_name
        self.assertEqual(
            [text for text, _ways in self.say(*rows)],
            [f"{name} has 1 event on Monday.", f"{name} has 2 events on Monday."],
        )
        self.assertEqual(
            [text for text, _ways in self.say(*rows, lang="fr_FR")],
            [f"{name} a 1 séance le lundi.", f"{name} a 2 séances le lundi."],
        )
        apart = message("pins_clash", (), events=[f"[room:r{n}]" for n in range(8)])
        [(text, _ways)] = self.say({"message": apart})
        self.assertEqual(
            text, "r0, r1, r2, r3, r4 and 3 more are pinned to places that clash."
        )

    def test_names_are_those_that_the_reader_may_see(self):
        student = self.env["timetable.student"].search([], limit=1)
        row = {"message": message("no_place", (), student=f"[student:s{student.id}]")}
        [(text, _ways)] = self.say(row)
        self.assertIn(student.display_name, text)
        [(text, _ways)] = self.say(row, user=self.internal)
        self.assertNotIn(student.display_name, text)
        self.assertIn(f"s{student.id} ", text)

    def test_weeks_have_names(self):
        odd = self.env["timetable.week.pattern"].create(
            {"name": "Odd weeks", "rule": "odd"}
        )
        place = message(
            "in_weeks", (), place="Monday", weeks=f"[week_pattern:w{odd.id}]"
        )
        [(text, _ways)] = self.say({"message": place})
        self.assertEqual(text, "Monday in Odd weeks")

    def test_a_reason_comes_with_an_event_without_a_place(self):
        event = f"[event:e{self.env['timetable.event'].search([], limit=1).id}]"
        why = message("why_slots", [message("slots_free", (), count=2)], total=2)
        row = {
            "message": message("unplaced_time", (), event=event, **{"class": "C"}),
            "why": why,
            "sentence": ENGLISH,
        }
        [(text, _ways)] = self.say(row)
        self.assertIn("has no timeslot. Of the 2 timeslots open to it: 2 free.", text)

    def test_results_of_before_are_shown(self):
        """Stored with sentences only: in English, with names."""
        room = self.term.room_ids[:1]
        row = {
            "sentence": f"[room:r{room.id}] is [not a record] closed, r{room.id} [x:",
            "suggestions": [f"Open [room:r{room.id}]."],
        }
        self.assertEqual(
            self.say(row, lang="hi_IN"),
            [
                (
                    f"{room.name} is [not a record] closed, r{room.id} [x:",
                    [f"Open {room.name}."],
                )
            ],
        )

    def test_a_newer_service_is_not_silent(self):
        """A code that is not known here, at any depth: its English is shown."""
        for said in (
            message("of_tomorrow"),
            message("relation_broken", [message("of_tomorrow")], relation="x"),
            message("suggest_move", (), event="x", place=message("of_tomorrow")),
        ):
            row = {"message": said, "sentence": ENGLISH, "suggestions": [ENGLISH]}
            self.assertEqual(self.say(row), [(ENGLISH, [ENGLISH])])

    def test_every_relation_of_ours_has_words(self):
        kinds = self.env["timetable.relation"]._fields["type"].get_values(self.env)
        self.assertGreater(len(kinds), 3)
        self.assertGreater(len(RELATIONS), len(kinds))


@tagged("post_install", "-at_install")
class TestHindiWalk(HttpCase, RunCase):
    """Pages as a Hindi reader opens them: nothing of the service's English."""

    def hear(self, run, state, sequence, **values):
        run._apply_event(webhook(run.remote_id, state, sequence, **values))

    def test_no_english_of_the_service(self):
        self.env["res.lang"]._activate_lang("hi_IN")
        self.env["ir.module.module"]._load_module_terms(["timetable_nep"], ["hi_IN"])
        self.officer.lang = "hi_IN"
        run, job = self.sent()
        result = self.sidecar.result_for(job)
        [variant] = result["variants"]
        room = f"[room:r{self.term.room_ids[0].id}]"
        slot = f"[timeslot:t{self.term.grid_id.timeslot_ids[0].id}]"
        variant["violations"] = [
            {
                "constraint": "room_conflict",
                "hard": True,
                "message": message("room_closed", (), room=room, timeslot=slot),
                "sentence": ENGLISH,
            },
            {
                "constraint": "student_gaps",
                "hard": False,
                "message": message("clash", (), who=room, count=2, timeslot=slot),
                "sentence": ENGLISH,
                "ways_out": [message("suitable_room")],
                "suggestions": [ENGLISH],
            },
        ]
        variant["breakdown"].append(
            {"constraint": "student_gaps", "hard": False, "violations": 2}
            | {"weight": 1, "cost": 2}
        )
        result["remarks"] = [message("variants_alike", (), a="A", b="B", share=9)]
        result["notes"] = [ENGLISH]
        self.sidecar.finish(job, result)
        self.hear(run, "completed", 9, result_digest=job["result_digest"])
        self.env["timetable.run"]._cron_fetch()
        failed, other = self.sent()
        other["state"] = "failed"
        self.hear(failed, "failed", 2, reason=ENGLISH, why=message("out_of_memory"))
        self.sidecar.diagnosis = {
            "items": [
                {
                    "code": "room_slots",
                    "severity": "error",
                    "message": message("rooms_not_shared", (), events=[room, room]),
                    "sentence": ENGLISH,
                    "ways_out": [message("suitable_room")],
                    "suggestions": [ENGLISH],
                }
            ]
        }
        found = run.variant_ids.with_user(self.officer)
        self.assertRegex(found.with_context(lang="hi_IN").violations_html, DEVANAGARI)
        pages = (
            ("timetable_variant_action", found.id),
            ("timetable_run_action", run.id),
            ("timetable_run_action", failed.id),
        )
        for name, record in pages:
            self.start_tour(
                f"/odoo/action-timetable_nep.{name}/{record}",
                "timetable_nep_no_english",
                login="tt_officer",
            )
        self.start_tour(
            f"/odoo/timetable-conflicts?variant_id={found.id}",
            "timetable_nep_no_english",
            login="tt_officer",
        )
        self.start_tour(
            "/odoo/action-timetable_nep.timetable_run_action",
            "timetable_nep_no_english_check",
            login="tt_officer",
        )
