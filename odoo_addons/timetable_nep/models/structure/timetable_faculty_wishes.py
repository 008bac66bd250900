from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

NEUTRAL = "neutral"


class TimetableFaculty(models.Model):
    """When a faculty member can teach, as they say themselves in the portal."""

    _inherit = "timetable.faculty"

    wishes_at = fields.Datetime(
        "Wishes given",
        readonly=True,
        copy=False,
        help="When this person last saved times in the portal.",
    )
    wish_term_ids = fields.Many2many(
        "timetable.term",
        "timetable_faculty_wish_term_rel",
        "faculty_id",
        "term_id",
        "Terms with wishes",
        readonly=True,
        copy=False,
        help="Terms for which this person has said when they can teach: what they "
        "say in general does not count there.",
    )

    availability_week = fields.Json(
        "Teaching times",
        compute="_compute_availability_week",
        inverse="_inverse_availability_week",
        help="Timeslot id → level, as it is painted on the week.",
    )

    @api.depends("availability_ids.timeslot_id", "availability_ids.level")
    def _compute_availability_week(self):
        for member in self:
            member.availability_week = {
                str(row.timeslot_id.id): row.level for row in member.availability_ids
            }

    def _inverse_availability_week(self):
        """Rows as they were painted; what did not change keeps its row."""
        for member in self:
            wanted = {
                int(slot): level
                for slot, level in (member.availability_week or {}).items()
            }
            rows = member.availability_ids
            for row in rows:
                level = wanted.pop(row.timeslot_id.id, "")
                if not level:
                    row.unlink()
                elif row.level != level:
                    row.level = level
            rows.create(
                [
                    {"faculty_id": member.id, "timeslot_id": slot, "level": level}
                    for slot, level in wanted.items()
                ]
            )

    @api.model
    def _wish_terms(self):
        """Terms of these people's universities in which wishes are taken or will be.

        :return: terms, those open now first
        """
        terms = (
            self.env["timetable.term"]
            .sudo()
            .search(
                [
                    ("company_id", "in", self.sudo().company_id.ids),
                    ("preference_open", "!=", False),
                    ("preference_close", "!=", False),
                ]
            )
        )
        order = {"open": 0, "later": 1, "over": 2}
        return terms.sorted(
            lambda term: (
                order[term._preference_window()],
                -term.preference_open.toordinal(),
            )
        )

    def _wish_levels(self, term):
        """``{timeslot id: level}`` of the periods that are not neutral: what the
        person said for the term, else in general. A shift is not theirs to change."""
        self.ensure_one()
        spoken = term in self.sudo().wish_term_ids
        rows = (
            self.env["timetable.faculty.availability"]
            .sudo()
            .search_fetch(
                [
                    ("faculty_id", "=", self.id),
                    ("source", "=", "person"),
                    ("term_id", "=", term.id if spoken else False),
                    ("timeslot_id.grid_id", "=", term.sudo().grid_id.id),
                ],
                ["timeslot_id", "level"],
            )
        )
        return {row.timeslot_id.id: row.level for row in rows}

    def _save_wishes(self, term, levels):
        """Keep what a person chose for each period of a term's grid.

        :param dict levels: timeslot id → level; what is left out is neutral
        """
        self.ensure_one()
        member, term = self.sudo(), term.sudo()
        self._check_wishes(term, levels)
        Availability = self.env["timetable.faculty.availability"].sudo()
        own = {"faculty_id": member.id, "term_id": term.id, "source": "person"}
        known = Availability.search([(name, "=", own[name]) for name in own])
        wanted = {slot: level for slot, level in levels.items() if level != NEUTRAL}
        known.filtered(lambda row: row.timeslot_id.id not in wanted).unlink()
        for row in known.exists():
            level = wanted.pop(row.timeslot_id.id)
            if row.level != level:
                row.level = level
        Availability.create(
            [
                {**own, "timeslot_id": slot, "level": level}
                for slot, level in wanted.items()
            ]
        )
        member.write(
            {
                "wishes_at": fields.Datetime.now(),
                "wish_term_ids": [Command.link(term.id)],
            }
        )

    def _check_wishes(self, term, levels):
        """Refuse, in words, what may not be saved."""
        if term.company_id != self.sudo().company_id:
            raise UserError(self.env._("That term is not of your university."))
        if term._preference_window() != "open":
            raise UserError(
                self.env._(
                    "Wishes for %s are not taken at present. Ask the timetable office.",
                    term.name,
                )
            )
        known = dict(
            self.env["timetable.faculty.availability"]._fields["level"].selection
        )
        slots = set(term.grid_id.timeslot_ids.ids)
        if not slots.issuperset(levels) or not ({NEUTRAL} | set(known)).issuperset(
            levels.values()
        ):
            raise UserError(
                self.env._("The periods have changed meanwhile. Load the page again.")
            )
        count = sum(level == "cannot" for level in levels.values())
        most = term.preference_max_cannot
        if count > most:
            raise UserError(
                self.env._(
                    "You marked %(count)s periods with 'cannot'; at most %(most)s are "
                    "possible. Change some to 'rather not'.",
                    count=count,
                    most=most,
                )
            )
