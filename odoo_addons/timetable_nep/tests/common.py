"""Data makers, users of each role, and a sidecar to talk to."""

import gzip
import hashlib
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from odoo.tests import TransactionCase, new_test_user, tagged

from ..const import (
    HEADER_EVENT_ID,
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    PARAM_SECRET,
    PARAM_TOKEN,
    PARAM_URL,
)
from ..tools.signing import SignatureError, sign, verify

TOKEN = "token-of-the-tests"
SECRET = "secret-of-the-tests"


def repository():
    """Root of the repository that holds this addon, or None."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "sidecar" / "contract").is_dir():
            return folder
    return None


def small_problem():
    """A problem that has something in every field of the contract."""
    slots = [
        {
            "id": f"T{day}{period}",
            "day": day,
            "period": period,
            "start": f"{8 + period:02d}:00",
            "end": f"{9 + period:02d}:00",
        }
        for day in range(3)
        for period in (1, 2, 3, 5)
    ]
    return {
        "version": "1.0",
        "name": "Small college",
        "departments": [
            {"id": "PHY", "name": "Physics", "school": "Sciences"},
            {"id": "HIN", "name": "Hindi", "school": "Arts"},
        ],
        "buildings": [{"id": "B1", "name": "North"}, {"id": "B2", "name": "South"}],
        "travel": [{"building_a": "B1", "building_b": "B2", "minutes": 12}],
        "faculty": [
            {
                "id": "F1",
                "department": "PHY",
                "max_periods_week": 16,
                "max_periods_day": 4,
                "max_consecutive": 2,
                "unavailable": ["T01", "T02"],
                "preferences": [
                    {"timeslot": "T11", "level": "prefer"},
                    {"timeslot": "T13", "level": "avoid"},
                ],
            },
            {"id": "F2", "department": "HIN"},
            {"id": "F3"},
        ],
        "rooms": [
            {
                "id": "R1",
                "name": "North 1",
                "department": "PHY",
                "building": "B1",
                "type": "classroom",
                "capacity": 40,
                "features": ["projector"],
                "unavailable": ["T05"],
            },
            {"id": "R2", "building": "B2", "type": "lab", "capacity": 30},
            {"id": "R3", "type": "classroom", "capacity": 60},
        ],
        "timeslots": slots,
        "bands": [{"category": "ability", "timeslots": ["T01", "T11", "T21"]}],
        "offerings": [
            {
                "id": "PHY101",
                "name": "Mechanics",
                "department": "PHY",
                "category": "major",
                "credits": 4.0,
            },
            {
                "id": "AEC1",
                "name": "Hindi for all",
                "department": "HIN",
                "category": "ability",
                "credits": 2.0,
            },
        ],
        "classes": [
            {
                "id": "PHY101-1",
                "offering": "PHY101",
                "faculty": ["F1"],
                "limit": 30,
                "min_days": 2,
                "unavailable": ["T25"],
                "events": [
                    {
                        "id": "E1",
                        "duration": 1,
                        "features": ["projector"],
                        "timeslots": ["T03", "T11", "T12"],
                    },
                    {
                        "id": "E2",
                        "duration": 2,
                        "room_type": "lab",
                        "faculty": ["F1", "F3"],
                    },
                ],
            },
            {
                "id": "PHY101-2",
                "offering": "PHY101",
                "faculty": ["F3"],
                "limit": 30,
                "one_event_per_day": False,
                "events": [
                    {"id": "E3", "duration": 1, "room_type": None},
                    {"id": "E4", "duration": 1, "needs_room": False, "faculty": []},
                ],
            },
            {
                "id": "AEC1-1",
                "offering": "AEC1",
                "faculty": ["F2"],
                "limit": 60,
                "events": [{"id": "E5", "duration": 1}],
            },
        ],
        "students": [
            {"id": "S1", "programme": "BSC", "offerings": ["PHY101", "AEC1"]},
            {"id": "S2", "offerings": ["AEC1"], "classes": ["PHY101-2"]},
            {"id": "S3", "classes": ["AEC1-1"]},
        ],
        "curricula": [
            {
                "id": "Q1",
                "name": "Physics 1",
                "classes": ["PHY101-1", "AEC1-1"],
                "size": 25,
            }
        ],
        "relations": [
            {"id": "X1", "type": "precedence", "events": ["E5", "E1"], "hard": True},
            {
                "id": "X2",
                "type": "minimum_gap",
                "events": ["E1", "E3"],
                "hard": False,
                "weight": 7,
                "value": 2,
            },
        ],
        "pins": [
            {"event": "E5", "timeslot": "T11", "room": "R3"},
            {"event": "E3", "room": "R3"},
        ],
        "previous": [
            {"event": "E1", "timeslot": "T12", "room": "R1"},
            {"event": "E4", "timeslot": "T13"},
        ],
        "profile": "student_friendly",
    }


@tagged("post_install", "-at_install")
class TimetableCase(TransactionCase):
    """Users of every role and a small university."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        make_users(cls)

    @classmethod
    def import_problem(cls, data, **values):
        """Import a problem through the wizard, as an officer does."""
        return import_problem(cls.env(user=cls.officer), data, **values)


