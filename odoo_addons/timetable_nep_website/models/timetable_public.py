"""What the site may show: an administrator's choice of departments decides it all.

A department with *Public notice board* has its page, its courses have theirs, and so
have the rooms in which it meets. Of classes of other departments a room's page says
only that the room is taken.
"""

from odoo import api, fields, models
from odoo.fields import Domain

ROOM, COURSE, DEPARTMENT = "room", "course", "department"


class TimetablePublicMixin(models.AbstractModel):
    """A page of the site with a week on it."""

    _name = "timetable.public.mixin"
    _description = "Page of the site"
    _inherit = ["website.searchable.mixin"]

    _public_kind = None
    _public_icon = None

    website_url = fields.Char(
        "Page of the site", compute="_compute_website_url", compute_sudo=True
    )

    @api.depends_context("lang")
    def _compute_website_url(self):
        slug = self.env["ir.http"]._slug
        for record in self:
            # The name alone: a display name may say more than a page does.
            name = (record.id, record.name or "")
            record.website_url = f"/timetable/{self._public_kind}/{slug(name)}"

    @api.model
    def _public_domain(self, company):
        """Which of these records everybody may see."""
        raise NotImplementedError

    @api.model
    def _public_departments(self, company):
        return (
            self.env["timetable.department"]
            .sudo()
            .search([("notice_board", "=", True), ("company_id", "=", company.id)])
        )

    @api.model
    def _search_get_detail(self, website, order, options):
        mapping = {
            "name": {"name": "name", "type": "text", "match": True},
            "website_url": {"name": "website_url", "type": "text", "truncate": False},
        }
        return {
            "model": self._name,
            "base_domain": [self._public_domain(website.company_id)],
            "search_fields": ["name", "code"],
            "fetch_fields": ["id", "name", "website_url"],
            "mapping": mapping,
            "icon": self._public_icon,
            "order": "name, id",
            # Visitors have no right on these records; the domain is what they may see.
            "requires_sudo": True,
        }


class TimetableDepartment(models.Model):
    _name = "timetable.department"
    _inherit = ["timetable.department", "timetable.public.mixin"]

    _public_kind = DEPARTMENT
    _public_icon = "fa-university"

    @api.model
    def _public_domain(self, company):
        return Domain("id", "in", self._public_departments(company).ids)

    def _public_meetings(self):
        return [("department_id", "=", self.id)]


class TimetableCourse(models.Model):
    _name = "timetable.course"
    _inherit = ["timetable.course", "timetable.public.mixin"]

    _public_kind = COURSE
    _public_icon = "fa-book"

    @api.model
    def _public_domain(self, company):
        return Domain("department_id", "in", self._public_departments(company).ids)

    def _public_meetings(self):
        departments = self._public_departments(self.company_id)
        return [("course_id", "=", self.id), ("department_id", "in", departments.ids)]


class TimetableRoom(models.Model):
    _name = "timetable.room"
    _inherit = ["timetable.room", "timetable.public.mixin"]

    _public_kind = ROOM
    _public_icon = "fa-map-marker"

    @api.model
    def _public_domain(self, company):
        departments = self._public_departments(company)
        used = (
            self.env["timetable.meeting"]
            .sudo()
            ._read_group(
                [
                    ("department_id", "in", departments.ids),
                    ("date", ">=", fields.Date.today()),
                    ("room_id", "!=", False),
                ],
                ["room_id"],
            )
        )
        return Domain("id", "in", [room.id for (room,) in used])

    def _public_meetings(self):
        return [("room_id", "=", self.id)]

    def _door_address(self):
        """The room's own page, where it has one."""
        if self.sudo().filtered_domain(self._public_domain(self.company_id)):
            return self.get_base_url() + self.website_url
        return super()._door_address()
