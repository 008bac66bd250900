"""A sidecar to talk to, and messages as the real one sends them."""

import gzip
import hashlib
import json
import re
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ..const import (
    HEADER_EVENT_ID,
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    PARAM_SECRET,
    PARAM_TOKEN,
    PARAM_URL,
    REPLAY_WINDOW_SECONDS,
    WEBHOOK_PATH,
)
from ..tools.signing import request_headers, sign

TOKEN = "token-of-the-tests"
SECRET = "secret-of-the-tests"


class FakeSidecar:
    """The service's HTTP interface in this process, with scripted jobs.

    It checks token and signature as the real one does, so that a request that it
    takes is one that the real one would take.
    """

    def __init__(self):
        self.jobs = {}
        self.by_key = {}
        self.requests = []
        self.nonces = set()
        self.down = False
        self.checks = []
        self.callback = "ok"
        self.diagnosis = {"feasible": True, "items": [], "figures": {}}
        self.converted = None
        self.evaluated = []
        self.evaluation = None
        self.allotted = []
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
        if method != "GET" and not self._is_signed(handler, body):
            return 401, self._problem(401, "The signature is wrong.", "bad_signature")
        if handler.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return self._route(method, path, handler.headers, body)

    def _is_signed(self, handler, body):
        """Sign it once more, with the time and the nonce that it names."""
        given = handler.headers
        named = re.search(
            r';created=(\d+);nonce="([^"]{16,})"', given.get("Signature-Input", "")
        )
        if not named or abs(int(named[1]) - time.time()) > REPLAY_WINDOW_SECONDS:
            return False
        if named[2] in self.nonces:
            return False
        self.nonces.add(named[2])
        expected = request_headers(
            SECRET,
            handler.command,
            handler.path,
            body,
            dict(given),
            int(named[1]),
            named[2],
        )
        return all(given.get(name) == value for name, value in expected.items())

    def _route(self, method, path, headers, body):
        parts = path.partition("?")[0].strip("/").split("/")
        if path == "/readyz":
            return 200, {"ready": True, "checks": self.checks}
        if parts == ["v1", "jobs"]:
            if method == "GET":
                return 200, []
            return 202, self._submit(headers["Idempotency-Key"], json.loads(body))
        if parts == ["v1", "callbacks", "check"]:
            if self.callback is None:
                return 404, self._problem(404, "Not found.", "not_found")
            assert json.loads(body)["url"].endswith(WEBHOOK_PATH)
            return 200, {"ok": self.callback == "ok", "code": self.callback}
        if parts == ["v1", "diagnose"]:
            return 200, self.diagnosis
        if parts == ["v1", "evaluate"]:
            self.evaluated.append(json.loads(body))
            return 200, self.evaluation
        if parts == ["v1", "allot"]:
            self.allotted.append(json.loads(body))
            return 200, self._allot(self.allotted[-1])
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

    def _allot(self, data):
        """One after another by priority; reservations and pairs are not looked at."""
        left = {course["id"]: course["seats"] for course in data["courses"]}
        most = max(len(a["wishes"]) for s in data["students"] for a in s["asks"])
        row, given = [0] * (most + 1), {}
        for student in sorted(data["students"], key=lambda one: one["priority"]):
            for ask in student["asks"]:
                got = [wish for wish in ask["wishes"] if left[wish]][: ask["choices"]]
                for wish in got:
                    left[wish] -= 1
                    row[ask["wishes"].index(wish)] += 1
                row[most] += ask["choices"] - len(got)
                end = ask["wishes"].index(got[-1]) if got else len(ask["wishes"])
                given[student["id"], ask["basket"]] = {
                    "student": student["id"],
                    "basket": ask["basket"],
                    "courses": got,
                    "ranks": [ask["wishes"].index(wish) + 1 for wish in got],
                    "missing": ask["choices"] - len(got),
                    "better": [
                        {"course": wish, "reason": "full", "other": None}
                        for wish in ask["wishes"][:end]
                        if wish not in got
                    ],
                }
        return {
            "given": list(given.values()),
            "courses": [],
            "not_held": [],
            "profile": row,
            "bound": row,
            "proved": True,
            "improvable": 0,
        }

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
