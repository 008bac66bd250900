from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import remote

OFFICER = "timetable_nep.group_timetable_officer"
MOST_NAMED = 5
SOURCES = [
    ("workbook", "Workbook"),
    ("fet", "FET"),
    ("asc", "aSc Timetables"),
    ("problem", "Problem file"),
]
COMES_WITH = frozenset({"timetable.week.visit", "timetable.webhook.event"})
"""Rows that go with their record and are no work of anybody's."""


class TimetableImport(models.Model):
    """One import: what it made and changed, so that it can be taken back."""

    _name = "timetable.import"
    _description = "Import"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("File", required=True, readonly=True)
    source = fields.Selection(SOURCES, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    term_id = fields.Many2one("timetable.term", readonly=True, ondelete="set null")
    state = fields.Selection(
        [("done", "Imported"), ("undone", "Taken back")], default="done", readonly=True
    )
    summary = fields.Html(readonly=True, sanitize=False)
    made = fields.Json(readonly=True, groups="base.group_system")
    changed = fields.Json(readonly=True, groups="base.group_system")

    @remote.one
    def action_undo(self):
        """Take back what was made and changed, all of it or nothing.

        :raises UserError: where something was built on it since, naming it
        """
        self.check_access("read")
        if not self.env.user.has_group(OFFICER):
            raise AccessError(
                self.env._("Only a timetable officer takes imports back.")
            )
        one = self.sudo()
        if one.state != "done":
            raise UserError(self.env._("This import was taken back already."))
        made = one._made_ids()
        blockers = one._changed_since() + one._built_on(made)
        if blockers:
            shown = "\n".join(f"• {line}" for line in blockers[:MOST_NAMED])
            raise UserError(
                self.env._(
                    "The import cannot be taken back, because something was built on "
                    "it:\n%s\nTake that away first.",
                    shown,
                )
            )
        one._take_back(made)
        one.write({"state": "undone", "made": False, "changed": False})
        return {"type": "ir.actions.client", "tag": "reload"}

    def _add_children(self):
        """What came with the records that were made belongs to the import as well:
        classes of a split, lines of a relation."""
        made = self._made_ids()
        rows = list(self.made or [])
        found = True
        while found:
            found = False
            for name, _field, others in self._pointing_at(made, cascade=True):
                rows.append([name, others.ids])
                made[name] |= set(others.ids)
                found = True
        self.made = rows

    def _pointing_at(self, made, cascade=False, limit=None):
        """Model, field and records that are not made by the import and point at it.

        :param cascade: only those that are deleted with what they point at
        """
        for name, Model in self.env.items():
            if not name.startswith("timetable.") or Model._abstract or Model._transient:
                continue
            if name in COMES_WITH or name == self._name or not Model._auto:
                continue
            for field in Model._fields.values():
                targets = made.get(field.comodel_name) if field.relational else None
                if not targets or not field.store or field.related:
                    continue
                if field.type == "one2many" or (
                    cascade and getattr(field, "ondelete", None) != "cascade"
                ):
                    continue
                if cascade and field.type != "many2one":
                    continue
                domain = [
                    (field.name, "in", list(targets)),
                    ("id", "not in", list(made.get(name, ()))),
                ]
                if field.type == "many2many":
                    # Seen from the other side, too: a class that was made has a
                    # teacher who was there before. Only what came later builds on it.
                    domain.append(("create_date", ">", self.create_date))
                others = Model.with_context(active_test=False).search(
                    domain, limit=limit
                )
                if others:
                    yield name, field, others

    def _made_ids(self):
        """Model → ids that are still there."""
        found = defaultdict(set)
        for model, ids in self.made or []:
            Model = self.env[model].with_context(active_test=False)
            found[model] |= set(Model.browse(ids).exists().ids)
        return found

    def _changed_since(self):
        """Records that were changed by the import, and again by somebody after it."""
        lines = []
        for row in self.changed or []:
            record = self.env[row["model"]].browse(row["id"]).exists()
            for field, value in row["after"].items() if record else ():
                if self._plain(record, field) != value:
                    label = record._fields[field]._description_string(self.env)
                    lines.append(
                        self.env._(
                            "%(name)s: %(field)s was changed since",
                            name=record.display_name,
                            field=label,
                        )
                    )
        return lines

    @staticmethod
    def _plain(record, field):
        value = record[field]
        kind = record._fields[field].type
        if kind == "many2many":
            return sorted(value.ids)
        if kind == "many2one":
            return value.id or False
        return str(value) if kind == "date" and value else value

    def _built_on(self, made):
        """Records of others that point at what the import made."""
        lines = [
            f"{others._description}: {other.display_name}"
            for _name, _field, others in self._pointing_at(made, limit=MOST_NAMED)
            for other in others
        ]
        return list(dict.fromkeys(lines))

    def _take_back(self, made):
        for row in reversed(self.changed or []):
            record = self.env[row["model"]].browse(row["id"]).exists()
            if record:
                record.write(
                    {
                        field: [fields.Command.set(value)]
                        if isinstance(value, list)
                        else value
                        for field, value in row["before"].items()
                    }
                )
        for model, ids in reversed(self.made or []):
            left = (
                self.env[model]
                .with_context(active_test=False)
                .browse([one for one in ids if one in made[model]])
            )
            left.exists().unlink()
