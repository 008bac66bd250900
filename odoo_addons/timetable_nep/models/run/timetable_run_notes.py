from odoo import api, fields, models

TRACE_POINTS = 60
"""More than a line on a card can show."""


class TimetableRun(models.Model):
    """What a result says besides its timetables: how the search went, and what it
    could not keep of what was asked."""

    _inherit = "timetable.run"

    shortfall = fields.Json(
        readonly=True,
        copy=False,
        help="Timetables that were asked for and did not come back.",
    )
    notes = fields.Json(
        readonly=True, copy=False, help="Remarks of the service on its result."
    )
    notes_text = fields.Text("What to know", compute="_compute_notes_text")
    trace = fields.Json("How the best was found", compute="_compute_trace")

    @api.depends("variant_ids.trace", "attempt")
    def _compute_trace(self):
        """The search behind the best timetable of the run."""
        for run in self:
            variants = run.variant_ids.filtered(
                lambda variant, run=run: variant.attempt == run.attempt
            ).sorted(lambda variant: (variant.score_hard, variant.score_soft))
            run.trace = variants[:1].trace

    @api.depends("notes")
    @api.depends_context("lang")
    def _compute_notes_text(self):
        for run in self:
            rows = [self._note_row(note) for note in run.notes or []]
            run.notes_text = "\n".join(text for text, _ways in self._wire_rows(rows))

    @api.model
    def _note_row(self, note):
        """A remark as it is stored, as a row of the service; one of the first edition
        is its English sentence."""
        if isinstance(note, str):
            return {"sentence": note}
        return {"message": note, "sentence": note["english"]}

    def _store_notes(self, result):
        """Keep what was asked for and did not come, and what else is to be told."""
        self.ensure_one()
        wanted = [row["key"] for row in self.requested_variants or []]
        came = {data["key"] for data in result["variants"]}
        missing = [key for key in wanted if key not in came]
        # What is missing is told by ``shortfall``, which also says what to do.
        remarks = result.get("remarks") or []
        sentences = result.get("notes") or []
        self._guarded().write(
            {
                "shortfall": missing
                and {
                    "asked": len(wanted),
                    "came": len(wanted) - len(missing),
                    "missing": missing,
                    "stopped": self.remote_state == "cancelled",
                },
                "notes": [
                    {
                        "code": remark["code"],
                        "args": remark["args"],
                        "english": sentence,
                    }
                    for remark, sentence in zip(remarks, sentences, strict=True)
                    if remark["code"] != "variant_left_out"
                ],
            }
        )

    @api.model
    def _traces(self, result):
        """Key of a variant → ``[seconds, rules broken, cost]`` of its best so far."""
        traces = {}
        for point in result.get("trace") or []:
            traces.setdefault(point["variant"], []).append(
                [point["seconds"], point["hard"], point["soft"]]
            )
        return {key: _thinned(points) for key, points in traces.items()}


def _thinned(points):
    """At most :data:`TRACE_POINTS` of the points, evenly; the first and the last are
    always among them."""
    last = len(points) - 1
    if last < TRACE_POINTS:
        return points
    steps = TRACE_POINTS - 1
    return [points[round(number * last / steps)] for number in range(steps + 1)]
