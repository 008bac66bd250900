import json

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import remote
from ...tools.choice_rules import lottery, pairs_apart
from ...tools.sidecar_client import SidecarError

WRITE_AT_ONCE = 5000


class TimetableChoiceWindow(models.Model):
    """From wishes to seats: the order, the question to the service, the answer kept."""

    _inherit = "timetable.choice.window"

    @remote.one
    def action_allot(self):
        """Give the seats; students are told later, by :meth:`action_tell`."""
        self.check_access("write")
        if self.kind != "wishes" or self.state not in ("open", "allotted"):
            raise UserError(
                self.env._(
                    "Only a window with ranked wishes that was open is allotted."
                )
            )
        if self.phase != "over":
            raise UserError(
                self.env._(
                    "Students can still choose. Wait for the end, or press “Close now”."
                )
            )
        if not self.chosen_count:
            raise UserError(self.env._("Nobody has chosen, so nothing can be given."))
        request = self._allot_request()
        self._keep_answer(self._ask_allotment(request))
        self.state = "allotted"

    def _ask_allotment(self, request):
        """Ask the service.

        :raises UserError: in the service's words
        """
        body = json.dumps(request, separators=(",", ":")).encode()
        try:
            return self.env["timetable.run"]._sidecar(self.company_id).allot(body)
        except SidecarError as error:
            raise UserError(str(error)) from error

    # ---- The order
    def _order_of(self, choices):
        """Places and lottery numbers of those who chose, the first is 1."""
        window = self.sudo()
        keys = {
            choice.id: choice.student_id.code or str(choice.student_id.id)
            for choice in choices
        }
        drawn = lottery(window.seed, set(keys.values()))
        lots = {number: drawn[key] for number, key in keys.items()}

        def rank(choice):
            if window.priority == "merit":
                return -choice.student_id.merit
            if window.priority == "year":
                return -choice.student_id.year
            if window.priority == "first":
                return choice.first_saved_at or fields.Datetime.now()
            return 0

        order = sorted(choices, key=lambda c: (rank(c), lots[c.id], c.id))
        return {choice.id: place for place, choice in enumerate(order, 1)}, lots

    # ---- The question
    def _allot_request(self, more_seats=None):
        """The window as the service's question. No names go out.

        :param more_seats: offering id → seats beyond those there are
        """
        self.ensure_one()
        window = self.sudo()
        choices = (
            self.env["timetable.choice"]
            .sudo()
            .search_fetch(
                [("window_id", "=", window.id), ("saved_at", "!=", False)],
                ["student_id", "first_saved_at", "lot", "place"],
            )
        )
        students = choices.student_id
        students.fetch(["code", "merit", "year", "programme_id"])
        places, lots = self._order_of(choices)
        self._write_order(choices, places, lots)
        wishes = choices._wishes()
        people, held = window._people(students, without=window)
        offerings = window._baskets().offering_ids
        offers = held | offerings._offers()
        limits = window._limits()
        wanted = {o for rows in wishes.values() for ids in rows.values() for o in ids}
        # What a student has beside the window keeps other courses away from them.
        known = sorted(wanted | held.keys())
        apart = {
            tuple(sorted(pair))
            for pair in pairs_apart([offers[o] for o in known], limits)
        }
        if window.keep_timetable:
            apart |= {tuple(pair) for pair in window._pairs_apart()["now"]}
            apart = {pair for pair in apart if set(pair) <= set(known)}
        rows = self.env["timetable.offering"].sudo().browse(known)
        courses, reservations = window._allot_courses(rows, more_seats or {})
        choices_of = {basket.id: basket.max_choices for basket in window._baskets()}
        return {
            "method": window.method,
            "keep_small": window.keep_small,
            "courses": courses,
            "apart": [[str(one), str(other)] for one, other in sorted(apart)],
            "students": [
                {
                    "id": str(choice.id),
                    "priority": places[choice.id],
                    "tier": window._tier(people[choice.student_id.id]),
                    "groups": [
                        str(row.id)
                        for row in reservations
                        if row._matches(
                            people[choice.student_id.id], row.offering_id.course_id
                        )
                    ],
                    "has": [str(o) for o in sorted(people[choice.student_id.id].held)],
                    "asks": [
                        {
                            "basket": str(basket),
                            "choices": choices_of.get(basket, 1),
                            "wishes": [str(offering) for offering in offerings],
                        }
                        for basket, offerings in sorted(wishes[choice.id].items())
                    ],
                }
                for choice in choices
            ],
        }

    def _tier(self, person):
        if self.tiers == "year":
            return 12 - person.year
        if self.tiers == "repeaters":
            return 0 if person.failed else 1
        return 0

    def _allot_courses(self, offerings, more_seats):
        """Courses of the question, and the reservations that hold today.

        Seats that others have already, beside this window, are not given again.
        """
        window = self.sudo()
        taken = dict(
            self.env["timetable.enrolment"]
            .sudo()
            ._read_group(
                [
                    ("offering_id", "in", offerings.ids),
                    ("window_id", "!=", window.id),
                ],
                ["offering_id"],
                ["__count"],
            )
        )
        courses = []
        reservations = self.env["timetable.seat.reservation"]
        for offering in offerings:
            seats = offering._seats() + more_seats.get(offering.id, 0)
            reserved = offering._reserved(seats)
            reservations |= reservations.browse(reserved.keys())
            free = max(0, seats - taken.get(offering, 0))
            rows = []
            left = free
            for number, count in sorted(reserved.items()):
                kept = min(count, left)
                left -= kept
                rows.append({"group": str(number), "seats": kept})
            courses.append(
                {
                    "id": str(offering.id),
                    "seats": free,
                    # Those who have it already count towards the smallest group.
                    "smallest": max(
                        0, offering.smallest_group - taken.get(offering, 0)
                    ),
                    "reserved": rows,
                }
            )
        return courses, reservations

    def _write_order(self, choices, places, lots):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE timetable_choice c SET place = n.place, lot = n.lot
                  FROM unnest(%s, %s, %s) AS n(id, place, lot)
                 WHERE c.id = n.id
                """,
                choices.ids,
                [places[number] for number in choices.ids],
                [lots[number] for number in choices.ids],
            )
        )
        choices.invalidate_recordset(["place", "lot"])

    # ---- The answer
    def _keep_answer(self, answer):
        """Write each wish's outcome; nothing is enrolled yet."""
        self.ensure_one()
        given, refused = [], []
        for row in answer["given"]:
            choice, basket = int(row["student"]), int(row["basket"])
            given += [(choice, basket, int(course)) for course in row["courses"]]
            refused += [
                (
                    choice,
                    basket,
                    int(better["course"]),
                    better["reason"],
                    int(better["other"]) if better.get("other") else None,
                )
                for better in row["better"]
            ]
        self.env.flush_all()
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                UPDATE timetable_wish SET state = 'refused', reason = NULL,
                       other_id = NULL
                 WHERE window_id = %s
                """,
                self.id,
            )
        )
        if given:
            cr.execute(
                SQL(
                    """
                    UPDATE timetable_wish w SET state = 'given'
                      FROM unnest(%s, %s, %s) AS n(choice, basket, offering)
                     WHERE w.choice_id = n.choice AND w.basket_id = n.basket
                       AND w.offering_id = n.offering
                    """,
                    *(list(column) for column in zip(*given, strict=True)),
                )
            )
        if refused:
            cr.execute(
                SQL(
                    """
                    UPDATE timetable_wish w SET reason = n.reason, other_id = n.other
                      FROM unnest(%s, %s, %s, %s, %s::int[])
                        AS n(choice, basket, offering, reason, other)
                     WHERE w.choice_id = n.choice AND w.basket_id = n.basket
                       AND w.offering_id = n.offering
                    """,
                    *(list(column) for column in zip(*refused, strict=True)),
                )
            )
        self.env["timetable.wish"].invalidate_model()
        self.write(
            {
                "profile": {
                    "row": answer["profile"],
                    "bound": answer["bound"],
                    "not_held": [
                        {**row, "course": int(row["course"])}
                        for row in answer["not_held"]
                    ],
                },
                "proved": answer["proved"],
                "improvable": answer["improvable"],
            }
        )

    @remote.one
    def action_tell(self):
        """Write the enrolments and tell everybody what they have."""
        self.check_access("write")
        if self.state != "allotted":
            raise UserError(self.env._("Give the seats first: press “Give seats”."))
        self._enrol()
        self.state = "done"
        self._tell_results()

    def _enrol(self):
        """Enrolments of what was given; those of an earlier allotment that are not
        given any more go."""
        window = self.sudo()
        Enrolment = self.env["timetable.enrolment"].sudo()
        wishes = (
            self.env["timetable.wish"]
            .sudo()
            .search_fetch(
                [("window_id", "=", window.id), ("state", "=", "given")],
                ["student_id", "offering_id"],
            )
        )
        wanted = {(row.student_id.id, row.offering_id.id) for row in wishes}
        mine = Enrolment.search_fetch(
            [("window_id", "=", window.id)], ["student_id", "offering_id"]
        )
        mine.filtered(
            lambda row: (row.student_id.id, row.offering_id.id) not in wanted
        ).unlink()
        have = {
            (row.student_id.id, row.offering_id.id)
            for row in Enrolment.search_fetch(
                [("offering_id", "in", wishes.offering_id.ids)],
                ["student_id", "offering_id"],
            )
        }
        rows = [
            {"student_id": student, "offering_id": offering, "window_id": window.id}
            for student, offering in sorted(wanted - have)
        ]
        for start in range(0, len(rows), WRITE_AT_ONCE):
            Enrolment.create(rows[start : start + WRITE_AT_ONCE])

    def _given_of(self, student):
        """A student's wishes with their outcome, by basket."""
        wishes = (
            self.env["timetable.wish"]
            .sudo()
            .search(
                Domain("window_id", "=", self.id)
                & Domain("student_id", "=", student.id)
            )
        )
        return wishes.grouped("basket_id")

    # ---- For the officer
    def _what_if(self, offering):
        """How the row of ranks would change with one more class; solved anew."""
        self.ensure_one()
        more = offering.section_limit or 60
        answer = self._ask_allotment(self._allot_request({offering.id: more}))
        return answer["profile"], more
