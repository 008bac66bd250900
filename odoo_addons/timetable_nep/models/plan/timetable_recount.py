"""Counts of conflicts follow whatever they depend on, not hand moves only."""

from odoo import api, models
from odoo.fields import Domain

LOST = -2
"""A count of changes by hand that never is: whatever was counted counts no more."""


class TimetableCountedMixin(models.AbstractModel):
    """Data that hard rules look at: a change makes counts of conflicts old."""

    _name = "timetable.counted.mixin"
    _description = "Seen by hard rules"

    _counted_fields = frozenset()
    """Fields that a rule looks at."""

    def _counted_domain(self):
        """Timetables that these records say something about."""
        terms = "term_id" in self._fields and self.sudo().mapped("term_id")
        if terms and all(record.term_id for record in self.sudo()):
            return Domain("term_id", "in", terms.ids)
        return Domain("company_id", "in", self.sudo().company_id.ids)

    def _count_again(self):
        if self:
            self.env["timetable.variant"]._lose_counts(self._counted_domain())

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._count_again()
        return records

    def write(self, vals):
        if not self._counted_fields & vals.keys():
            return super().write(vals)
        done = super().write(vals)
        self._count_again()
        return done

    def unlink(self):
        domain = self and self._counted_domain()
        done = super().unlink()
        if domain:
            self.env["timetable.variant"]._lose_counts(domain)
        return done


class TimetableVariant(models.Model):
    _inherit = "timetable.variant"

    @api.model
    def _lose_counts(self, domain):
        """Count the conflicts of these timetables anew, in the background."""
        variants = self.sudo().search(
            domain
            & Domain("state", "!=", "archived")
            & Domain("audited_revision", "!=", LOST)
        )
        if variants:
            variants._guarded().with_context(tracking_disable=True).write(
                {"audited_revision": LOST}
            )
            variants._ask_rescore()

    def _count_now(self):
        """How many hard rules are broken, whoever changed what since."""
        self.ensure_one()
        if not self.is_audited:
            self._recount_conflicts()
        return self.conflict_count


class TimetableRoom(models.Model):
    _name = "timetable.room"
    _inherit = ["timetable.room", "timetable.counted.mixin"]
    _counted_fields = frozenset(
        {"active", "capacity", "type_id", "feature_ids", "unavailable_timeslot_ids"}
    )


class TimetableFacultyAvailability(models.Model):
    _name = "timetable.faculty.availability"
    _inherit = ["timetable.faculty.availability", "timetable.counted.mixin"]
    _counted_fields = frozenset(
        {"faculty_id", "timeslot_id", "level", "source", "term_id"}
    )


class TimetableFaculty(models.Model):
    _name = "timetable.faculty"
    _inherit = ["timetable.faculty", "timetable.counted.mixin"]
    _counted_fields = frozenset({"max_periods_day", "active", "wish_term_ids"})


class TimetableClass(models.Model):
    _name = "timetable.class"
    _inherit = ["timetable.class", "timetable.counted.mixin"]
    _counted_fields = frozenset(
        {
            "faculty_ids",
            "limit",
            "one_event_per_day",
            "unavailable_timeslot_ids",
            "batch_ids",
            "component_id",
            "parent_id",
            "week_pattern_ids",
            "active",
        }
    )


class TimetableEvent(models.Model):
    _name = "timetable.event"
    _inherit = ["timetable.event", "timetable.counted.mixin"]
    _counted_fields = frozenset(
        {
            "duration",
            "needs_room",
            "room_type_id",
            "feature_ids",
            "own_faculty",
            "faculty_ids",
            "timeslot_ids",
            "pin_timeslot_id",
            "pin_room_id",
            "week_pattern_ids",
            "active",
        }
    )


class TimetableRoomWish(models.Model):
    _name = "timetable.room.wish"
    _inherit = ["timetable.room.wish", "timetable.counted.mixin"]
    _counted_fields = frozenset(
        {"level", "room_id", "building_id", "type_id", "feature_id"}
    )


class TimetableJointClass(models.Model):
    _name = "timetable.joint.class"
    _inherit = ["timetable.joint.class", "timetable.counted.mixin"]
    _counted_fields = frozenset({"class_ids"})


class TimetableBatch(models.Model):
    _name = "timetable.batch"
    _inherit = ["timetable.batch", "timetable.counted.mixin"]
    _counted_fields = frozenset({"class_ids"})


class TimetableBand(models.Model):
    _name = "timetable.band"
    _inherit = ["timetable.band", "timetable.counted.mixin"]
    _counted_fields = frozenset({"category", "timeslot_ids"})


class TimetableRelation(models.Model):
    _name = "timetable.relation"
    _inherit = ["timetable.relation", "timetable.counted.mixin"]
    _counted_fields = frozenset({"type", "value", "hard", "line_ids"})


class TimetableRelationLine(models.Model):
    _name = "timetable.relation.line"
    _inherit = ["timetable.relation.line", "timetable.counted.mixin"]
    _counted_fields = frozenset({"event_id", "sequence"})


class TimetableEnrolment(models.Model):
    _name = "timetable.enrolment"
    _inherit = ["timetable.enrolment", "timetable.counted.mixin"]
    _counted_fields = frozenset({"fixed", "offering_id"})


class TimetableEnrolmentClass(models.Model):
    _name = "timetable.enrolment.class"
    _inherit = ["timetable.enrolment.class", "timetable.counted.mixin"]
    _counted_fields = frozenset({"fixed"})
