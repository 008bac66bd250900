import json
from hashlib import sha256

from odoo import http
from odoo.exceptions import AccessError, ValidationError
from odoo.http import request

from ..const import API_PATH, API_VERSION, READ_SCOPE, ROSTER_SCOPE

KINDS = ("terms", "departments", "rooms", "courses", "classes")


def _route(path):
    """A page that is read, and only with a key."""
    return http.route(
        f"{API_PATH}{path}",
        type="http",
        auth="public",
        methods=["GET"],
        readonly=True,
        save_session=False,
        sitemap=False,
        csrf=False,
    )


class TimetableApi(http.Controller):
    """The published weeks for other systems; see ``docs/reference/read-api.md``.

    By API key only: a browser's session is not looked at, so that no other site can
    read with it.
    """

    @_route("")
    def index(self, **_query):
        """What there is to read."""
        names = (*KINDS, "meetings", "meetings.ics", "changes", "rosters")
        return self._answer(
            [READ_SCOPE, ROSTER_SCOPE],
            lambda _api: {
                "version": API_VERSION,
                "links": {name: f"{API_PATH}/{name}" for name in names},
            },
        )

    @_route("/<any(terms,departments,rooms,courses,classes):kind>")
    def records(self, kind, **query):
        return self._answer(
            [READ_SCOPE, ROSTER_SCOPE], lambda api: {kind: api._records(kind, query)}
        )

    @_route("/meetings")
    def meetings(self, **query):
        return self._answer(
            [READ_SCOPE, ROSTER_SCOPE], lambda api: api._meetings(query)
        )

    @_route("/meetings.ics")
    def calendar(self, **query):
        return self._answer(
            [READ_SCOPE, ROSTER_SCOPE],
            lambda api: api._calendar(query),
            "text/calendar; charset=utf-8",
        )

    @_route("/changes")
    def changes(self, **query):
        return self._answer([READ_SCOPE, ROSTER_SCOPE], lambda api: api._changes(query))

    @_route("/rosters")
    def rosters(self, **query):
        return self._answer(
            [ROSTER_SCOPE], lambda api: {"rosters": api._rosters(query)}
        )

    # ---- The way in and out
    def _answer(self, scopes, make, content_type="application/json"):
        """Whatever ``make`` gives, or a problem in words (RFC 9457)."""
        user = self._user_of_key(scopes)
        if not user:
            return self._problem(
                401,
                "Give an API key of the timetable in the header 'Authorization: "
                "Bearer …': one that is in use, and made for what you read.",
                [("WWW-Authenticate", "Bearer")],
            )
        request.update_env(user=user.id, context={**user.context_get()})
        try:
            content = make(request.env["timetable.api"])
        except AccessError as error:
            return self._problem(403, str(error))
        except ValidationError as error:
            return self._problem(400, str(error))
        if not isinstance(content, str):
            content = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        etag = sha256(content.encode()).hexdigest()[:32]
        headers = [
            ("Content-Type", content_type),
            ("Cache-Control", "private, no-cache"),
            ("ETag", f'"{etag}"'),
            ("X-Content-Type-Options", "nosniff"),
            ("Timetable-Version", API_VERSION),
        ]
        if request.httprequest.if_none_match.contains(etag):
            return request.make_response("", headers[1:], status=304)
        return request.make_response(content, headers)

    def _user_of_key(self, scopes):
        """The user of the key; none where there is none, or for something else."""
        kind, _space, key = request.httprequest.headers.get(
            "Authorization", ""
        ).partition(" ")
        if kind.lower() != "bearer" or not key.strip():
            return None
        keys = request.env["res.users.apikeys"].sudo()
        for scope in scopes:
            number = keys._check_credentials(scope=scope, key=key.strip())
            if number:
                return request.env["res.users"].sudo().browse(number)
        return None

    def _problem(self, status, detail, headers=()):
        content = json.dumps({"status": status, "detail": detail}, ensure_ascii=False)
        return request.make_response(
            content,
            [("Content-Type", "application/problem+json"), *headers],
            status=status,
        )
