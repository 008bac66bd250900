from collections import defaultdict

from odoo import api, models

from ...const import VIEWS


class TimetableWeekPage(models.AbstractModel):
    """A week on one page: the same cells for paper, for sheets and for the web."""

    _name = "timetable.week.page"
    _description = "Week on a page"

    @api.model
    def _pages(self, variant, view_by, records, week=None):
        """One page for each record, in a number of queries that does not grow.

        :param view_by: a key of the board's views
        :param records: rooms, faculty, classes, batches or departments
        :param week: first day of the week shown, where weeks differ
        :return: list of dictionaries with the title, the days and the rows
        """
        records.check_access("read")
        variant.check_access("read")
        variant = variant.sudo()
        records = records.sudo()
        rows_of = self._assignments_of(variant, view_by, records, week)
        slots = variant.term_id.grid_id.timeslot_ids.sorted(
            lambda slot: (slot.day, slot.period)
        )
        labels = slots._weekday_names()
        days = sorted(set(slots.mapped("day")))
        students = variant._students_by_class()
        entries = {}
        for rows in rows_of.values():
            for row in rows:
                if row.event_id.id not in entries:
                    entries[row.event_id.id] = self._entry(row, students)
        return [
            {
                "record": record,
                "title": record.display_name,
                "subtitle": self._subtitle(view_by, record),
                "view_by": view_by,
                "company": variant.company_id.name,
                "term": variant.term_id,
                "variant": variant,
                "week": week,
                "days": [{"day": day, "name": labels[day]} for day in days],
                **self._grid(slots, days, rows_of[record.id], entries),
            }
            for record in records
        ]

    @api.model
    def _assignments_of(self, variant, view_by, records, week):
        """Record id → placed events of its week."""
        found = defaultdict(list)
        placed = variant._places(week)
        if view_by == "room":
            wanted = set(records.ids)
            for row in placed:
                if row.room_id.id in wanted:
                    found[row.room_id.id].append(row)
            return found
        by_event = {row.event_id.id: row for row in placed}
        if view_by == "faculty":
            for member, events in variant._events_of_teachers(records).items():
                found[member] = [by_event[e] for e in events if e in by_event]
            return found
        if view_by == "batch":
            owner = defaultdict(list)
            for batch in records:
                for section in batch.class_ids.ids:
                    owner[section].append(batch.id)
        elif view_by == "class":
            owner = {section: [section] for section in records.ids}
        else:
            owner = None
        departments = set(records.ids)
        for row in placed:
            event = row.event_id
            if owner is not None:
                for number in owner.get(event.class_id.id, ()):
                    found[number].append(row)
            elif event.department_id.id in departments:
                found[event.department_id.id].append(row)
        return found

    @api.model
    def _entry(self, row, students):
        """What a cell says of an event."""
        event = row.event_id
        section = event.class_id
        return {
            "event_id": event.id,
            "class_id": section.id,
            "code": section.display_name,
            "course": section.course_id.name or "",
            "category": section.category,
            "room": row.room_id.display_name or "",
            "building": row.room_id.building_id.name or "",
            "faculty": ", ".join(
                member.name or member.code or "" for member in event.teacher_ids
            ),
            "students": len(students.get(section.id, ())),
            "periods": event.duration,
            "slot": row.timeslot_id,
        }

    @api.model
    def _subtitle(self, view_by, record):
        if view_by == "room":
            seats = self.env._("%s seats", record.capacity)
            parts = [record.building_id.name, record.type_id.name, seats]
        elif view_by == "faculty":
            parts = [record.department_id.name, record.code]
        elif view_by == "class":
            parts = [record.course_id.name, record.department_id.name]
        elif view_by == "batch":
            parts = [record.programme_id.name]
        else:
            parts = [record.school]
        return " · ".join(part for part in parts if part)

    @api.model
    def _grid(self, slots, days, placed, entries):
        """Rows of periods with cells of entries.

        An event over several periods makes one tall cell where it stands alone, and
        is repeated in each of its periods where others are beside it.
        """
        at = {(slot.day, slot.period): slot for slot in slots}
        periods = sorted({slot.period for slot in slots})
        cells = defaultdict(list)
        for row in placed:
            entry = entries[row.event_id.id]
            slot = row.timeslot_id
            for step in range(entry["periods"]):
                if (slot.day, slot.period + step) in at:
                    cells[slot.day, slot.period + step].append((entry, step))
        rows, skip = [], set()
        for index, period in enumerate(periods):
            if index and period - periods[index - 1] > 1:
                rows.append({"break": True})
            clock = next(at[day, period] for day in days if (day, period) in at)
            row = {
                "break": False,
                "period": period,
                "from": clock._clock(clock.hour_from) if clock.hour_to else period,
                "to": clock._clock(clock.hour_to) if clock.hour_to else "",
                "cells": [],
            }
            for day in days:
                if (day, period) in skip:
                    continue
                here = sorted(
                    cells[day, period], key=lambda item: (item[0]["code"], item[1])
                )
                span = self._span(here, day, period, cells)
                skip.update((day, period + step) for step in range(1, span))
                row["cells"].append(
                    {
                        "day": day,
                        "exists": (day, period) in at,
                        "span": span,
                        "entries": [
                            {**entry, "continued": step > 0} for entry, step in here
                        ],
                    }
                )
            rows.append(row)
        return {"rows": rows, "count": len(placed)}

    @api.model
    def _span(self, here, day, period, cells):
        if len(here) != 1 or here[0][1]:
            return 1
        entry = here[0][0]
        alone = all(
            len(cells[day, period + step]) == 1 for step in range(1, entry["periods"])
        )
        return entry["periods"] if alone else 1

    @api.model
    def _records(self, variant, view_by, ids=None):
        """What there is to print: those asked for, or all that have a week."""
        Model = self.env[VIEWS[view_by]]
        if ids:
            return Model.browse(ids).exists()
        return Model.search(variant._board_resource_domain(view_by))
