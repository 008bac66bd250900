import json
import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...labels import said, said_error, say
from ...tools import payload
from ...tools.sidecar_client import SidecarError

_logger = logging.getLogger(__name__)

WAIT = timedelta(seconds=5)
"""People move several events in a row: one scoring for all of them."""
RETRY = timedelta(minutes=2)
AT_ONCE = 10


class TimetableVariant(models.Model):
    """Score and figures follow what people change by hand, in the background."""

    _inherit = "timetable.variant"

    scored_revision = fields.Integer(
        readonly=True,
        copy=False,
        help="The count of changes by hand that score and figures are of.",
    )
    is_stale = fields.Boolean("Being re-scored", compute="_compute_is_stale")
    rescore_said = fields.Json(readonly=True, copy=False)
    rescore_message = fields.Char(compute="_compute_rescore_message")

    @api.depends("rescore_said")
    @api.depends_context("lang")
    def _compute_rescore_message(self):
        for variant in self:
            variant.rescore_message = say(self.env, variant.rescore_said) or False

    @api.depends("board_revision", "scored_revision")
    def _compute_is_stale(self):
        for variant in self:
            variant.is_stale = variant.board_revision != variant.scored_revision

    def _ask_rescore(self):
        """Wake the scorer, once for a series of changes."""
        cron = self.env.ref("timetable_nep.cron_rescore").sudo()
        at = fields.Datetime.now() + WAIT
        coming = self.env["ir.cron.trigger"].sudo()
        if not coming.search_count(
            [("cron_id", "=", cron.id), ("call_at", ">", fields.Datetime.now())],
            limit=1,
        ):
            cron._trigger(at=at)

    @api.model
    def _cron_rescore(self):
        """Count conflicts of, and score, timetables that changed; each in
        transactions of its own. Counting needs no service: it comes first."""
        changed = self._changed_since("audited_revision")
        scored = self._changed_since("scored_revision")
        commit = self.env["ir.cron"]._commit_progress
        left = len(changed) + len(scored)
        for variants, method in (
            (changed, "_recount_conflicts"),
            (scored, "_rescore_one"),
        ):
            for variant in variants:
                left -= 1
                variant._rescore_step(method)
                commit(1, remaining=left)

    def _rescore_step(self, method):
        """One step for one timetable; a fault of ours does not stop those behind it.

        What cannot be counted counts as looked at until it changes again.
        """
        self.ensure_one()
        if method == "_rescore_one":  # commits, and has an answer to every fault
            self._rescore_one()
            return
        try:
            with self.env.cr.savepoint():
                getattr(self, method)()
        except OperationalError:
            raise  # two transactions met
        except Exception:
            _logger.exception("Conflicts of timetable %s could not be counted", self.id)
            self.invalidate_recordset()
            self._guarded().with_context(tracking_disable=True).write(
                {
                    "audited_revision": self.board_revision,
                    "rescore_said": said("not_counted"),
                }
            )

    @api.model
    def _changed_since(self, name):
        """Timetables whose changes by hand are not those that a field is of."""
        self.flush_model(["board_revision", name, "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM timetable_variant
                 WHERE coalesce(board_revision, 0) != coalesce(%s, 0)
                   AND state != 'archived'
                 ORDER BY write_date, id LIMIT %s
                """,
                SQL.identifier(name),
                AT_ONCE,
            )
        )
        return self.browse(row[0] for row in rows)

    def _rescore_one(self):
        """Ask the solver's service what this timetable is worth as it stands."""
        self.ensure_one()
        commit = self.env["ir.cron"]._commit_progress
        revision = self.board_revision
        try:
            body = self._rescore_body()
            # The answer takes seconds: nothing is held meanwhile.
            commit()
            data = self.env["timetable.run"]._sidecar(self.company_id).evaluate(body)
            vals = self._rescore_vals(data)
        except (
            SidecarError,
            UserError,
            payload.UnknownIdError,
            KeyError,
            TypeError,
        ) as error:
            self._rescore_failed(error)
            return
        self.invalidate_recordset()
        if not self.exists():
            return
        # Changed meanwhile: the score is of before, and the next call does the rest.
        vals["scored_revision"] = revision
        self._guarded().with_context(tracking_disable=True).write(vals)
        self._board_tell()
        if self.board_revision != revision:
            self._ask_rescore()

    def _rescore_body(self):
        """Body of ``POST /v1/evaluate``: opaque ids only, as in a run's snapshot."""
        term = self.term_id
        problem = term._snapshot_problem(self.run_id)
        people = {row["id"] for row in problem["students"]}
        sections = {row["id"] for row in problem["classes"]}
        head = {
            "problem": problem,
            "assignments": [payload.placement(row) for row in term._placements(self)],
            "sectioning": {
                student: [section for section in found if section in sections]
                for student, found in self._wire_sectioning()
                if student in people
            },
            "profile": self.profile or "balanced",
            "weights": self._requested_weights(),
        }
        return json.dumps(head, separators=(",", ":")).encode()

    def _wire_sectioning(self):
        for student, sections in self._read_sectioning().items():
            yield (
                payload.wire_id("student", student),
                payload.wire_ids("class", sections),
            )

    def _requested_weights(self):
        """The weights that the run was asked for, for this timetable."""
        self.ensure_one()
        for row in self.run_id.requested_variants or []:
            if row.get("key") == self.key:
                return row.get("weights") or {}
        return {}

    @api.model
    def _score_vals(self, data):
        """Figures of a variant on the wire, as values of a timetable."""
        return {
            "score_hard": data["score"]["hard"],
            "score_soft": data["score"]["soft"],
            "placed": data["placed"],
            "total": data["total"],
            "breakdown": data.get("breakdown") or [],
            "metrics": data.get("metrics") or {},
            "violations": data.get("violations") or [],
        }

    def _rescore_vals(self, data):
        known = set(
            self.env["timetable.event"].search([("term_id", "=", self.term_id.id)])._ids
        )
        unplaced = [
            payload.record_id("event", text) for text in data.get("unplaced") or []
        ]
        return {
            **self._score_vals(data),
            "unplaced_event_ids": [
                fields.Command.set([event for event in unplaced if event in known])
            ],
            "rescore_said": False,
        }

    def _rescore_failed(self, error):
        """Say why the figures are still those of before, and try again later."""
        if isinstance(error, SidecarError):
            what = said_error(error)
        elif isinstance(error, UserError):
            what = {"text": str(error)}
        else:
            what = said("odd_answer")
        _logger.info("Timetable %s could not be scored again", self.id)
        self._guarded().with_context(tracking_disable=True).write(
            {"rescore_said": what}
        )
        self.env.ref("timetable_nep.cron_rescore").sudo()._trigger(
            at=fields.Datetime.now() + RETRY
        )
