from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...const import ROOM_WISHES

SCOPES = ("department_id", "course_id", "class_id")
TARGETS = ("room_id", "building_id", "type_id", "feature_id")


class TimetableRoomWish(models.Model):
    """Where a department, a course or a class should be, or must not be."""

    _name = "timetable.room.wish"
    _description = "Wish for rooms"
    _order = "level, id"
    _check_company_auto = True

    department_id = fields.Many2one(
        "timetable.department", index="btree_not_null", ondelete="cascade"
    )
    course_id = fields.Many2one(
        "timetable.course", index="btree_not_null", ondelete="cascade"
    )
    class_id = fields.Many2one(
        "timetable.class", index="btree_not_null", ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_owner", store=True, precompute=True, index=True
    )
    owner_id = fields.Many2one(
        "timetable.department",
        "Department that may change it",
        compute="_compute_owner",
        store=True,
        precompute=True,
        index=True,
    )
    level = fields.Selection(ROOM_WISHES, "Wish", required=True, default="prefer")
    room_id = fields.Many2one(
        "timetable.room", ondelete="cascade", index="btree_not_null", check_company=True
    )
    building_id = fields.Many2one(
        "timetable.building",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
    )
    type_id = fields.Many2one(
        "timetable.room.type",
        "Room type",
        ondelete="cascade",
        index="btree_not_null",
    )
    feature_id = fields.Many2one(
        "timetable.room.feature", ondelete="cascade", index="btree_not_null"
    )

    _check_scope = models.Constraint(
        "CHECK (num_nonnulls(department_id, course_id, class_id) = 1)",
        "A wish for rooms is of one department, one course or one class.",
    )
    _check_target = models.Constraint(
        "CHECK (num_nonnulls(room_id, building_id, type_id, feature_id) = 1)",
        "Fill in one of room, building, type and feature in each line.",
    )

    @api.depends(
        *("department_id.company_id", "course_id.department_id"),
        *("class_id.department_id", "course_id.company_id", "class_id.company_id"),
    )
    def _compute_owner(self):
        for wish in self:
            scope = wish.department_id or wish.course_id or wish.class_id
            wish.company_id = scope.company_id
            wish.owner_id = wish.department_id or scope.department_id

    @api.depends("level", *TARGETS)
    def _compute_display_name(self):
        levels = dict(self._fields["level"]._description_selection(self.env))
        for wish in self:
            target = next((wish[name] for name in TARGETS if wish[name]), wish)
            name = target.display_name if target != wish else ""
            wish.display_name = f"{levels.get(wish.level, '')}: {name}"

    @api.constrains("level", *TARGETS, *SCOPES)
    def _check_possible(self):
        """A scope that asks for what it forbids could have no room."""
        for wish in self:
            if wish.level not in ("require", "forbid"):
                continue
            others = self.search(
                [
                    *((name, "=", wish[name].id) for name in (*SCOPES, *TARGETS)),
                    ("level", "in", ("require", "forbid")),
                    ("level", "!=", wish.level),
                ],
                limit=1,
            )
            if others:
                raise ValidationError(
                    self.env._(
                        "%s is both required and forbidden: keep one of the two.",
                        next(wish[n] for n in TARGETS if wish[n]).display_name,
                    )
                )

    def _suits(self, room):
        """Whether a room is one that the wish speaks of."""
        self.ensure_one()
        return (
            (not self.room_id or room == self.room_id)
            and (not self.building_id or room.building_id == self.building_id)
            and (not self.type_id or room.type_id == self.type_id)
            and (not self.feature_id or self.feature_id in room.feature_ids)
        )

    def _rules_out(self, rooms):
        """Ids of rooms that these wishes of one scope rule out."""
        required = self.filtered(lambda one: one.level == "require")
        forbidden = self.filtered(lambda one: one.level == "forbid")
        return {
            room.id
            for room in rooms
            if any(wish._suits(room) for wish in forbidden)
            or (required and not any(wish._suits(room) for wish in required))
        }


class TimetableTerm(models.Model):
    """Wishes for rooms, by class: each of a class itself, its course, its department,
    and the home rooms of its batches."""

    _inherit = "timetable.term"

    def _room_wishes(self):
        """Class → list of wishes for each scope, for classes that have any.

        Two queries where nobody has a wish.
        """
        self.ensure_one()
        wishes = self.env["timetable.room.wish"].search(
            [
                ("company_id", "=", self.company_id.id),
                "|",
                ("class_id", "=", False),
                ("class_id.term_id", "=", self.id),
            ]
        )
        if not wishes:
            return {}
        found = defaultdict(list)
        of_class = wishes.grouped("class_id")
        of_course = wishes.grouped("course_id")
        of_department = wishes.grouped("department_id")
        for section in self.env["timetable.class"].search([("term_id", "=", self.id)]):
            for scope, record in (
                (of_class, section),
                (of_course, section.course_id),
                (of_department, section.department_id),
            ):
                if record and record in scope:
                    found[section.id].append(scope[record])
        return found

    def _home_rooms(self):
        """Class → home rooms of its batches."""
        found = defaultdict(list)
        for batch in self.env["timetable.batch"].search(
            [("term_id", "=", self.id), ("home_room_id", "!=", False)], order="id"
        ):
            for section in batch.class_ids:
                found[section.id].append(batch.home_room_id.id)
        return found

    def _closed_rooms(self, section_ids=None):
        """Class → rooms that its own, its course's or its department's wishes rule out.

        Of the rooms or buildings that one of them requires, any will do.
        """
        wishes = {
            section: scopes
            for section, scopes in self._room_wishes().items()
            if section_ids is None or section in section_ids
        }
        if not wishes:
            return {}
        rooms = (
            self.env["timetable.room"]
            .with_context(active_test=False)
            .search([("company_id", "=", self.company_id.id)])
        )
        known, closed = {}, {}
        for section, scopes in wishes.items():
            out = set()
            for scope in scopes:
                if scope not in known:
                    known[scope] = scope._rules_out(rooms)
                out |= known[scope]
            if out:
                closed[section] = frozenset(out)
        return closed
