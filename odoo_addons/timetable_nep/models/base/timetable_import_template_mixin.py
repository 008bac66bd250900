from odoo import api, models


class TimetableImportTemplateMixin(models.AbstractModel):
    """Files to fill in, offered by Odoo's own importer (*Import records*)."""

    _name = "timetable.import.template.mixin"
    _description = "Templates for the import"

    _import_template = ""
    """Name of the files in ``static/import``, without their ending."""

    @api.model
    def get_import_templates(self):
        base = f"/timetable_nep/static/import/{self._import_template}"
        return [
            {
                "label": self.env._("Template to fill in (spreadsheet)"),
                "template": f"{base}.xlsx",
            },
            {
                "label": self.env._("Template to fill in (CSV)"),
                "template": f"{base}.csv",
            },
        ]
