from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import CATEGORIES
from ..tools.choices import Choices

PAIRS_SHOWN = 200
OFFERINGS_AT_ONCE = 400


class TimetableChoiceReport(models.TransientModel):
    """What students can choose in a timetable: for an offering, a basket or a
    category of courses."""

    _name = "timetable.choice.report"
    _description = "Choices of students"

    term_id = fields.Many2one(
        "timetable.term",
        required=True,
        default=lambda self: (
            self.env["timetable.variant"]
            .search([("state", "=", "published")], limit=1)
            .term_id
        ),
    )
    variant_id = fields.Many2one(
        "timetable.variant",
        "Timetable",
        compute="_compute_variant",
        store=True,
        readonly=False,
        domain="[('term_id', '=', term_id)]",
    )
    basket_id = fields.Many2one(
        "timetable.basket", domain="[('term_id', '=', term_id)]"
    )
    category = fields.Selection(CATEGORIES)
    offering_id = fields.Many2one(
        "timetable.offering",
        domain="[('term_id', '=', term_id)]",
        help="How many students could take it, and at which times.",
    )
    summary = fields.Char(compute="_compute_report")
    slots_html = fields.Html("Students free at each time", compute="_compute_report")
    offerings_html = fields.Html("Who could take what", compute="_compute_report")
    pairs_html = fields.Html("Pairs that clash", compute="_compute_report")

    @api.depends("term_id")
    def _compute_variant(self):
        for report in self:
            if report.variant_id.term_id != report.term_id:
                report.variant_id = report.term_id.published_variant_id

    @api.depends("variant_id", "basket_id", "category", "offering_id")
    def _compute_report(self):
        for report in self:
            report.summary = False
            report.slots_html = report.offerings_html = report.pairs_html = False
            if not report.variant_id:
                continue
            data = report._data()
            report.summary = report._summary_of(data)
            for name in ("slots", "offerings", "pairs"):
                report[f"{name}_html"] = self.env["ir.qweb"]._render(
                    f"timetable_nep.choice_report_{name}", data
                )

    @api.depends("term_id")
    def _compute_display_name(self):
        for report in self:
            report.display_name = self.env._("Choices of students")

    # ---- What is looked at
    def _offerings(self):
        """The offerings to compare: the basket's, the category's, or the electives."""
        self.ensure_one()
        if self.basket_id:
            return self.basket_id.offering_ids
        domain = [("term_id", "=", self.term_id.id)]
        if self.category:
            domain.append(("category", "=", self.category))
        elif self.offering_id:
            domain.append(("category", "!=", "major"))
        else:
            return self.env["timetable.offering"]
        found = self.env["timetable.offering"].search(domain)
        if len(found) > OFFERINGS_AT_ONCE and not self.offering_id:
            raise UserError(
                self.env._(
                    "These are %(count)s offerings: choose a basket, or a category "
                    "with at most %(limit)s.",
                    count=len(found),
                    limit=OFFERINGS_AT_ONCE,
                )
            )
        return found

    def _choices(self):
        """Classes of the timetable as masks."""
        variant = self.variant_id.sudo()
        slots = variant.term_id.grid_id.timeslot_ids.sorted(
            lambda slot: (slot.day, slot.period)
        )
        grid = variant._feasibility_grid()
        choices = Choices(slots.ids)
        for item in variant._feasibility_placed():
            choices.add(
                item.section, grid.span(item.start, item.duration) or (item.start,)
            )
        return choices, slots

    def _pool(self):
        """Students → their classes: of the basket's programmes, or of the term."""
        sections_of = {}
        for section, students in self.variant_id.sudo()._students_by_class().items():
            for student in students:
                sections_of.setdefault(student, set()).add(section)
        programmes = self.basket_id.programme_ids
        if programmes:
            wanted = set(
                self.env["timetable.student"]
                .sudo()
                .with_context(active_test=False)
                ._search([("programme_id", "in", programmes.ids)])
                .get_result_ids()
            )
            sections_of = {s: c for s, c in sections_of.items() if s in wanted}
        return sections_of

    def _data(self):
        """The whole report, in a number of queries that does not grow."""
        self.ensure_one()
        self.variant_id.check_access("read")
        offerings = self._offerings() | self.offering_id
        names = {row.id: row.sudo().display_name for row in offerings}
        sections = (
            self.env["timetable.class"]
            .sudo()
            .search_fetch([("offering_id", "in", offerings.ids)], ["offering_id"])
        )
        classes_of = {row.id: [] for row in offerings}
        for section in sections:
            classes_of[section.offering_id.id].append(section.id)
        choices, slots = self._choices()
        pool = self._pool()
        pairs = choices.impossible(classes_of)
        if self.offering_id:
            only = self.offering_id.id
            pairs = [pair for pair in pairs if only in (pair.first, pair.second)]
        shown = self.offering_id or offerings
        return {
            "slots": self._slot_rows(choices, slots, pool, classes_of, shown),
            "offerings": self._offering_rows(choices, pool, classes_of, shown, names),
            "pairs": self._pair_rows(pairs, names, sections, slots)[:PAIRS_SHOWN],
            "pair_count": len(pairs),
            "pairs_shown": PAIRS_SHOWN,
            "possible_pairs": len(offerings) * (len(offerings) - 1) // 2
            if not self.offering_id
            else len(offerings) - 1,
            "students": len(pool),
        }

    @api.model
    def _impossible_pairs(self, term, limit):
        """Of all electives of a term: pairs that nobody can take together.

        :return: how many, of how many, and the first by students who chose both
        """
        variant = term.sudo().published_variant_id
        report = self.sudo().new({"term_id": term.id, "variant_id": variant.id})
        domain = [("term_id", "=", term.id), ("category", "!=", "major")]
        # Those that the reader may see; a name and a count are all that is shown.
        offerings = self.env["timetable.offering"].search(domain).sudo()
        sections = offerings.class_ids
        classes_of = {row.id: row.class_ids.ids for row in offerings}
        choices, slots = report._choices()
        pairs = choices.impossible(classes_of)
        chosen = report._chosen_together(pairs)
        pairs.sort(key=lambda pair: -chosen.get((pair.first, pair.second), 0))
        names = {row.id: row.display_name for row in offerings}
        return {
            "count": len(pairs),
            "of": len(offerings) * (len(offerings) - 1) // 2,
            "rows": report._pair_rows(pairs[:limit], names, sections, slots),
        }

    def _slot_rows(self, choices, slots, pool, classes_of, shown):
        """Days with, for each period, how many students are free, and what is there."""
        own = {section for row in shown for section in classes_of[row.id]}
        # As if they had none of the classes looked at.
        free = choices.free_by_slot(
            choices.count(sections - own for sections in pool.values())
        )
        taken = choices.busy(own)
        labels = slots._weekday_names()
        total = len(pool) or 1
        periods = sorted(set(slots.mapped("period")))
        heads = {}
        for slot in slots:
            heads.setdefault(
                slot.period,
                slot._clock(slot.hour_from) if slot.hour_to else slot.period,
            )
        by_day = {}
        for slot in slots:
            by_day.setdefault(slot.day, {})[slot.period] = {
                "free": free[slot.id],
                "percent": round(100 * free[slot.id] / total),
                "here": bool(taken & choices.bit[slot.id]),
            }
        return {
            "heads": [heads[period] for period in periods],
            "days": [
                {
                    "name": labels[day],
                    "cells": [cells.get(period) for period in periods],
                }
                for day, cells in sorted(by_day.items())
            ],
        }

    def _offering_rows(self, choices, pool, classes_of, shown, names):
        everybody = choices.count(pool.values())
        members = defaultdict(set)
        for student, sections in pool.items():
            for section in sections:
                members[section].add(student)
        rows = []
        for offering in shown:
            own = set(classes_of[offering.id])
            taking = set().union(*(members[section] for section in own))
            # Who takes it is counted as if without it, all others as they are.
            with_it = choices.count(pool[student] for student in taking)
            without = choices.count(pool[student] - own for student in taking)
            able = (
                choices.able(everybody, own)
                - choices.able(with_it, own)
                + choices.able(without, own)
            )
            rows.append(
                {
                    "name": names[offering.id],
                    "classes": len(own),
                    "taking": len(taking),
                    "able": able,
                    "percent": round(100 * able / (len(pool) or 1)),
                }
            )
        rows.sort(key=lambda row: (row["able"], row["name"]))
        return rows

    def _pair_rows(self, pairs, names, sections, slots):
        label = {row.id: row.display_name for row in sections}
        when = {slot.id: slot.display_name for slot in slots}
        chosen = self._chosen_together(pairs)
        rows = [
            {
                "first": names[pair.first],
                "second": names[pair.second],
                "students": chosen.get((pair.first, pair.second), 0),
                "why": "; ".join(
                    self.env._(
                        "%(one)s and %(other)s on %(when)s",
                        one=label[one],
                        other=label[other],
                        when=when[slot],
                    )
                    for one, other, slot in pair.meets[:4]
                )
                + (" …" if len(pair.meets) > 4 else ""),
            }
            for pair in pairs
        ]
        rows.sort(key=lambda row: (-row["students"], row["first"], row["second"]))
        return rows

    def _chosen_together(self, pairs):
        """How many students chose both, for pairs that cannot be had."""
        if not pairs:
            return {}
        ids = list(
            {offering for pair in pairs for offering in (pair.first, pair.second)}
        )
        self.env["timetable.enrolment"].flush_model(["student_id", "offering_id"])
        self.env.cr.execute(
            """
            SELECT a.offering_id, b.offering_id, count(*)
              FROM timetable_enrolment a
              JOIN timetable_enrolment b
                ON b.student_id = a.student_id AND b.offering_id != a.offering_id
             WHERE a.offering_id = ANY(%s) AND b.offering_id = ANY(%s)
             GROUP BY 1, 2
            """,
            [ids, ids],
        )
        return {(one, other): count for one, other, count in self.env.cr.fetchall()}

    def _summary_of(self, data):
        if not data["offerings"]:
            return self.env._("Choose a basket, a category or an offering.")
        if self.offering_id:
            row = data["offerings"][0]
            return self.env._(
                "%(able)s of %(students)s students could take it as it stands; "
                "%(pairs)s of %(others)s other courses are impossible with it.",
                able=row["able"],
                students=data["students"],
                pairs=data["pair_count"],
                others=data["possible_pairs"],
            )
        return self.env._(
            "%(pairs)s of %(all)s pairs cannot be taken together in this timetable.",
            pairs=data["pair_count"],
            all=data["possible_pairs"],
        )