def make_users(case):
    """One user for each role, on the class."""
    for role in ("coordinator", "officer", "approver", "admin"):
        user = new_test_user(
            case.env,
            f"tt_{role}",
            groups=f"timetable_nep.group_timetable_{role}",
        )
        setattr(case, role, user)
    case.internal = new_test_user(case.env, "tt_internal", groups="base.group_user")
    case.portal = new_test_user(case.env, "tt_portal", groups="base.group_portal")
    case.other_portal = new_test_user(
        case.env, "tt_portal_2", groups="base.group_portal"
    )


def import_problem(env, data, **values):
    """Term made of a problem."""
    import base64

    content = json.dumps(data).encode()
    wizard = env["timetable.import.wizard"].create(
        {"file": base64.b64encode(content), "filename": "problem.json", **values}
    )
    return env["timetable.term"].browse(wizard.action_import()["res_id"])


def make_variant(term, placements=None, **values):
    """A timetable of ``term`` as a run would store it.

    :param placements: ``(event, timeslot, room)`` records
    """
    env = term.env(su=True)
    events = env["timetable.event"].search([("term_id", "=", term.id)])
    slots = term.grid_id.sudo().timeslot_ids
    if placements is None:
        rooms = term.room_ids.sudo()
        placements = [
            (event, slots[index % len(slots)], rooms[index % len(rooms)])
            for index, event in enumerate(events)
        ]
    variant = (
        env["timetable.variant"]
        ._guarded()
        .create(
            {
                "name": "A timetable",
                "term_id": term.id,
                "key": "A",
                "profile": "balanced",
                "placed": len(placements),
                "total": len(events),
                **values,
            }
        )
    )
    env["timetable.assignment"]._with_pass(variant).create(
        [
            {
                "variant_id": variant.id,
                "event_id": event.id,
                "timeslot_id": slot.id,
                "room_id": room.id if room else False,
            }
            for event, slot, room in placements
        ]
    )
    return variant.with_env(term.env)


