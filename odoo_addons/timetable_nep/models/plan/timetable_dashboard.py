from odoo import api, models

from ...tools import remote

PROGRAMMES_SHOWN = 12
DEPARTMENTS_SHOWN = 15
RUNS_SHOWN = 20
PAIRS_SHOWN = 8


class TimetableTerm(models.Model):
    """One page of figures for a term."""

    _inherit = "timetable.term"

    @api.model
    def dashboard_terms(self):
        """Terms with a timetable in force, the newest first."""
        variants = self.env["timetable.variant"].search(
            [("state", "=", "published"), ("term_id.active", "=", True)]
        )
        terms = variants.term_id.sorted(
            lambda term: (str(term.date_start or ""), term.id), reverse=True
        )
        return [{"id": term.id, "name": term.display_name} for term in terms]

    @remote.one
    def dashboard_data(self):
        """All the page shows, in a fixed number of queries."""
        self.check_access("read")
        variant = self.published_variant_id
        domain = [("term_id", "=", self.id)]
        return {
            "term": {"id": self.id, "name": self.display_name},
            "variant": variant.display_name or "",
            "rooms": self._dashboard_rooms(domain),
            "workload": self._dashboard_workload(domain),
            "students": self._dashboard_students(domain),
            "pairs": self.env["timetable.choice.report"]._impossible_pairs(
                self, PAIRS_SHOWN
            ),
            "runs": self._dashboard_runs(domain),
        }

    def _dashboard_rooms(self, domain):
        """Share of rooms in use: by weekday and hour, by type and by building."""
        Use = self.env["timetable.room.use"]
        by_hour, by_type, by_building, ((use, fill, count),) = Use._read_grouping_sets(
            domain,
            [["weekday", "hour", "period"], ["type_id"], ["building_id"], []],
            ["use_percent:avg", "fill_percent:avg", "room_id:count_distinct"],
        )
        by_building.sort(key=lambda row: -(row[1] or 0))
        return {
            "use": round(use or 0, 1),
            "fill": round(fill or 0, 1),
            "count": count,
            "heat": self._dashboard_heat(by_hour),
            "by_type": self._dashboard_bars(by_type),
            "by_building": self._dashboard_bars(by_building[:DEPARTMENTS_SHOWN]),
        }

    def _dashboard_heat(self, rows):
        Use = self.env["timetable.room.use"]
        labels = dict(Use._fields["weekday"]._description_selection(self.env))
        hours = list(
            dict.fromkeys(
                hour for _day, hour, *_rest in sorted(rows, key=lambda row: row[2])
            )
        )
        days = sorted({day for day, *_rest in rows})
        use = {(day, hour): round(value, 1) for day, hour, _p, value, *_rest in rows}
        return {
            "hours": hours,
            "days": [
                {
                    "name": labels[day],
                    "cells": [use.get((day, hour)) for hour in hours],
                }
                for day in days
            ],
        }

    def _dashboard_bars(self, rows):
        nameless = self.env._("None")
        return [
            {
                "name": record.sudo().display_name or nameless,
                "value": round(value or 0, 1),
            }
            for record, value, *_rest in rows
        ]

    def _dashboard_workload(self, domain):
        Load = self.env["timetable.workload"]
        labels = dict(Load._fields["band"]._description_selection(self.env))
        by_band, by_department, ((*_rest, norm),) = Load._read_grouping_sets(
            domain,
            [["band"], ["department_id"], []],
            ["periods:avg", "__count", "norm:max"],
        )
        bands = {band: count for band, _periods, count, _norm in by_band}
        by_department.sort(key=lambda row: -(row[1] or 0))
        return {
            "norm": norm or 0,
            "bands": [
                {"key": key, "name": label, "value": bands.get(key, 0)}
                for key, label in labels.items()
            ],
            "by_department": self._dashboard_bars(by_department[:DEPARTMENTS_SHOWN]),
        }

    def _dashboard_students(self, domain):
        Week = self.env["timetable.student.week"]
        measures = [
            "gaps:avg",
            "free_days:avg",
            "conflict_free_percent:avg",
            "__count",
        ]
        rows, ((gaps, free, without, count),) = Week._read_grouping_sets(
            domain, [["programme_id"], []], measures
        )
        rows.sort(key=lambda row: -(row[1] or 0))
        nameless = self.env._("None")
        return {
            "count": count,
            "gaps": round(gaps or 0, 2),
            "free_days": round(free or 0, 2),
            "conflict_free": round(without or 0, 1),
            "by_programme": [
                {
                    "name": programme.sudo().display_name or nameless,
                    "gaps": round(g or 0, 2),
                    "free_days": round(f or 0, 2),
                    "conflict_free": round(c or 0, 1),
                    "count": n,
                }
                for programme, g, f, c, n in rows[:PROGRAMMES_SHOWN]
            ],
        }

    def _dashboard_runs(self, domain):
        History = self.env["timetable.run.history"]
        runs = History.search_fetch(
            domain,
            ["run_id", "state", "started_at", "minutes", "best_hard", "best_soft"],
            limit=RUNS_SHOWN,
        )
        states = dict(History._fields["state"]._description_selection(self.env))
        ((minutes, success, count),) = History._read_group(
            domain, [], ["minutes:avg", "success_percent:avg", "__count"]
        )
        return {
            "count": count,
            "minutes": round(minutes or 0, 1),
            "success": round(success or 0, 1),
            "rows": [
                {
                    "id": row.run_id.id,
                    "name": row.run_id.name,
                    "state": states[row.state],
                    "minutes": round(row.minutes, 1),
                    "hard": row.best_hard,
                    "soft": row.best_soft,
                }
                for row in reversed(runs)
            ],
        }
