"""Classes from enrolments: as many as the section limit calls for."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...const import DEFAULT_LIMIT
from ...tools import remote
from ...tools.split_tree import groups_needed, letters


class TimetableOffering(models.Model):
    _inherit = "timetable.offering"

    wanted_class_count = fields.Integer(
        "Classes wanted",
        compute="_compute_wanted",
        help="Students by the section limit, rounded up.",
    )
    needs_split = fields.Boolean(
        "Too few classes", compute="_compute_wanted", search="_search_needs_split"
    )

    @api.depends(
        *("enrolment_ids", "class_ids.active", "class_ids.component_id"),
        *("section_limit", "course_id.component_ids.group_size"),
    )
    def _compute_wanted(self):
        for offering in self:
            if offering.course_id.component_ids:
                nodes = [n for root in offering._split_tree() for _, n in root.walk()]
                offering.wanted_class_count = sum(node.wanted for node in nodes)
                offering.needs_split = not all(node.section for node in nodes)
                continue
            limit = offering.section_limit or DEFAULT_LIMIT
            offering.wanted_class_count = groups_needed(offering.student_count, limit)
            offering.needs_split = offering.class_count < offering.wanted_class_count

    def _search_needs_split(self, operator, value):
        if operator != "in":
            return NotImplemented
        short = self.search([("active", "=", True)]).filtered("needs_split")
        return [("id", "in" if True in value else "not in", short.ids)]

    # ---- Actions
    @remote.many
    def action_split(self):
        """Make the classes that the enrolments call for, and their weekly events.

        Where the course has components, of each component and group by group. Classes
        that exist keep their pins, faculty and decided students. Those that
        are not needed any more go, the last first, unless something is decided about
        them; one that a timetable tells about is archived.
        """
        self.check_access("write")
        made = gone = kept = 0
        for offering in self:
            offering._check_weekly_periods()
            counts = offering._split()
            made, gone, kept = made + counts[0], gone + counts[1], kept + counts[2]
        message = self.env._(
            "Classes made: %(made)s. Taken away: %(gone)s.", made=made, gone=gone
        )
        if kept:
            message += " " + self.env._(
                "%s more are not needed, but have pins or decided students: they stay.",
                kept,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "warning" if kept else "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _check_weekly_periods(self):
        self.ensure_one()
        if not self.course_id.weekly_periods:
            raise UserError(
                self.env._(
                    "%s has no weekly periods. Fill in lectures, tutorials or "
                    "practicals on the course.",
                    self.course_id.display_name,
                )
            )

    def _split(self, shrink=True):
        """Make or take away classes.

        :return: how many were made, went, and stayed although not needed
        """
        self.ensure_one()
        if self.course_id.component_ids:
            return self._make_tree(self._split_tree(), shrink)
        limit = self.section_limit or DEFAULT_LIMIT
        classes = self.class_ids.sorted(lambda s: (len(s.name), s.name))
        wanted = self.wanted_class_count
        if len(classes) < wanted:
            rows = [
                self._prepare_class(name, limit)
                for name in self._free_names(wanted - len(classes))
            ]
            self.env["timetable.class"].create(rows)
            return len(rows), 0, 0
        surplus = len(classes) - wanted if shrink else 0
        free = (classes - classes._decided()).filtered(lambda s: not s.batch_ids)
        loose = free[-surplus:] if surplus else classes.browse()
        loose._take_away()
        return 0, len(loose), surplus - len(loose)

    def _split_short(self):
        """Add the classes that are missing, where the course says what they need."""
        for offering in self:
            if offering.needs_split and offering.course_id.weekly_periods:
                offering._split(shrink=False)

    def _say_short(self, chosen):
        """A new class would stand without a place in the timetable in force: say once
        that one is wanted, and leave it to the officer.

        :param chosen: the enrolments just made
        """
        added = chosen.grouped("offering_id")
        for offering in self:
            limit = offering.section_limit or DEFAULT_LIMIT
            before = offering.student_count - len(added.get(offering, ()))
            if offering.needs_split and groups_needed(before, limit) <= len(
                offering._first_classes()
            ):
                offering.term_id.message_post(
                    body=self.env._(
                        "%(offering)s has %(count)s students, more than its classes "
                        "take. Its timetable is in force: press “Split into classes” "
                        "when the new class can have a place.",
                        offering=offering.display_name,
                        count=offering.student_count,
                    ),
                    subtype_xmlid="mail.mt_note",
                )

    def _free_names(self, count):
        """The first letters that no class of this offering has; then numbers."""
        taken = set(self.with_context(active_test=False).class_ids.mapped("name"))
        return letters(count, taken)

    def _first_classes(self):
        """Classes of the first component, or all where the course has none."""
        first = self.course_id.component_ids.sorted("sequence")[:1]
        return self.class_ids.filtered(
            lambda one: one.component_id in (first, first.browse())
        )

    def _prepare_class(self, name, limit):
        course = self.course_id
        lab = self.env.ref("timetable_nep.room_type_lab", raise_if_not_found=False)
        practicals = course.practical_periods
        events = [
            {"sequence": index + 1, "duration": 1}
            for index in range(course.weekly_periods - practicals)
        ]
        while practicals:
            duration = 2 if practicals >= 2 else 1
            event = {"sequence": len(events) + 1, "duration": duration}
            if lab:
                event["room_type_id"] = lab.id
            events.append(event)
            practicals -= duration
        return {
            "offering_id": self.id,
            "name": name,
            "limit": limit,
            "event_ids": [fields.Command.create(event) for event in events],
        }

    def write(self, vals):
        """A new section limit holds for the classes that had the old one."""
        before = {}
        if "section_limit" in vals:
            before = {offering: offering.section_limit for offering in self}
        done = super().write(vals)
        for offering, limit in before.items():
            offering._first_classes().filtered(
                lambda section, limit=limit: section.limit == (limit or DEFAULT_LIMIT)
            ).limit = offering.section_limit or DEFAULT_LIMIT
        return done


class TimetableClass(models.Model):
    _inherit = "timetable.class"

    def _decided(self):
        """Classes about which somebody has decided something."""
        return self.filtered(
            lambda section: (
                section.event_ids.pin_timeslot_id
                or section.event_ids.pin_room_id
                or any(section.seat_ids.mapped("fixed"))
                or section.child_ids._decided()
            )
        )

    def _take_away(self):
        """Delete, or archive what a timetable tells about."""
        every = self | self.child_ids
        used = every._in_use()
        used.action_archive()
        (every - used).unlink()


class TimetableEnrolment(models.Model):
    _inherit = "timetable.enrolment"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._after_choice()
        return rows

    def write(self, vals):
        done = super().write(vals)
        if "offering_id" in vals or "student_id" in vals:
            self._after_choice()
        return done

    def _after_choice(self):
        """Baskets are kept, and a full offering gets another class."""
        # Whoever enrols students need not be allowed to see or make what follows.
        offerings = self.sudo().offering_id
        baskets = (
            self.env["timetable.basket"]
            .sudo()
            .search([("offering_ids", "in", offerings.ids)])
        )
        if baskets:
            self._one_at_a_time()
        baskets._check_students(self.student_id)
        automatic = offerings.filtered("term_id.auto_split")
        automatic.invalidate_recordset(["student_count", "needs_split"])
        in_force = automatic.filtered("term_id.published_variant_id")
        (automatic - in_force)._split_short()
        in_force._say_short(self)

    def _one_at_a_time(self):
        """Two who choose for the same student at once would each count without the
        other: the second one begins anew, and then sees the first."""
        self.env.cr.execute(
            SQL(
                "UPDATE timetable_student SET id = id WHERE id = ANY(%s)",
                sorted(self.student_id.ids),
            ),
            # The loser of a race is run again, which is no error for the log.
            log_exceptions=False,
        )
