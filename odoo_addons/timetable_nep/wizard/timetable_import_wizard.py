import base64
import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..labels import say_error, say_fault, say_file_fault, say_file_note
from ..tools import remote
from ..tools.asc_file import read_asc
from ..tools.fet_file import read_fet
from ..tools.problem_file import check_problem
from ..tools.sidecar_client import SidecarError
from ..tools.stranger_file import FileError, check_size, text_of
from .import_preview import problem_counts, workbook_counts
from .term_importer import TermImporter
from .workbook_importer import WorkbookImporter
from .workbook_writer import write_workbook

BENCHMARKS = ("ctt", "tim")
"""File endings of formats that the service turns into ours."""
OTHERS = {"fet": read_fet, "xml": read_asc}
"""File endings of other programs, and what reads them."""
SOURCES = {"xlsx": "workbook", "fet": "fet", "xml": "asc"}
SHOWN = 200


class _Look(Exception):  # noqa: N818 - no error: ends a trial that is undone
    """A trial of an import is over."""


class TimetableImportWizard(models.TransientModel):
    """A university from a file: looked at first, then brought in."""

    _name = "timetable.import.wizard"
    _description = "Import a university"

    file = fields.Binary(attachment=False)
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
    is_workbook = fields.Boolean(compute="_compute_is_workbook")
    preview = fields.Json(readonly=True)
    preview_html = fields.Html(compute="_compute_preview_html", sanitize=False)
    fault_count = fields.Integer(readonly=True)
    only_right = fields.Boolean("Leave out the faulty rows and import the others")

    @api.depends("filename")
    def _compute_is_workbook(self):
        for wizard in self:
            wizard.is_workbook = wizard._ending() == "xlsx"

    @api.depends("preview")
    @api.depends_context("lang")
    def _compute_preview_html(self):
        for wizard in self:
            wizard.preview_html = wizard.preview and self.env["ir.qweb"]._render(
                "timetable_nep.timetable_import_preview", wizard.preview
            )

    @api.onchange("file", "filename", "term_name", "reuse", "again")
    def _onchange_file(self):
        """What was seen was of another file."""
        self.preview = False
        self.fault_count = 0

    # ---- Buttons
    @remote.one
    def action_preview(self):
        """Show what the import would do. Nothing of it stays."""
        content = self._content()
        if self.is_workbook:
            importer = self._try_workbook(content, keep=False)
            preview = workbook_counts(self.env, importer)
            faults, count = importer.faults, importer.fault_count
        else:
            data, notes = self._read(content)
            found = check_problem(data)
            faults = [{"text": say_fault(self.env, fault)} for fault in found]
            count = len(faults)
            preview = (
                {"counts": [], "changes": []}
                if faults
                else problem_counts(self.env, self.company_id, data, self.reuse)
            )
            preview["notes"] = [
                say_file_note(self.env, name, number)
                for name, number in sorted(notes.items())
            ]
        preview |= {
            "faults": faults[:SHOWN],
            "fault_count": count,
            "more": max(0, count - SHOWN),
        }
        self.write({"preview": preview, "fault_count": count, "only_right": False})
        return self._reopen()

    @remote.one
    def action_import(self):
        """Check the file, then make all its records, or nothing.

        :return: the action that opens the term, or the import
        """
        content = self._content()
        if self.is_workbook:
            return self._import_workbook(content)
        digest = hashlib.sha256(content).hexdigest()
        self._check_new(digest)
        data, notes = self._read(content)
        faults = check_problem(data)
        if faults:
            raise UserError(
                self.env._("The file cannot be imported:")
                + "\n• "
                + "\n• ".join(say_fault(self.env, fault) for fault in faults)
            )
        counts = problem_counts(self.env, self.company_id, data, self.reuse)
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
        counts["notes"] = [
            say_file_note(self.env, name, number)
            for name, number in sorted(notes.items())
        ]
        self._keep(importer.made, [], counts, term)
        return self._open(term)

    @remote.one
    def action_again(self):
        """Back to the choice of a file."""
        self.write({"preview": False, "fault_count": 0, "file": False})
        return self._reopen()

    @remote.one
    def action_download(self):
        """A workbook of what is there, for the term that is worked on."""
        return {"type": "ir.actions.act_url", "url": "/timetable_nep/workbook"}

    @api.model
    def _workbook(self):
        """Name and bytes of the workbook, for whoever may import it again."""
        self.browse().check_access("create")
        term = self.env["timetable.term"]._default_term()
        company = self.env.company
        content = write_workbook(self.env, company, term)
        return f"{(term or company).display_name}.xlsx", content

    # ---- Files
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_packed(vals.get("file"))
        return super().create(vals_list)

    def write(self, vals):
        self._check_packed(vals.get("file"))
        return super().write(vals)

    @api.model
    def _check_packed(self, packed):
        """Refuse what is too large before it is stored or unpacked."""
        try:
            if packed:
                check_size(len(packed) * 3 // 4)  # three bytes for four letters
        except FileError as error:
            raise UserError(say_file_fault(self.env, error)) from error

    def _ending(self):
        return (self.filename or "").lower().rpartition(".")[2]

    def _content(self):
        packed = self.with_context(bin_size=False).file
        if not packed:
            raise UserError(say_file_fault(self.env, FileError("empty")))
        return base64.b64decode(packed)

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
        """The file as a problem of the contract, and what was left out of it."""
        ending = self._ending()
        try:
            if ending in OTHERS:
                return OTHERS[ending](content)
            if ending in BENCHMARKS:
                return self._convert(text_of(content), ending), {}
            if ending != "json":
                raise FileError("ending", ending=f".{ending}"[:12])
            return self._read_json(text_of(content)), {}
        except FileError as error:
            raise UserError(say_file_fault(self.env, error)) from error

    @staticmethod
    def _read_json(text):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise FileError(
                "not_json", line=error.lineno, column=error.colno
            ) from error
        except RecursionError as error:
            raise FileError("too_deep") from error
        except ValueError as error:  # a number with too many digits
            raise FileError("not_json", line=1, column=1) from error

    def _convert(self, text, ending):
        try:
            return self.env["timetable.run"]._sidecar().convert(text, ending)
        except SidecarError as error:
            details = "\n".join(error.errors[:10])
            raise UserError(
                f"{say_error(self.env, error)}\n{details}".strip()
            ) from error

    # ---- Workbooks
    def _try_workbook(self, content, keep):
        """Bring a workbook in.

        :param keep: False undoes it all again, after a look at what it did
        """
        try:
            importer = WorkbookImporter(self.env, self.company_id, content)
            with self.env.cr.savepoint():
                importer.run()
                if not keep or (importer.fault_count and not self.only_right):
                    importer.looked = workbook_counts(self.env, importer)
                    raise _Look
        except _Look:
            self.env.invalidate_all()
        except FileError as error:
            raise UserError(say_file_fault(self.env, error)) from error
        return importer

    def _import_workbook(self, content):
        importer = self._try_workbook(content, keep=True)
        if importer.fault_count and not self.only_right:
            return self.action_preview()
        terms = [ids for model, ids in importer.made if model == "timetable.term"]
        made = [one for ids in terms for one in ids]
        term = self.env["timetable.term"].browse(made if len(made) == 1 else [])
        counts = workbook_counts(self.env, importer)
        record = self._keep(importer.made, importer.changed, counts, term)
        return self._open(term or record)

    # ---- What stays
    def _keep(self, made, changed, counts, term):
        summary = {"changes": [], "faults": [], "fault_count": 0, "more": 0, **counts}
        record = (
            self.env["timetable.import"]
            .sudo()
            .create(
                {
                    "name": self.filename or self.env._("File"),
                    "source": SOURCES.get(self._ending(), "problem"),
                    "company_id": self.company_id.id,
                    "term_id": term.id,
                    "summary": self.env["ir.qweb"]._render(
                        "timetable_nep.timetable_import_preview", summary
                    ),
                    "made": made,
                    "changed": changed,
                }
            )
        )
        record._add_children()
        return record.with_env(self.env)

    def _open(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import a university"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }
