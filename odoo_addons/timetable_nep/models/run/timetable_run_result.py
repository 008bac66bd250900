import logging
from datetime import timedelta

from odoo import fields, models

from ...labels import said, said_error
from ...tools.payload import UnknownIdError, record_id
from ...tools.sidecar_client import SidecarError

_logger = logging.getLogger(__name__)

FETCH_ATTEMPTS = 8
BATCH = 1_000


class TimetableRun(models.Model):
    """Results: pulled, checked, and stored exactly once."""

    _inherit = "timetable.run"

    def _fetch_one(self):
        """Pull and store the result, and end the run, in one transaction."""
        self.ensure_one()
        state = self.remote_state
        if not self.result_digest:
            self._end(state)
            return
        try:
            result = self._sidecar().result(self.remote_id, self.result_digest)
            with self.env.cr.savepoint():
                self._store_result(result)
        except (SidecarError, UnknownIdError, KeyError, TypeError) as error:
            self._fetch_failed(error)
            return
        self._end(state)
        # The service may forget the job now: said after the commit.
        self._guarded().write({"pending_command": "acknowledge", "send_attempts": 0})
        self._trigger_sync()

    def _fetch_failed(self, error):
        attempts = self.fetch_attempts + 1
        final = isinstance(error, SidecarError) and error.status in (404, 410)
        if attempts >= FETCH_ATTEMPTS or final:
            _logger.warning("Run %s: its result was given up", self.id)
            self._fail(said("not_fetched", error=self._said_error(error)))
            return
        at = fields.Datetime.now() + timedelta(seconds=min(300, 5 * 2**attempts))
        self._guarded().write(
            {
                "fetch_attempts": attempts,
                "next_attempt_at": at,
                "message_said": said("trying_again", error=self._said_error(error)),
            }
        )
        self.env.ref("timetable_nep.cron_fetch").sudo()._trigger(at=at)
        self._notify_panel()

    def _said_error(self, error):
        if isinstance(error, SidecarError):
            return said_error(error)
        _logger.info("The result of run %s is refused: %s", self.id, error)
        return said("odd_result")

    def _store_result(self, result):
        """Make one timetable of each variant of the result."""
        self.ensure_one()
        Variant = self.env["timetable.variant"].with_context(tracking_disable=True)
        known = set(
            Variant.search(
                [("run_id", "=", self.id), ("attempt", "=", self.attempt)]
            ).mapped("key")
        )
        ids = self._known_ids()
        traces = self._traces(result)
        for data in result["variants"]:
            if data["key"] in known:
                continue
            vals = self._prepare_variant(data, ids)
            vals["trace"] = traces.get(data["key"]) or False
            # One of its fields is nobody's to touch, the officer's who imports neither.
            made = Variant.sudo()._guarded().create(vals)
            variant = made.sudo(self.env.su)
            self._store_assignments(variant, data["assignments"], ids)
        self._store_notes(result)
        # Conflicts are counted in the background, whatever the service says of them.
        self.env.ref("timetable_nep.cron_rescore").sudo()._trigger()

    def _known_ids(self):
        """Ids that may come back: those of this term, no others."""
        term = self.term_id
        return {
            "event": set(
                self.env["timetable.event"].search([("term_id", "=", term.id)])._ids
            ),
            "class": set(
                self.env["timetable.class"].search([("term_id", "=", term.id)])._ids
            ),
            "timeslot": set(term.grid_id.timeslot_ids._ids),
            "week_pattern": set(
                self.env["timetable.week.pattern"]
                .with_context(active_test=False)
                .search([("company_id", "in", [False, term.company_id.id])])
                ._ids
            ),
            "room": set(
                self.env["timetable.room"]
                .with_context(active_test=False)
                .search([("company_id", "=", term.company_id.id)])
                ._ids
            ),
        }

    def _prepare_variant(self, data, ids):
        profiles = dict(
            self.env["timetable.variant"]
            ._fields["profile"]
            ._description_selection(self.env)
        )
        unplaced = [record_id("event", text) for text in data.get("unplaced") or []]
        sectioning = {
            str(record_id("student", student)): [
                section
                for section in (record_id("class", text) for text in sections)
                if section in ids["class"]
            ]
            for student, sections in (data.get("sectioning") or {}).items()
        }
        Variant = self.env["timetable.variant"]
        return {
            "name": self._name_of_result(
                data["key"], profiles.get(data["profile"], data["profile"])
            ),
            "term_id": self.term_id.id,
            "run_id": self.id,
            "attempt": self.attempt,
            "key": data["key"],
            "profile": data["profile"] if data["profile"] in profiles else False,
            **Variant._score_vals(data),
            "unplaced_event_ids": [
                fields.Command.set([i for i in unplaced if i in ids["event"]])
            ],
            "sectioning": Variant._pack_sectioning(sectioning) if sectioning else False,
            "stored_digest": self.result_digest,
        }

    def _name_of_result(self, key, profile):
        """A name that tells this timetable from those of other runs: which run and
        attempt, its letter, its aim, and whether somebody set weights of their own."""
        self.ensure_one()
        number = f"{self.id}.{self.attempt}" if self.attempt > 1 else str(self.id)
        values = {
            **{"term": self.term_id.name, "run": number, "key": key},
            "profile": profile,
        }
        wanted = {row.get("key"): row for row in self.requested_variants or []}
        if wanted.get(key, {}).get("weights"):
            return self.env._(
                "%(term)s · %(run)s %(key)s · %(profile)s, own weights", **values
            )
        return self.env._("%(term)s · %(run)s %(key)s · %(profile)s", **values)

    def _store_assignments(self, variant, assignments, ids):
        """Rows of the events that still exist, in batches."""
        Assignment = self.env["timetable.assignment"]._with_pass(variant)
        pinned = self._pinned_events()
        rows = []
        for data in assignments:
            event = record_id("event", data["event"])
            slot = record_id("timeslot", data["timeslot"])
            room = record_id("room", data["room"]) if data.get("room") else False
            weeks = data.get("weeks")
            weeks = record_id("week_pattern", weeks) if weeks else False
            if event not in ids["event"]:
                continue  # deleted while the solver worked
            if slot not in ids["timeslot"] or (room and room not in ids["room"]):
                raise UnknownIdError(
                    f"'{data['timeslot']}' or '{data['room']}' is unknown."
                )
            if weeks and weeks not in ids["week_pattern"]:
                raise UnknownIdError(f"'{data['weeks']}' is unknown.")
            rows.append(
                {
                    "week_pattern_id": weeks,
                    "variant_id": variant.id,
                    "event_id": event,
                    "timeslot_id": slot,
                    "room_id": room,
                    "pinned": event in pinned,
                }
            )
        for start in range(0, len(rows), BATCH):
            Assignment.create(rows[start : start + BATCH])

    def _pinned_events(self):
        return {row["event"] for row in self.term_id._rows_of_pins(self)}
