from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..models.day.timetable_change_request import KINDS
from ..models.structure.timetable_faculty_wishes import NEUTRAL
from .portal import TimetablePortal

SLOT = "slot_"
SWAPS_MARKED = 20
"""Classes that say at once whether they can change places; of others it is said when
they are chosen."""


class TimetableFacultyPortal(TimetablePortal):
    """What faculty members say themselves: when they can teach, and what should change.

    Every record is looked up among those of whoever is logged in; an id of somebody
    else's is not found.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "timetable_wish_count" in counters:
            terms = self._timetable_faculty()._wish_terms()
            values["timetable_wish_count"] = sum(
                term._preference_window() == "open" for term in terms
            )
        return values

    # ---- Teaching times
    @http.route(
        "/my/timetable/wishes",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
    )
    def portal_timetable_wishes(self, term="", saved="", **form):
        """A grid of the week: prefer, neutral, rather not, cannot."""
        members = self._timetable_faculty()
        if not members:
            return request.redirect("/my/timetable")
        terms = members._wish_terms()
        chosen = terms.filtered(lambda row: str(row.id) == term) or terms[:1]
        member = members.filtered(lambda row: row.company_id == chosen.company_id)[:1]
        error, levels = "", member._wish_levels(chosen) if chosen else {}
        if request.httprequest.method == "POST" and chosen:
            levels = self._levels_of_form(form)
            try:
                member._save_wishes(chosen, levels)
            except UserError as refused:
                error = str(refused)
            else:
                return request.redirect(
                    f"/my/timetable/wishes?term={chosen.id}&saved=1"
                )
        values = self._timetable_values("wishes")
        values |= {
            "terms": terms,
            "term": chosen,
            "member": member,
            "window": chosen._preference_window() if chosen else "",
            "levels": levels,
            "level_names": self._level_names(),
            "error": error,
            "saved": bool(saved) and not error,
            **self._grid(chosen),
        }
        return request.render("timetable_nep.portal_my_wishes", values)

    def _levels_of_form(self, form):
        return {
            int(name.removeprefix(SLOT)): value
            for name, value in form.items()
            if name.startswith(SLOT) and name.removeprefix(SLOT).isdecimal()
        }

    def _level_names(self):
        field = request.env["timetable.faculty.availability"]._fields["level"]
        labels = dict(field._description_selection(request.env))
        return [
            ("prefer", labels["prefer"]),
            (NEUTRAL, request.env._("Neutral")),
            ("avoid", labels["avoid"]),
            ("cannot", labels["cannot"]),
        ]

    def _grid(self, term):
        """The week of a term as a table: days, and rows of periods."""
        slots = term.sudo().grid_id.timeslot_ids
        days, periods = slots._days_and_periods()
        return {
            "grid_days": days,
            "grid_rows": periods,
            "grid_slots": {(slot.day, slot.period): slot for slot in slots},
        }

    # ---- Change requests
    @http.route("/my/timetable/requests", type="http", auth="user", website=True)
    def portal_timetable_requests(self, sent="", **_query):
        """What one has asked for, and what became of it."""
        members = self._timetable_faculty()
        if not members:
            return request.redirect("/my/timetable")
        requests = (
            request.env["timetable.change.request"]
            .sudo()
            .search([("faculty_id", "in", members.ids)], limit=50)
        )
        values = self._timetable_values("requests")
        values |= {"requests": requests, "sent": bool(sent)}
        return request.render("timetable_nep.portal_my_requests", values)

    @http.route(
        "/my/timetable/requests/<int:number>/withdraw",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_timetable_withdraw(self, number, **_form):
        """Take a request of one's own back."""
        members = self._timetable_faculty()
        found = (
            request.env["timetable.change.request"]
            .sudo()
            .search([("id", "=", number), ("faculty_id", "in", members.ids)])
        )
        if not found:
            raise request.not_found()
        if found.state == "submitted":
            found._withdraw(members)
        return request.redirect("/my/timetable/requests")

    @http.route(
        "/my/timetable/requests/new",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
    )
    def portal_timetable_request(self, event="", kind="move", other="", **form):
        """Ask for another time, another room, or to change places."""
        members = self._timetable_faculty()
        if not members:
            return request.redirect("/my/timetable")
        placed = self._taught(members)
        named = placed.filtered(lambda row: str(row.event_id.id) == str(event))
        row = named or placed[:1]
        kind = kind if kind in dict(KINDS) else "move"
        error = ""
        if request.httprequest.method == "POST" and row:
            try:
                with request.env.cr.savepoint():
                    self._send(members, named, kind, other, form)
            except (UserError, AccessError) as refused:
                error = str(refused)
            else:
                return request.redirect("/my/timetable/requests?sent=1")
        values = self._timetable_values("requests")
        values |= {
            "placed": placed,
            "row": row,
            "kind": kind,
            "kinds": request.env["timetable.change.request"]
            ._fields["kind"]
            ._description_selection(request.env),
            "other": other,
            "slot": form.get("slot", ""),
            "room": form.get("room", ""),
            "reason": (form.get("reason") or "")[:2000],
            "error": error,
            "waiting": request.env["timetable.change.request"]._is_waiting(
                row.event_id
            ),
            **(self._choices(row, kind, other) if row else {}),
        }
        return request.render("timetable_nep.portal_my_request", values)

    def _is_waiting(self, event):
        return request.env["timetable.change.request"]._is_waiting(event)

    def _taught(self, members):
        """Placed events of one's own, in timetables in force, by time."""
        Assignment = request.env["timetable.assignment"].sudo()
        partner = request.env.user.partner_id
        found = Assignment.search(Assignment._domain_of_partner(partner))
        return found.filtered(lambda row: row.event_id.teacher_ids & members).sorted(
            lambda row: (row.timeslot_id.day, row.timeslot_id.period)
        )

    def _choices(self, row, kind, other):
        """What may be chosen, with what the rules say of each."""
        variant, event = row.variant_id, row.event_id
        values = self._grid(variant.term_id)
        if kind == "move":
            values["cells"] = self._cells(row, variant.board_feasibility(event.id))
        elif kind == "room":
            values["rooms"] = variant.board_rooms(event.id, row.timeslot_id.id)
        else:
            partners = variant._swap_partners(event)
            chosen = partners.filtered(lambda two: str(two.event_id.id) == str(other))
            values["partners"] = partners.sorted(
                lambda two: (two.timeslot_id.day, two.timeslot_id.period)
            )
            values["marks"] = {}
            for two in values["partners"][:SWAPS_MARKED]:
                ok = variant._change_verdict(event, "swap", other=two.event_id)[0]
                values["marks"][two.id] = "✓" if ok else "✕"
            if chosen:
                values["swap_verdict"] = variant._change_verdict(
                    event, "swap", other=chosen.event_id
                )
        return values

    def _cells(self, row, feasibility):
        """For each timeslot whether the class may go there, and a sentence that says
        so, for the eye and for a screen reader."""
        slots = row.variant_id.term_id.grid_id.timeslot_ids
        labels = slots._weekday_names()
        cells = {}
        for slot in slots:
            cell = feasibility["cells"][slot.id]
            hour = slot._clock(slot.hour_from) if slot.hour_to else slot.period
            when = f"{labels[slot.day]} {hour}"
            if slot == row.timeslot_id:
                kind, words = (
                    "here",
                    request.env._("%s: the class is here at present.", when),
                )
            elif not cell["ok"]:
                kind = "not"
                words = request.env._(
                    "%(when)s is not possible at present: %(reason)s You can ask "
                    "anyway; the timetable office sees what is in the way.",
                    when=when,
                    reason=cell["reason"],
                )
            elif cell["room"]:
                kind = "yes"
                words = request.env._(
                    "%(when)s is possible, in %(room)s.", when=when, room=cell["room"]
                )
            else:
                kind, words = "yes", request.env._("%s is possible.", when)
            cells[slot.id] = {"kind": kind, "words": words}
        return cells

    def _send(self, members, named, kind, other, form):
        """File the request; ids of the form are looked up, never trusted."""

        if not named:
            raise AccessError(request.env._("You do not teach this class."))

        def record(model, value):
            number = int(value) if str(value).isdecimal() else 0
            return request.env[model].sudo().browse(number).exists()

        request.env["timetable.change.request"]._submit(
            members,
            named.event_id,
            kind,
            timeslot=record("timetable.timeslot", form.get("slot")),
            room=record("timetable.room", form.get("room")),
            other=record("timetable.event", other),
            reason=form.get("reason"),
        )
