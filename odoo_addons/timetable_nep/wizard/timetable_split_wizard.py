from odoo import api, fields, models

from ..tools import remote


class TimetableSplitWizard(models.TransientModel):
    """The tree of classes that splitting makes, before it makes it."""

    _name = "timetable.split.wizard"
    _description = "Split into classes"

    offering_ids = fields.Many2many("timetable.offering", string="Offerings")
    tree_html = fields.Html(compute="_compute_tree_html", sanitize=False)

    @api.depends("offering_ids")
    def _compute_tree_html(self):
        for wizard in self:
            # Before the form is saved these are not the records themselves.
            offerings = wizard.offering_ids._origin
            wizard.tree_html = self.env["ir.qweb"]._render(
                "timetable_nep.timetable_split_tree",
                {"offerings": [wizard._tree_of(one) for one in offerings]},
            )

    def _tree_of(self, offering):
        """What the page shows of one offering."""
        if not offering.course_id.component_ids:
            return {
                "name": offering.display_name,
                "students": offering.student_count,
                "count": offering.wanted_class_count,
                "rows": [],
            }
        rows = [
            {
                "depth": depth,
                "name": node.name,
                "component": node.component.display_name or "",
                "students": node.students,
                "limit": node.limit,
                "change": self._change(node),
            }
            for root in offering._split_tree()
            for depth, node in root.walk()
        ]
        return {
            "name": offering.display_name,
            "students": offering.student_count,
            "count": len(rows),
            "rows": rows,
        }

    @staticmethod
    def _change(node):
        if node.kept:
            return "kept"
        if not node.wanted:
            return "goes"
        if not node.section:
            return "new"
        return "adopted" if node.adopted else "stays"

    @remote.many
    def action_split(self):
        """Make it so."""
        return self.offering_ids.action_split()
