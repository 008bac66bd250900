"""The sidecar's HTTP interface, with errors that people understand."""

import gzip
import hashlib
import json
import time
from secrets import token_urlsafe
from urllib.parse import quote, urlsplit

import requests

from .signing import SignatureError, request_headers

TIMEOUT = 30
"""Seconds to connect, and between two pieces of an answer."""
LONG = 90
"""The same where the service has to think first; it stops by itself after a minute."""
MAX_RESULT_BYTES = 256 * 1024 * 1024


class SidecarError(Exception):
    """What went wrong, as a code that ``labels.ERROR_TEXTS`` has words for.

    :param detail: the service's own English, for the log
    :param message: what it says as a code of its catalogue, if it does
    :param errors: the faults of a request, each with its field, likewise
    """

    def __init__(
        self, code, status=0, retryable=False, detail="", errors=(), message=None
    ):
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.status = status
        self.retryable = retryable
        self.errors = list(errors)
        self.detail, self.message = detail, message


class SidecarClient:
    """Calls to one sidecar as one tenant."""

    def __init__(self, url, token, secret, session=None):
        self._url = (url or "").strip().rstrip("/")
        self._token = (token or "").strip()
        self._secret = (secret or "").strip()
        self._session = session or requests.Session()

    # ---- Calls
    def submit(self, problem_bytes, options, reference, callback, key):
        """Start a job. The same ``key`` again gives the same job.

        :param bytes problem_bytes: the problem as JSON, sent as it is
        :return dict: the job's status
        """
        head = {"version": "1.0", "reference": reference, "options": options}
        if callback:
            head["callback"] = callback
        start = json.dumps(head, separators=(",", ":")).encode()
        body = start[:-1] + b',"problem":' + problem_bytes + b"}"
        return self._json(
            "POST", "/v1/jobs", body, {"Idempotency-Key": key}, compress=True
        )

    def status(self, job):
        return self._json("GET", f"/v1/jobs/{quote(job, safe='')}")

    def command(self, job, command):
        """``cancel``, ``pause``, ``resume``, ``retry`` or ``acknowledge``."""
        path = f"/v1/jobs/{quote(job, safe='')}"
        if command == "cancel":
            return self._json("DELETE", path)
        return self._json("POST", f"{path}/{command}", b"")

    def result(self, job, digest):
        """The result of a job, checked against its digest.

        :return dict: the result of the contract
        :raises SidecarError: ``digest_mismatch`` if it is not what was announced
        """
        path = f"/v1/jobs/{quote(job, safe='')}/result"
        content = self._call("GET", path).content
        if hashlib.sha256(content).hexdigest() != digest:
            raise SidecarError("digest_mismatch", retryable=True)
        return self._parse(content)

    def diagnose(self, problem_bytes):
        body = b'{"problem":' + problem_bytes + b"}"
        return self._json("POST", "/v1/diagnose", body, compress=True)

    def evaluate(self, body):
        """What a timetable is worth, without solving.

        :param bytes body: problem, assignments, sectioning, profile and weights
        :return dict: a variant of the contract
        """
        return self._json("POST", "/v1/evaluate", body, compress=True)

    def allot(self, body):
        """Who gets which course by ranked wishes.

        :param bytes body: courses, students, wishes and pairs kept apart
        :return dict: the contract's answer
        """
        return self._json("POST", "/v1/allot", body, compress=True, timeout=LONG)

    def convert(self, text, kind="ctt"):
        """A problem of another format as one of the contract."""
        return self._json(
            "POST",
            f"/v1/convert?format={quote(kind)}",
            text.encode(),
            {"Content-Type": "text/plain; charset=utf-8"},
        )

    def check(self):
        """Whether the service is ready and takes our token and our secret.

        :return: names of what does not work although it goes on without, Redis
            for instance
        :raises SidecarError: with the code of what is wrong
        """
        try:
            ready = self._json("GET", "/readyz")
        except SidecarError as error:
            if error.status != 404:
                raise
            raise SidecarError("not_the_service", error.status) from error
        self._json("GET", "/v1/jobs?limit=1")
        # An unknown job with a right signature is "not found"; with a wrong one the
        # service refuses before it looks.
        try:
            self._json("POST", "/v1/jobs/connection-test/acknowledge", b"")
        except SidecarError as error:
            if error.status != 404:
                raise
        return [
            str(row.get("name") or "")
            for row in ready.get("checks") or []
            if not row.get("ok")
        ]

    def check_callback(self, callback):
        """How a message of the service to an address of ours goes; it sends one.

        :param dict callback: as in :meth:`submit`
        :return str: ``ok``, ``refused``, ``unreachable``, ``unauthorised``,
            ``not_found`` or ``odd``; ``unknown`` when the service cannot tell
        """
        body = json.dumps(callback).encode()
        try:
            return str(self._json("POST", "/v1/callbacks/check", body).get("code"))
        except SidecarError as error:
            if error.status == 404:  # a service of before
                return "unknown"
            raise

    # ---- Wire
    def _json(
        self, method, path, body=None, headers=None, compress=False, timeout=TIMEOUT
    ):
        response = self._call(method, path, body, headers, compress, timeout)
        if not response.content:
            return {}
        return self._parse(response.content)

    @staticmethod
    def _parse(content):
        try:
            return json.loads(content)
        except ValueError as error:
            raise SidecarError("not_the_service") from error

    def _call(
        self, method, path, body=None, headers=None, compress=False, timeout=TIMEOUT
    ):
        if not self._url:
            raise SidecarError("no_address")
        if not self._token:
            raise SidecarError("no_token")
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",
            **({"Content-Type": "application/json"} if body else {}),
            **(headers or {}),
        }
        if body is not None and compress:
            body = gzip.compress(body, 5, mtime=0)
            headers["Content-Encoding"] = "gzip"
        if method != "GET":
            headers |= self._signature(method, path, body or b"", headers)
        try:
            response = self._session.request(
                method,
                self._url + path,
                data=body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            )
        except requests.Timeout as error:
            raise SidecarError("timeout", retryable=True) from error
        except requests.ConnectionError as error:
            raise SidecarError("unreachable", retryable=True) from error
        except requests.RequestException as error:
            raise SidecarError("bad_address") from error
        if not 200 <= response.status_code < 300:
            raise self._error(response)
        if len(response.content) > MAX_RESULT_BYTES:
            raise SidecarError("too_large")
        return response

    def _signature(self, method, path, body, headers):
        target = urlsplit(self._url).path + path
        stamp, nonce = int(time.time()), token_urlsafe(18)
        try:
            return request_headers(
                self._secret, method, target, body, headers, stamp, nonce
            )
        except SignatureError as error:
            raise SidecarError("no_signing_secret") from error

    @staticmethod
    def _error(response):
        status = response.status_code
        try:
            details = response.json()
        except ValueError:
            details = {}
        if not isinstance(details, dict):
            details = {}
        code = str(details.get("code") or f"http_{status}")
        errors = [
            f"{row.get('field')}: {row.get('message')}"
            for row in details.get("errors") or []
            if isinstance(row, dict)
        ]
        return SidecarError(
            "not_accepted" if status == 401 else code,
            status,
            retryable=status in (408, 425, 429) or status >= 500,
            detail=str(details.get("detail") or details.get("title") or ""),
            errors=errors,
            message=details.get("message"),
        )