class FakeSidecar:
    """The service's HTTP interface in this process, with scripted jobs.

    It checks token and signature as the real one does, so that a request that it
    takes is one that the real one would take.
    """

    def __init__(self):
        self.jobs = {}
        self.by_key = {}
        self.requests = []
        self.down = False
        self.diagnosis = {"feasible": True, "items": [], "figures": {}}
        self.converted = None
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format, *args):
                """The test's log is for the test."""

            def _serve(self):
                owner._serve(self)

            do_GET = do_POST = do_DELETE = _serve  # noqa: N815

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    # ---- What a test sets
    def configure(self, env):
        """Put address, token and secret into the settings."""
        params = env["ir.config_parameter"].sudo()
        params.set_param(PARAM_URL, self.url)
        params.set_param(PARAM_TOKEN, TOKEN)
        params.set_param(PARAM_SECRET, SECRET)

    def finish(self, job, result, state="completed"):
        """The job has ended, with this result."""
        content = json.dumps(result).encode()
        job.update(
            state=state,
            result=content,
            result_digest=hashlib.sha256(content).hexdigest(),
        )

    def result_for(self, job, variants=("A",)):
        """Each event in the first room and slot there is: enough to be stored."""
        problem = job["problem"]
        slots = [slot["id"] for slot in problem["timeslots"]]
        events = [event for row in problem["classes"] for event in row["events"]]
        first = {}
        for section in problem["classes"]:
            first.setdefault(section["offering"], section["id"])
        return {
            "version": "1.0",
            "problem_digest": "",
            "seed": 1,
            "stop_reason": "time_limit",
            "reproducible": False,
            "seconds": 1.0,
            "peak_rss_mb": 1.0,
            "variants": [
                {
                    "key": key,
                    "profile": "balanced",
                    "placed": len(events) - 1,
                    "total": len(events),
                    "score": {"hard": 1, "soft": 12},
                    "breakdown": [
                        {
                            "constraint": "unplaced",
                            "hard": True,
                            "violations": 1,
                            "weight": 1,
                            "cost": 0,
                        }
                    ],
                    "metrics": {"student_gaps_per_student": 0.5},
                    "assignments": [
                        {
                            "event": event["id"],
                            "timeslot": slots[index % len(slots)],
                            "room": (
                                problem["rooms"][0]["id"]
                                if event["needs_room"]
                                else None
                            ),
                        }
                        for index, event in enumerate(events[:-1])
                    ],
                    "unplaced": [events[-1]["id"]],
                    "sectioning": {
                        student["id"]: [
                            *(first[offering] for offering in student["offerings"]),
                            *student["classes"],
                        ]
                        for student in problem["students"]
                    },
                    "violations": [],
                }
                for key in variants
            ],
        }

    # ---- HTTP
    def _serve(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        self.requests.append((handler.command, handler.path))
        status, answer = self._answer(handler, body)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def _answer(self, handler, body):
        method, path = handler.command, handler.path
        if self.down:
            return 503, self._problem(503, "The service is starting.", "starting")
        if handler.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, self._problem(401, "Unknown token.", "bad_token")
        if method != "GET":
            try:
                verify(
                    SECRET,
                    handler.headers.get(HEADER_TIMESTAMP),
                    f"{method} {path}",
                    body,
                    handler.headers.get(HEADER_SIGNATURE),
                )
            except SignatureError as error:
                return 401, self._problem(401, str(error), error.code)
        if handler.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return self._route(method, path, handler.headers, body)

    def _route(self, method, path, headers, body):
        parts = path.partition("?")[0].strip("/").split("/")
        if path == "/readyz":
            return 200, {"ready": True}
        if parts == ["v1", "jobs"]:
            if method == "GET":
                return 200, []
            return 202, self._submit(headers["Idempotency-Key"], json.loads(body))
        if parts == ["v1", "diagnose"]:
            return 200, self.diagnosis
        if parts == ["v1", "convert"]:
            return 200, self.converted
        job = self.jobs.get(parts[2]) if parts[:2] == ["v1", "jobs"] else None
        if job is None:
            return 404, self._problem(404, "There is no such job.", "unknown_job")
        if parts[3:] == ["result"]:
            return 200, job["result"]
        if method == "DELETE":
            self._command(job, "cancel")
        elif len(parts) == 4:
            self._command(job, parts[3])
        return 200, self._status(job)

    def _submit(self, key, data):
        if key not in self.by_key:
            job = {
                "id": f"job-{len(self.jobs) + 1}-{id(self)}",
                "state": "queued",
                "sequence": 0,
                "problem": data["problem"],
                "request": data,
                "result_digest": None,
                "reason": None,
            }
            self.jobs[job["id"]] = job
            self.by_key[key] = job
        return self._status(self.by_key[key])

    def _command(self, job, command):
        states = {"pause": "paused", "resume": "running", "retry": "queued"}
        if command == "cancel":
            job["state"] = "cancelled" if job["state"] == "queued" else "cancelling"
        elif command in states:
            job["state"] = states[command]
            if command == "retry":
                job["result_digest"] = None

    def _status(self, job):
        return {
            "job_id": job["id"],
            "state": job["state"],
            "attempt": 1,
            "created_at": "2026-01-05T08:00:00Z",
            "reason": job["reason"],
            "problem_digest": "",
            "result_digest": job["result_digest"],
            "progress": None,
        }

    @staticmethod
    def _problem(status, detail, code):
        return {"title": detail, "status": status, "detail": detail, "code": code}


@contextmanager
def sidecar(env):
    """A configured :class:`FakeSidecar`."""
    fake = FakeSidecar()
    fake.configure(env)
    try:
        yield fake
    finally:
        fake.stop()


def webhook(job_id, state, sequence, event_id=None, **values):
    """Body of a webhook of the contract."""
    progress = values.pop("progress", None)
    return {
        "version": "1.0",
        "event_id": event_id or f"event-{job_id}-{sequence}",
        "type": "job.state",
        "job_id": job_id,
        "sequence": sequence,
        "sent_at": "2026-01-05T08:00:00Z",
        "state": state,
        "progress": progress,
        **values,
    }


def progress(overall, stage="cpsat_solving", **figures):
    return {
        "stage": stage,
        "stage_progress": 50.0,
        "overall_progress": overall,
        "eta_seconds": 30.0,
        "started_at": "2026-01-05T08:00:00Z",
        "metadata": {"placed": 3, "total": 5, "hard": 0, "soft": 10, **figures},
    }


def signed_headers(event_id, body, secret=SECRET, stamp=None):
    """Headers of a webhook as the service sends it."""
    stamp = str(int(time.time())) if stamp is None else str(stamp)
    return {
        HEADER_EVENT_ID: event_id,
        HEADER_TIMESTAMP: stamp,
        HEADER_SIGNATURE: sign(secret, stamp, event_id, body),
        "Content-Type": "application/json",
    }
