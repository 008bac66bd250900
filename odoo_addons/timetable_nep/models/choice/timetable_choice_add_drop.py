from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import remote
from ...tools.choice_rules import wrong_add, wrong_drop


class TimetableWaiting(models.Model):
    """Who waits for a seat, in which order."""

    _name = "timetable.waiting"
    _description = "Waiting list"
    _order = "offering_id, since, id"

    window_id = fields.Many2one(
        "timetable.choice.window", required=True, index=True, ondelete="cascade"
    )
    offering_id = fields.Many2one(
        "timetable.offering", required=True, index=True, ondelete="cascade"
    )
    student_id = fields.Many2one(
        "timetable.student", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="window_id.company_id", store=True)
    since = fields.Datetime(required=True, default=fields.Datetime.now, readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("given", "Moved up"), ("left", "Left the list")],
        required=True,
        default="waiting",
        readonly=True,
        index=True,
    )
    why_left = fields.Char("Why", readonly=True)
    place = fields.Integer(compute="_compute_place")

    _unique_waiting = models.UniqueIndex(
        "(offering_id, student_id) WHERE state = 'waiting'",
        "This student waits for that course already.",
    )

    @api.depends("student_id", "offering_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = (
                f"{row.student_id.display_name}: {row.offering_id.display_name}"
            )

    @api.depends("state", "since")
    def _compute_place(self):
        order = {}
        for offering, numbers in self.sudo()._read_group(
            [
                ("offering_id", "in", self.offering_id.ids),
                ("state", "=", "waiting"),
            ],
            ["offering_id"],
            ["id:array_agg"],
        ):
            rows = self.sudo().browse(numbers).sorted(lambda row: (row.since, row.id))
            order[offering.id] = {row.id: place for place, row in enumerate(rows, 1)}
        for row in self:
            row.place = order.get(row.offering_id.id, {}).get(row.id, 0)


class TimetableChoiceWindow(models.Model):
    """Add and drop: seats are given at once, in turn, never twice."""

    _inherit = "timetable.choice.window"

    def _check_add_drop(self):
        self._check_open()
        if self.sudo().kind != "add_drop":
            raise UserError(self.env._("Here wishes are ranked, and allotted later."))

    def _offering_of_window(self, number):
        """An offering of the window's baskets.

        :raises UserError: for any other id
        """
        found = self.sudo()._baskets().offering_ids.filtered(lambda o: o.id == number)
        if not found:
            raise UserError(
                self.env._(
                    "This course is not in the window any more. Load the page again."
                )
            )
        return found

    @remote.many
    def add_my_course(self, offering_id):
        """Take a seat for whoever is logged in, or a place on the waiting list.

        :return dict: ``state`` ``given`` or ``waiting``, and a sentence
        :raises UserError: with the rules that are broken, in words
        """
        student = self._own_student()
        self._check_add_drop()
        window = self.sudo()
        offering = window._offering_of_window(offering_id)
        offering._take_turns()
        refusals = window._add_refusals(student, offering)
        if refusals:
            raise UserError(" ".join(self._words(refusals)))
        if window._seat(student, offering):
            return {
                "state": "given",
                "sentence": self.env._("You have %s now.", offering.display_name),
            }
        Waiting = self.env["timetable.waiting"].sudo()
        mine = [
            ("offering_id", "=", offering.id),
            ("student_id", "=", student.id),
            ("state", "=", "waiting"),
        ]
        row = Waiting.search(mine, limit=1) or Waiting.create(
            {
                "window_id": window.id,
                "offering_id": offering.id,
                "student_id": student.id,
            }
        )
        return {
            "state": "waiting",
            "sentence": self.env._(
                "%(offering)s is full. You are no. %(place)s on the waiting list, and "
                "you are told when a seat is yours.",
                offering=offering.display_name,
                place=row.place,
            ),
        }

    @remote.many
    def drop_my_course(self, offering_id):
        """Give a seat back; the first who waits has it."""
        student = self._own_student()
        self._check_add_drop()
        window = self.sudo()
        offering = window._offering_of_window(offering_id)
        offering._take_turns()
        person, offers = window._person(student, offering)
        baskets = window._rule_baskets(window._baskets(student.programme_id))
        refusals = wrong_drop(offers[offering.id], baskets, person, window._limits())
        if refusals:
            raise UserError(" ".join(self._words(refusals)))
        self.env["timetable.enrolment"].sudo().search(
            [
                ("student_id", "=", student.id),
                ("offering_id", "=", offering.id),
            ]
        ).unlink()
        return {
            "state": "dropped",
            "sentence": self.env._("You gave %s back.", offering.display_name),
        }

    @remote.many
    def leave_my_waiting(self, offering_id):
        """Take oneself off a waiting list."""
        student = self._own_student()
        rows = (
            self.env["timetable.waiting"]
            .sudo()
            .search(
                [
                    ("window_id", "=", self.id),
                    ("student_id", "=", student.id),
                    ("offering_id", "=", offering_id),
                    ("state", "=", "waiting"),
                ]
            )
        )
        rows.state = "left"
        return {"state": "left", "sentence": self.env._("You left the waiting list.")}

    def _person(self, student, offering):
        people, held = self._people(student)
        return people[student.id], held | offering._offers()

    def _add_refusals(self, student, offering):
        person, offers = self._person(student, offering)
        baskets = self._rule_baskets(self._baskets(student.programme_id))
        return wrong_add(offers[offering.id], baskets, person, self._limits())

    def _seat(self, student, offering):
        """Enrol, if a seat is free for this student. The caller holds the turn.

        :return: whether a seat was free
        """
        person, _offers = self._person(student, offering)
        if offering._free_seats(person)[offering.id] < 1:
            return False
        self.env["timetable.enrolment"].sudo().create(
            {
                "student_id": student.id,
                "offering_id": offering.id,
                "window_id": self.id,
            }
        )
        return True


class TimetableOffering(models.Model):
    _inherit = "timetable.offering"

    def _move_up(self):
        """Whoever waits longest gets what is free, while a window is open."""
        waiting = (
            self.env["timetable.waiting"]
            .sudo()
            .search(
                [
                    ("offering_id", "in", self.ids),
                    ("state", "=", "waiting"),
                    ("window_id.state", "=", "open"),
                    ("window_id.date_close", ">", fields.Datetime.now()),
                ]
            )
        )
        if not waiting:
            return
        waiting.offering_id._take_turns()
        for row in waiting:
            window, offering = row.window_id, row.offering_id
            refusals = window._add_refusals(row.student_id, offering)
            if refusals:
                # They have taken something else meanwhile.
                row.write(
                    {"state": "left", "why_left": " ".join(window._words(refusals))}
                )
                window._tell_student(row.student_id, row.why_left)
            elif window._seat(row.student_id, offering):
                row.state = "given"
                window._tell_student(
                    row.student_id,
                    self.env._(
                        "A seat in %s is yours now: you moved up on the waiting list.",
                        offering.display_name,
                    ),
                )

    def write(self, vals):
        done = super().write(vals)
        if {"seats", "section_limit", "open_for_choice"} & vals.keys():
            self._move_up()
        return done


class TimetableEnrolment(models.Model):
    _inherit = "timetable.enrolment"

    def unlink(self):
        offerings = self.sudo().offering_id
        done = super().unlink()
        offerings.exists()._move_up()
        return done
