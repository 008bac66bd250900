import base64
import hashlib
import json

from odoo import fields, models
from odoo.exceptions import UserError

from ..labels import say_error, say_fault
from ..tools import remote
from ..tools.problem_file import check_problem
from ..tools.sidecar_client import SidecarError
from .term_importer import TermImporter

BENCHMARKS = ("ctt", "tim")
"""File endings of formats that the service turns into ours."""


class TimetableImportWizard(models.TransientModel):
    """A whole university from one file, as a new term."""

    _name = "timetable.import.wizard"
    _description = "Import a university"

    file = fields.Binary(required=True, attachment=False)
    filename = fields.Char()
    term_name = fields.Char(help="Empty: the name in the file.")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    invent_names = fields.Boolean(
        "Invent names of people",
        help="For trials: files carry no names of people, and made-up ones are nicer "
        "to look at than codes. Not for real people.",
    )
    reuse = fields.Boolean(
        "Use existing records",
        default=True,
        help="Departments, rooms, faculty, courses and students that exist under the "
        "same code are used as they are, not made again.",
    )
    again = fields.Boolean(
        "Import the same file again",
        help="Without this, a file that was imported before is refused.",
    )

    @remote.one
    def action_import(self):
        """Check the file, then make the term and all its records.

        :return: the action that opens the term
        """
        content = base64.b64decode(self.with_context(bin_size=False).file or b"")
        digest = hashlib.sha256(content).hexdigest()
        self._check_new(digest)
        data = self._read(content)
        faults = check_problem(data)
        if faults:
            raise UserError(
                self.env._("The file cannot be imported:")
                + "\n• "
                + "\n• ".join(say_fault(self.env, fault) for fault in faults)
            )
        name = (self.term_name or data.get("name") or self.filename or "").strip()
        importer = TermImporter(
            self.env,
            self.company_id,
            data,
            name=name or self.env._("Imported term"),
            invent_names=self.invent_names,
            reuse=self.reuse,
        )
        term = importer.run()
        term.import_digest = digest
        return {
            "type": "ir.actions.act_window",
            "res_model": "timetable.term",
            "res_id": term.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }

    def _check_new(self, digest):
        if self.again:
            return
        term = self.env["timetable.term"].search(
            [("import_digest", "=", digest), ("company_id", "=", self.company_id.id)],
            limit=1,
        )
        if term:
            raise UserError(
                self.env._(
                    "This file was imported before, as %s. Tick “Import the same file "
                    "again” to make another term of it.",
                    term.display_name,
                )
            )

    def _read(self, content):
        """The file as a problem of the contract."""
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UserError(
                self.env._("The file is not text: choose a .json, .ctt or .tim file.")
            ) from error
        ending = (self.filename or "").lower().rpartition(".")[2]
        if ending in BENCHMARKS:
            try:
                return self.env["timetable.run"]._sidecar().convert(text, ending)
            except SidecarError as error:
                details = "\n".join(error.errors[:10])
                raise UserError(
                    f"{say_error(self.env, error)}\n{details}".strip()
                ) from error
        try:
            return json.loads(text)
        except ValueError as error:
            raise UserError(
                self.env._("The file is not valid JSON: %s", error)
            ) from error
