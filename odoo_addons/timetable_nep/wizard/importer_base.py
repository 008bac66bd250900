"""What all parts of an import share: the file, the company, ids made so far."""

from odoo.fields import Command

from ..models.base.timetable_unique_code_mixin import DOUBLES

BATCH = 1_000
QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "no_reset_password": True,
}


class ImporterBase:
    """Makes records in bulk; ids of the file become codes.

    :param data: a problem that ``tools.problem_file`` finds nothing wrong with
    """

    def __init__(self, env, company, data, *, name, invent_names, reuse):
        context = {**env.context, **QUIET, "active_test": True, DOUBLES: not reuse}
        self.env = env(context=context)
        self.company = company
        self.data = data
        self.name = name
        self.invent_names = invent_names
        self.reuse = reuse
        self.made = []
        """What an undo takes away: models and ids in the order of making."""
        self.ids = {}
        """For each kind: id in the file → id of the record."""

    def _rows(self, name):
        return self.data.get(name) or []

    def _one(self, kind, key):
        return self.ids[kind][key] if key is not None else False

    def _many(self, kind, keys):
        ids = self.ids[kind]
        return [Command.set([ids[key] for key in keys or ()])]

    def _create(self, model, rows):
        """Create in batches; ids in the order of the rows."""
        Model = self.env[model]
        ids = []
        for start in range(0, len(rows), BATCH):
            ids += Model.create(rows[start : start + BATCH]).ids
        if ids:
            self.made.append([model, ids])
        return ids

    def _make(self, kind, model, rows):
        """Create the rows of a kind, or take those that exist under their codes."""
        found = {}
        if self.reuse:
            domain = [
                ("code", "in", [row["code"] for row in rows]),
                ("company_id", "=", self.company.id),
            ]
            for record in self.env[model].search_fetch(domain, ["code"]):
                found.setdefault(record.code, record.id)
        new = [row for row in rows if row["code"] not in found]
        for row in new:
            row["company_id"] = self.company.id
        found |= dict(
            zip((row["code"] for row in new), self._create(model, new), strict=True)
        )
        self.ids[kind] = found

    def _coded(self, kind, model, codes):
        """Types and features: shared by all, found by code, made where missing."""
        known = {
            record.code: record.id
            for record in self.env[model].search([("code", "in", list(codes))])
        }
        new = sorted(set(codes) - known.keys())
        rows = [
            {"code": code, "name": code.replace("_", " ").capitalize()} for code in new
        ]
        known |= dict(zip(new, self._create(model, rows), strict=True))
        self.ids[kind] = known
