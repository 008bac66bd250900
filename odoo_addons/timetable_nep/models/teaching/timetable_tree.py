from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TimetableClass(models.Model):
    """Which component a class is one of, and the class whose students it divides."""

    _inherit = "timetable.class"

    component_id = fields.Many2one(
        "timetable.component",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('course_id', '=', course_id)]",
        help="Empty where the course is not divided into components.",
    )
    parent_id = fields.Many2one(
        "timetable.class",
        "Group of",
        index="btree_not_null",
        ondelete="set null",
        domain="[('offering_id', '=', offering_id), ('id', '!=', id)]",
        help="Students of this group are students of that class, too.",
    )
    child_ids = fields.One2many("timetable.class", "parent_id", "Groups")

    @api.constrains("component_id", "parent_id", "offering_id")
    def _check_structure(self):
        for section in self.sudo().with_context(active_test=True):
            siblings = section.offering_id.class_ids | section
            component, parent = section.component_id, section.parent_id
            if component and component.course_id != section.course_id:
                raise ValidationError(
                    self.env._(
                        "%(component)s is not a component of %(course)s.",
                        component=component.display_name,
                        course=section.course_id.display_name,
                    )
                )
            nameless = siblings.filtered(lambda one: not one.component_id)
            if nameless and siblings - nameless:
                raise ValidationError(
                    self.env._(
                        "Say of which component %s is: other classes of the offering "
                        "have one.",
                        nameless[0].display_name,
                    )
                )
            if not parent:
                continue
            above = siblings.filtered(
                lambda one, kind=component: one.component_id == kind
            ).parent_id.component_id
            if (
                parent.offering_id != section.offering_id
                or parent.component_id == component
                or len(above) > 1
                or section._has_cycle()
            ):
                raise ValidationError(
                    self.env._(
                        "%(group)s cannot be a group of %(class)s: choose a class of "
                        "the same offering and of one other component, the same for "
                        "all groups.",
                        group=section.display_name,
                        **{"class": parent.display_name},
                    )
                )

    def _components_by_offering(self):
        """Offering → components that these classes have; an offering without any has
        the one without a name."""
        found = defaultdict(set)
        for section in self:
            found[section.offering_id.id].add(section.component_id.id)
        return found
