from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..tools.choice_rules import not_for
from .portal import TimetablePortal

WISH = "wish_"
STEPS = {
    "add": "add_my_course",
    "drop": "drop_my_course",
    "leave": "leave_my_waiting",
}


class TimetableChoicePortal(TimetablePortal):
    """Students choose their courses. The student is whoever is logged in: no address
    and no form takes the id of a person."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "timetable_choice_count" in counters:
            values["timetable_choice_count"] = len(
                self._choice_windows().filtered(lambda row: row.phase == "open")
            )
        return values

    def _students(self):
        return (
            request.env["timetable.student"]
            .sudo()
            .search([("partner_id", "=", request.env.user.partner_id.id)])
        )

    def _choice_windows(self):
        """Windows for whoever is logged in: open ones first."""
        students = self._students()
        windows = (
            request.env["timetable.choice.window"]
            .sudo()
            .search(
                [
                    ("company_id", "in", students.company_id.ids),
                    ("state", "!=", "draft"),
                ],
                limit=50,
            )
        )
        mine = windows.filtered(
            lambda row: any(row._applies_to(student) for student in students)
        )
        order = {"open": 0, "later": 1, "over": 2}
        return mine.sorted(lambda row: (order[row.phase], -row.id))

    @http.route("/my/choices", type="http", auth="user", website=True)
    def portal_my_choices(self, **_query):
        windows = self._choice_windows()
        if len(windows) == 1:
            return request.redirect(f"/my/choices/{windows.id}")
        values = self._timetable_values("choices") | {"windows": windows}
        return request.render("timetable_nep.portal_my_choices", values)

    @http.route(
        "/my/choices/<int:number>",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
    )
    def portal_my_choice(self, number, saved="", told="", **form):
        """Baskets, courses, wishes; after the end what became of them."""
        window = self._choice_windows().filtered(lambda row: row.id == number)
        if not window:
            raise request.not_found()
        asker = window.with_user(request.env.user)
        error, wishes = "", None
        if request.httprequest.method == "POST":
            try:
                with request.env.cr.savepoint():
                    if window.kind == "wishes":
                        wishes = self._wishes_of_form()
                        asker.save_my_wishes(wishes)
                        return request.redirect(f"/my/choices/{number}?saved=1")
                    step, offering = self._step_of_form(form)
                    done = getattr(asker, STEPS[step])(offering)
                    return request.redirect(
                        f"/my/choices/{number}?told={done['state']}-{offering}"
                    )
            except (UserError, AccessError) as refused:
                error = str(refused)
        student = self._students().filtered(
            lambda row: row.company_id == window.company_id
        )[:1]
        values = self._timetable_values("choices")
        values |= self._choice_values(window, student, wishes)
        values |= {"error": error, "saved": bool(saved) and not error}
        values["told"] = "" if error else self._told(values, told)
        response = request.render("timetable_nep.portal_my_choice", values)
        response.headers["Cache-Control"] = "no-store"
        return response

    @http.route("/my/choices/<int:number>/check", type="jsonrpc", auth="user")
    def portal_check_choice(self, number, wishes):
        """What the rules say of wishes that are not saved yet."""
        window = self._choice_windows().filtered(lambda row: row.id == number)
        if not window:
            raise request.not_found()
        return window.with_user(request.env.user).check_my_wishes(wishes)

    def _wishes_of_form(self):
        """``wish_BASKET_RANK`` fields as lists, gaps closed."""
        ranked = {}
        for name, value in request.httprequest.form.items():
            parts = name.removeprefix(WISH).split("_")
            if name.startswith(WISH) and len(parts) == 2 and value.isdecimal():
                basket, rank = parts
                if basket.isdecimal() and rank.isdecimal():
                    ranked.setdefault(int(basket), []).append((int(rank), int(value)))
        return {
            basket: [offering for _rank, offering in sorted(rows)]
            for basket, rows in ranked.items()
        }

    def _step_of_form(self, form):
        step, _sign, offering = (form.get("step") or "").partition("-")
        if step not in STEPS or not offering.isdecimal():
            raise UserError(
                request.env._("These wishes cannot be read. Load the page again.")
            )
        return step, int(offering)

    def _told(self, values, told):
        """What the last press of a button did, in words."""
        step, _sign, number = told.partition("-")
        offering = next(
            (
                row
                for basket in values["baskets"]
                for row in basket["offerings"]
                if str(row["id"]) == number
            ),
            None,
        )
        if not offering:
            return ""
        name = offering["name"]
        if step == "given" and offering["held"]:
            return request.env._("You have %s now.", name)
        if step == "waiting" and offering["waiting"]:
            return request.env._(
                "%(offering)s is full. You are no. %(place)s on the waiting list, and "
                "you are told when a seat is yours.",
                offering=name,
                place=offering["waiting"],
            )
        if step == "dropped" and not offering["held"]:
            return request.env._("You gave %s back.", name)
        if step == "left" and not offering["waiting"]:
            return request.env._("You left the waiting list.")
        return ""

    def _choice_values(self, window, student, wishes=None):
        """The page, in a number of queries that does not grow with the courses."""
        baskets = window._baskets(student.programme_id)
        offerings = baskets.offering_ids
        people, held = window._people(
            student, without=window if window.kind == "wishes" else None
        )
        person = people[student.id]
        offers = held | offerings._offers()
        limits = window._limits()
        choice = (
            request.env["timetable.choice"]
            .sudo()
            .search(
                [("window_id", "=", window.id), ("student_id", "=", student.id)],
                limit=1,
            )
        )
        if wishes is None:
            wishes = choice._wishes().get(choice.id, {})
        free = offerings._free_seats(person)
        waiting = (
            request.env["timetable.waiting"]
            .sudo()
            .search(
                [
                    ("student_id", "=", student.id),
                    ("offering_id", "in", offerings.ids),
                    ("state", "=", "waiting"),
                ]
            )
        )
        places = {row.offering_id.id: row.place for row in waiting}
        words = {
            offering.id: window._words(not_for(offers[offering.id], person, limits))
            for offering in offerings
        }
        meetings = self._when(offerings)
        told = window.state == "done"
        outcome = window._given_of(student) if told else {}
        rows = []
        for basket in baskets:
            mine = basket.offering_ids.sorted("code")
            allowed = [row for row in mine if not words[row.id]]
            wanted = wishes.get(basket.id, [])
            count = min(max(window.ranks, basket.max_choices), len(allowed))
            rows.append(
                {
                    "basket": basket,
                    "ranks": [
                        (rank, request.env._("Wish no. %s", rank))
                        for rank in range(1, count + 1)
                    ],
                    "rule": request.env._(
                        "You get %(count)s of these. Rank %(ranks)s, the most wanted "
                        "first.",
                        count=basket.max_choices,
                        ranks=count,
                    ),
                    "wishes": dict(enumerate(wanted, 1)),
                    "outcome": outcome.get(basket, ()),
                    "given": [r for r in outcome.get(basket, ()) if r.state == "given"],
                    "offerings": [
                        self._offering_row(
                            window, offering, person, free, places, words, meetings
                        )
                        for offering in mine
                    ],
                }
            )
        return {
            "window": window,
            "student": student,
            "choice": choice if choice.saved_at else choice.browse(),
            "baskets": rows,
            "words": self._choice_words(window, choice, person),
            "result": told and window.kind == "wishes",
            "can_choose": window.state == "open" and window.phase == "open",
        }

    def _choice_words(self, window, choice, person):
        """Sentences of the page that have numbers or dates in them."""
        until = window._until()
        told = window.state == "done"
        if window.phase == "later":
            intro = request.env._("This choice is open from %s on.", window._since())
        elif window.phase == "over" or window.state != "open":
            intro = request.env._(
                "The choice is over since %s. You are told when the courses are given.",
                until,
            )
        elif window.kind == "add_drop":
            intro = request.env._(
                "Add and give back courses until %s. A seat is yours at once; where "
                "all are taken you can wait.",
                until,
            )
        elif window.priority == "first":
            intro = request.env._(
                "Rank the courses that you wish for, until %s. Among equals, whoever "
                "saved first goes first.",
                until,
            )
        else:
            intro = request.env._(
                "Rank the courses that you wish for, until %s. When you choose within "
                "that time makes no difference.",
                until,
            )
        label = {
            name: dict(window._fields[name]._description_selection(request.env))
            for name in ("method", "priority")
        }
        return {
            "intro": intro,
            "saved": request.env._("Saved. You can change it until %s.", until),
            "receipt": request.env._(
                "Receipt %(receipt)s, saved on %(when)s.",
                receipt=choice.receipt,
                when=window._clock(choice.saved_at),
            )
            if choice.receipt and window.kind == "wishes"
            else "",
            "credits": request.env._(
                "You have %g credits this term.",
                sum(offer.credits for offer in person.held.values()),
            ),
            "seal": request.env._(
                "Seal of the lottery, so that nobody can change the lots later: %s",
                window.seed_digest,
            ),
            "decided": request.env._(
                "How seats were given: %(method)s. Who went first: %(priority)s. Your "
                "lottery number is %(lot)s. Anybody can check the lots: they are the "
                "order of SHA-256 of “%(seed)s:enrolment number”, and the SHA-256 of "
                "that seed was shown before: %(seal)s",
                method=label["method"][window.method],
                priority=label["priority"][window.priority],
                lot=choice.lot,
                seed=window.seed_shown,
                seal=window.seed_digest,
            )
            if told
            else "",
        }

    def _offering_row(self, window, offering, person, free, places, words, meetings):
        seats = offering._seats()
        return {
            "id": offering.id,
            "name": offering.display_name,
            "course": offering.course_id,
            "worth": request.env._("%g credits", offering.credits),
            "department": offering.department_id.name or "",
            "category": dict(
                offering._fields["category"]._description_selection(request.env)
            )[offering.category],
            "about": offering.course_id.about or "",
            "syllabus": offering.course_id.syllabus_url or "",
            "rules": offering.course_id.rule_ids.mapped("display_name"),
            "seats": request.env._(
                "%(free)s of %(seats)s seats are free for you",
                free=free[offering.id],
                seats=seats,
            )
            if window.kind == "add_drop"
            else request.env._("%s seats", seats),
            "leave": request.env._(
                "No. %s on the waiting list: leave it", places.get(offering.id, 0)
            ),
            "free": free[offering.id],
            "held": offering.id in person.held,
            "waiting": places.get(offering.id, 0),
            "not_for": words[offering.id],
            "when": meetings.get(offering.id, {}).get("when", ""),
            "who": meetings.get(offering.id, {}).get("who", ""),
        }

    def _when(self, offerings):
        """When and by whom, as far as a timetable in force says; people otherwise."""
        found = {}
        classes = offerings.class_ids
        classes.faculty_ids.fetch(["name"])
        for offering in offerings:
            names = dict.fromkeys(offering.class_ids.faculty_ids.mapped("name"))
            found[offering.id] = {"who": ", ".join(names), "when": ""}
        places = (
            request.env["timetable.assignment"]
            .sudo()
            .search_fetch(
                [
                    ("variant_id.state", "=", "published"),
                    ("event_id.class_id", "in", classes.ids),
                ],
                ["event_id", "timeslot_id"],
            )
        )
        slots = {}
        for row in places:
            offering = row.event_id.class_id.offering_id.id
            slots.setdefault(offering, set()).add(row.timeslot_id)
        for offering, taken in slots.items():
            ordered = sorted(taken, key=lambda slot: (slot.day, slot.period))
            found[offering]["when"] = ", ".join(slot.display_name for slot in ordered)
        return found
