from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import remote


class ResUsers(models.Model):
    _inherit = "res.users"

    timetable_term_id = fields.Many2one(
        "timetable.term",
        "Term I work on",
        ondelete="set null",
        copy=False,
        help="Lists of offerings, classes, events and enrolments begin with this term.",
    )

    @property
    @remote.many
    def SELF_READABLE_FIELDS(self):  # noqa: N802
        return [*super().SELF_READABLE_FIELDS, "timetable_term_id"]

    @property
    @remote.many
    def SELF_WRITEABLE_FIELDS(self):  # noqa: N802
        return [*super().SELF_WRITEABLE_FIELDS, "timetable_term_id"]


class TimetableTerm(models.Model):
    """The term that somebody works on: chosen once, it filters all pages."""

    _inherit = "timetable.term"

    is_chosen = fields.Boolean(
        "Term I work on", compute="_compute_is_chosen", search="_search_is_chosen"
    )

    @api.model
    def _chosen(self):
        """The terms whose records the reader's pages begin with.

        The one they chose; else, of each of their universities, the term worked on
        last, or the newest where nothing was generated yet.
        """
        companies = self.env.companies
        chosen = self.env.user.sudo().timetable_term_id
        if chosen.active and chosen.company_id in companies:
            return self.browse(chosen.ids)
        latest = self.browse(self._latest_ids())
        for company in companies - latest.company_id:
            latest |= self.search([("company_id", "=", company.id)], limit=1)
        return latest.filtered(lambda term: term.company_id in companies)

    @api.model
    def _default_term(self):
        """The term of a new record, where there is one only."""
        chosen = self._chosen().filtered(
            lambda term: term.company_id == self.env.company
        )
        return chosen if len(chosen) == 1 else self.browse()

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_chosen(self):
        chosen = self._chosen()
        for term in self:
            term.is_chosen = term in chosen

    def _search_is_chosen(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("id", "in" if True in value else "not in", self._chosen().ids)

    @api.model
    def chooser_data(self):
        """What the choice of the term in the top bar shows.

        :return: ``{terms: [{id, name}], chosen: id or False}``; no terms for those who
            may not read them
        """
        if not self.has_access("read"):
            return {"terms": [], "chosen": False}
        terms = self.search([("company_id", "in", self.env.companies.ids)])
        chosen = self._chosen()
        return {
            "terms": [{"id": term.id, "name": term.display_name} for term in terms],
            "chosen": chosen.id if len(chosen) == 1 else False,
        }

    @api.model
    @remote.asked
    def choose(self, term_id):
        """Remember the term that the reader works on; none: the newest again."""
        term = self.browse(term_id or []).exists()
        term.check_access("read")
        self.env.user.timetable_term_id = term
        return True
