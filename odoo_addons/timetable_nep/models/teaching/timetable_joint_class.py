from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class TimetableJointClass(models.Model):
    """Classes taught as one: two programmes share a lecture under two codes.

    Their events pair off in order; each pair has one time, one room and the same
    faculty. The room seats the sum of their limits.
    """

    _name = "timetable.joint.class"
    _description = "Joint class"
    _order = "term_id, id"

    term_id = fields.Many2one(
        "timetable.term",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["timetable.term"]._default_term(),
    )
    company_id = fields.Many2one(related="term_id.company_id")
    class_ids = fields.Many2many(
        "timetable.class",
        "timetable_joint_class_rel",
        "joint_id",
        "class_id",
        "Classes",
        domain="[('term_id', '=', term_id)]",
    )
    limit = fields.Integer(
        "Students, at most",
        compute="_compute_limit",
        help="The sum of what each class takes: so many seats has the room.",
    )

    @api.depends("class_ids.limit", "class_ids.active")
    def _compute_limit(self):
        for joint in self:
            joint.limit = sum(joint.class_ids.filtered("active").mapped("limit"))

    @api.depends("class_ids.display_name")
    def _compute_display_name(self):
        for joint in self:
            joint.display_name = " + ".join(joint.class_ids.mapped("display_name"))

    @api.constrains("class_ids", "term_id")
    def _check_classes(self):
        for joint in self.sudo():
            sections = joint.class_ids
            if len(sections) < 2:
                raise ValidationError(
                    self.env._("Choose at least two classes to be taught as one.")
                )
            for section in sections:
                if section.term_id != joint.term_id:
                    raise ValidationError(
                        self.env._(
                            "%(class)s is not a class of %(term)s.",
                            **{"class": section.display_name},
                            term=joint.term_id.display_name,
                        )
                    )
                other = section.joint_ids - joint
                if other:
                    raise ValidationError(
                        self.env._(
                            "%(class)s is taught together with others already: "
                            "%(joint)s.",
                            **{"class": section.display_name},
                            joint=other[0].display_name,
                        )
                    )
            joint._check_alike()
            joint._check_people()

    def _check_alike(self):
        """The same weekly events, weeks and faculty."""
        for joint in self:
            first, *others = joint.class_ids.sorted("id")
            for section in others:
                if section._joint_shape() != first._joint_shape():
                    raise ValidationError(
                        self.env._(
                            "%(one)s and %(other)s have not the same weekly events: "
                            "give both as many, of the same length, in the same kind "
                            "of room and in the same weeks.",
                            one=first.display_name,
                            other=section.display_name,
                        )
                    )
                if section.faculty_ids != first.faculty_ids:
                    raise ValidationError(
                        self.env._(
                            "%(one)s and %(other)s have other faculty: give both the "
                            "same.",
                            one=first.display_name,
                            other=section.display_name,
                        )
                    )

    def _check_people(self):
        """Nobody takes one lecture under two codes."""
        for joint in self:
            sections = joint.class_ids
            rows = self.env["timetable.enrolment"]._read_group(
                [("offering_id", "in", sections.offering_id.ids)],
                ["student_id"],
                having=[("__count", ">", 1)],
                limit=1,
            )
            if rows:
                raise ValidationError(
                    self.env._(
                        "%(student)s has chosen two of %(joint)s, which are taught as "
                        "one: keep one of the two.",
                        student=rows[0][0].display_name,
                        joint=joint.display_name,
                    )
                )
            for batch in sections.batch_ids:
                if len(batch.class_ids & sections) > 1:
                    raise ValidationError(
                        self.env._(
                            "%(batch)s has two of %(joint)s, which are taught as one: "
                            "keep one of the two.",
                            batch=batch.display_name,
                            joint=joint.display_name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        joints = super().create(vals_list)
        joints._refuse_in_force()
        return joints

    def write(self, vals):
        if "class_ids" in vals:
            self._refuse_in_force()
        done = super().write(vals)
        if "class_ids" in vals:
            self._refuse_in_force()
        return done

    def _refuse_in_force(self):
        """What is in force was placed as it was: apart, or together."""
        placed = self.sudo().class_ids._events_in_force()
        if placed:
            raise UserError(
                self.env._(
                    "%s is in the timetable in force: which classes are taught "
                    "together is decided before a timetable is made.",
                    placed[0].class_id.display_name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_in_force(self):
        self._refuse_in_force()


class TimetableClass(models.Model):
    _inherit = "timetable.class"

    joint_ids = fields.Many2many(
        "timetable.joint.class",
        "timetable_joint_class_rel",
        "class_id",
        "joint_id",
        "Joint classes",
        copy=False,
    )
    together_ids = fields.Many2many(
        "timetable.class",
        string="Taught together with",
        compute="_compute_together_ids",
        inverse="_inverse_together_ids",
        domain="[('term_id', '=', term_id), ('id', '!=', id)]",
        help="Classes of other codes that sit in the same lecture: one time, one room, "
        "the same faculty. Each keeps its own limit.",
    )

    @api.depends("joint_ids.class_ids")
    def _compute_together_ids(self):
        for section in self:
            section.together_ids = section.joint_ids.class_ids - section

    def _inverse_together_ids(self):
        Joint = self.env["timetable.joint.class"]
        for section in self:
            others = section.together_ids
            joint = section.joint_ids
            if others and joint:
                joint.class_ids = section | others
            elif others:
                others = others.with_context(timetable_joint=True)
                faculty = section.faculty_ids or others.faculty_ids
                for one in (section | others).filtered(lambda s: not s.faculty_ids):
                    one.with_context(timetable_joint=True).faculty_ids = faculty
                Joint.create(
                    {
                        "term_id": section.term_id.id,
                        "class_ids": [fields.Command.set((section | others).ids)],
                    }
                )
            elif len(joint.class_ids) > 2:
                joint.class_ids -= section
            else:
                joint.unlink()

    def _joint_shape(self):
        """What classes that are taught as one have in common."""
        return [
            (
                event.duration,
                event.room_type_id,
                event.needs_room,
                event.week_pattern_ids or self.week_pattern_ids,
            )
            for event in self.event_ids.sorted(lambda one: (one.sequence, one.id))
        ]

    def write(self, vals):
        """Whoever teaches one of them teaches all."""
        done = super().write(vals)
        if "faculty_ids" in vals and not self.env.context.get("timetable_joint"):
            for section in self.filtered("joint_ids"):
                others = section.joint_ids.class_ids - section
                others.with_context(timetable_joint=True).write(
                    {"faculty_ids": [fields.Command.set(section.faculty_ids.ids)]}
                )
        return done


class TimetableEvent(models.Model):
    _inherit = "timetable.event"

    def _joint_events(self):
        """Events held as one with this one, of classes taught together."""
        self.ensure_one()
        sections = self.class_id.joint_ids.class_ids.filtered("active")
        if not sections:
            return self.browse()
        order = [
            section.event_ids.sorted(lambda one: (one.sequence, one.id))
            for section in sections
        ]
        mine = self.class_id.event_ids.sorted(lambda one: (one.sequence, one.id))
        if self not in mine:
            return self.browse()
        place = mine.ids.index(self.id)
        return self.union(*(events[place : place + 1] for events in order)) - self

    @api.constrains("duration", "room_type_id", "needs_room", "week_pattern_ids")
    def _check_joint(self):
        self.sudo().class_id.joint_ids._check_alike()


class TimetableMeeting(models.Model):
    _inherit = "timetable.meeting"

    def _held_together(self):
        """Meetings held as one with this one, of classes taught together."""
        if not self or not self.origin_date:
            return self.sudo().browse()
        joint = self.sudo().event_id._joint_events()
        return self.sudo().search(
            [("event_id", "in", joint.ids), ("origin_date", "=", self.origin_date)]
        )


class TimetableEnrolment(models.Model):
    _inherit = "timetable.enrolment"

    @api.constrains("student_id", "offering_id")
    def _check_joint(self):
        joints = (
            self.env["timetable.joint.class"]
            .sudo()
            .search([("class_ids.offering_id", "in", self.sudo().offering_id.ids)])
        )
        joints._check_people()
