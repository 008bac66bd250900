from odoo import api, fields, models

from ...const import COMPONENT_KINDS
from ...tools import remote

LIKE_LECTURES = ("lecture", "seminar")


class TimetableComponent(models.Model):
    """A part of a course, taught in groups of its own size: lecture, practical …

    A course without components has one kind of class, with all its weekly events.
    """

    _name = "timetable.component"
    _description = "Component of a course"
    _order = "course_id, sequence, id"
    _check_company_auto = True

    course_id = fields.Many2one(
        "timetable.course", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="course_id.company_id", store=True, precompute=True, index=True
    )
    department_id = fields.Many2one(
        related="course_id.department_id", store=True, precompute=True, index=True
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(COMPONENT_KINDS, required=True, default="lecture")
    name = fields.Char(
        translate=True, help="Where the kind does not say enough, as in “Field trip”."
    )
    group_size = fields.Integer(
        "Students together",
        default=60,
        required=True,
        help="How many sit together: with more students there are more groups.",
    )
    meetings = fields.Integer("Meetings a week", default=1, required=True)
    duration = fields.Integer("Periods each", default=1, required=True)
    nested = fields.Boolean(
        "Groups of the first",
        default=True,
        help="Each class of the first component is divided into groups of this one. "
        "Without it, students of different lectures meet in one group.",
    )
    needs_room = fields.Boolean("Needs a room", default=True)
    room_type_id = fields.Many2one(
        "timetable.room.type",
        "Room type",
        compute="_compute_room_type_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        help="Empty: any type of room.",
    )
    feature_ids = fields.Many2many("timetable.room.feature", string="Features wanted")
    faculty_ids = fields.Many2many(
        "timetable.faculty",
        "timetable_component_faculty_rel",
        "component_id",
        "faculty_id",
        "Taught by",
        check_company=True,
        help="New classes are given to them in turn.",
    )
    week_pattern_ids = fields.Many2many(
        "timetable.week.pattern",
        "timetable_component_weeks_rel",
        "component_id",
        "pattern_id",
        "Held in",
        domain="[('company_id', 'in', (False, company_id))]",
        help="Weeks of new classes. Empty: every week. Several: the timetable chooses "
        "one.",
    )
    class_ids = fields.One2many("timetable.class", "component_id", "Classes")

    _check_numbers = models.Constraint(
        "CHECK (group_size BETWEEN 1 AND 100000 AND meetings BETWEEN 1 AND 28 "
        "AND duration BETWEEN 1 AND 16)",
        "A component has at least 1 student together, 1 to 28 meetings a week and 1 "
        "to 16 periods each.",
    )

    @api.depends("kind")
    def _compute_room_type_id(self):
        lab, room = (
            self.env.ref(f"timetable_nep.room_type_{name}", raise_if_not_found=False)
            for name in ("lab", "classroom")
        )
        for component in self:
            component.room_type_id = lab if component.kind == "practical" else room

    @api.depends("kind", "name")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for component in self:
            component.display_name = component.name or kinds.get(component.kind)

    def unlink(self):
        """One that classes were made of is archived: earlier terms tell about it."""
        sections = self.env["timetable.class"].sudo().with_context(active_test=False)
        rows = sections._read_group(
            [("component_id", "in", self.ids)], ["component_id"]
        )
        used = self & self.browse([component.id for (component,) in rows])
        used.write({"active": False})
        self.env["timetable.course"].invalidate_model(["component_ids"])
        return super(TimetableComponent, self - used).unlink()

    # ---- Events
    def _event_vals(self):
        """Weekly events of a class of this component."""
        self.ensure_one()
        return [
            {
                "sequence": number + 1,
                "duration": self.duration,
                "needs_room": self.needs_room,
                "room_type_id": self.room_type_id.id,
                "feature_ids": [fields.Command.set(self.feature_ids.ids)],
            }
            for number in range(self.meetings)
        ]


class TimetableCourse(models.Model):
    """A course's components, and what they say of its periods."""

    _inherit = "timetable.course"

    component_ids = fields.One2many("timetable.component", "course_id", "Components")

    @api.depends(
        *("component_ids.kind", "component_ids.meetings"),
        *("component_ids.duration", "component_ids.active"),
    )
    def _compute_periods(self):
        """L, T and P are those of the components; typed where there are none."""
        for course in self:
            counts = {"lecture": 0, "tutorial": 0, "practical": 0}
            components = course.component_ids.filtered("active")
            for component in components:
                kind = component.kind
                if kind in LIKE_LECTURES:
                    kind = "lecture"
                counts[kind if kind in counts else "practical"] += (
                    component.meetings * component.duration
                )
            for kind, count in counts.items():
                name = f"{kind}_periods"
                course[name] = count if components else course[name]

    @api.depends(
        *("component_ids.group_size", "component_ids.sequence"),
        "component_ids.active",
    )
    def _compute_section_limit(self):
        for course in self:
            components = course.component_ids.filtered("active")
            first = components.sorted("sequence")[:1]
            course.section_limit = first.group_size or course.section_limit or 60

    @remote.many
    def action_add_components(self):
        """Components from the weekly periods, with group sizes to begin with."""
        for course in self:
            if course.component_ids:
                continue
            size = course.section_limit or 60
            rows = [
                self._weekly("lecture", course.lecture_periods, 1),
                self._weekly("tutorial", course.tutorial_periods, 1),
                self._weekly("practical", course.practical_periods, 2),
            ]
            if not any(row["meetings"] for row in rows):
                rows[0]["meetings"] = max(1, course.weekly_periods)
            sizes = {"lecture": size, "tutorial": size // 2, "practical": size // 3}
            course.component_ids = [
                fields.Command.create(
                    {
                        **row,
                        "sequence": 10 * number,
                        "nested": number > 1,
                        "group_size": max(1, sizes[row["kind"]]),
                    }
                )
                for number, row in enumerate(rows, start=1)
                if row["meetings"]
            ]

    @staticmethod
    def _weekly(kind, periods, duration):
        """Meetings of ``duration`` periods; a number that they do not divide is one
        meeting."""
        if periods % duration:
            duration = periods
        return {"kind": kind, "meetings": periods // duration, "duration": duration}
