"""Classes of the components of a course, from a timetable to the enrolments."""

from odoo import models
from odoo.tools import SQL

BATCH = 10_000


class TimetableVariant(models.Model):
    _inherit = "timetable.variant"

    def _classes_of_components(self):
        """Ids of the term's classes that are of a component."""
        return set(
            self.env["timetable.class"]
            .with_context(active_test=False)
            .search(
                [("term_id", "=", self.term_id.id), ("component_id", "!=", False)],
                order="id",
            )
            ._ids
        )

    def _apply_components(self, pairs):
        """Write students' classes of courses with several components, in bulk.

        A component keeps the place in which its class is written: on the enrolment or
        in a row of its own. Those of no place yet: the first component's on the
        enrolment, others in rows. Decided classes stay.

        :param pairs: ``(student, class)``
        """
        if not pairs:
            return
        execute = self.env.cr.execute
        self.env["timetable.seat"]._flush_seats()
        self.env["timetable.component"].flush_model(["sequence"])
        execute("DROP TABLE IF EXISTS timetable_place")
        execute(
            "CREATE TEMPORARY TABLE timetable_place (student_id int, class_id int)"
            " ON COMMIT DROP"
        )
        for start in range(0, len(pairs), BATCH):
            self.env.cr.execute_values(
                "INSERT INTO timetable_place VALUES %s",
                pairs[start : start + BATCH],
                page_size=BATCH,
            )
        # A class of another offering or term cannot match.
        execute("DROP TABLE IF EXISTS timetable_given")
        execute(
            SQL(
                """
                CREATE TEMPORARY TABLE timetable_given ON COMMIT DROP AS
                SELECT DISTINCT ON (e.id, c.component_id)
                       e.id AS enrolment_id, e.student_id, e.term_id, c.id AS class_id,
                       c.component_id, own.component_id AS own_component,
                       row_number() OVER (PARTITION BY e.id
                                          ORDER BY k.sequence, k.id) AS place
                  FROM timetable_place p
                  JOIN timetable_class c ON c.id = p.class_id
                  JOIN timetable_component k ON k.id = c.component_id
                  JOIN timetable_enrolment e
                    ON e.student_id = p.student_id AND e.offering_id = c.offering_id
                  LEFT JOIN timetable_class own ON own.id = e.class_id
                 WHERE e.term_id = %s
                 ORDER BY e.id, c.component_id, c.id
                """,
                self.term_id.id,
            )
        )
        execute("CREATE INDEX ON timetable_given (enrolment_id)")
        execute("ANALYZE timetable_given")
        # A row in the way of a class on the enrolment, or of an earlier division.
        execute(
            """
            DELETE FROM timetable_enrolment_class f
             USING timetable_enrolment e
             WHERE e.id = f.enrolment_id AND f.fixed IS NOT TRUE
               AND EXISTS (SELECT FROM timetable_given g WHERE g.enrolment_id = e.id)
               AND NOT EXISTS (SELECT FROM timetable_given g
                                WHERE g.enrolment_id = e.id
                                  AND g.component_id = f.component_id
                                  AND g.component_id
                                      IS DISTINCT FROM g.own_component)
            """
        )
        execute(
            """
            UPDATE timetable_enrolment_class f
               SET class_id = g.class_id, active = TRUE
              FROM timetable_given g
             WHERE g.enrolment_id = f.enrolment_id
               AND g.component_id = f.component_id
               AND f.fixed IS NOT TRUE
               AND (f.class_id != g.class_id OR f.active IS NOT TRUE)
            """
        )
        execute(
            """
            UPDATE timetable_enrolment e
               SET class_id = g.class_id
              FROM timetable_given g
             WHERE g.enrolment_id = e.id AND e.fixed IS NOT TRUE
               AND e.class_id IS DISTINCT FROM g.class_id
               AND (g.component_id = g.own_component
                    OR g.own_component IS NULL AND g.place = 1)
               AND NOT EXISTS (SELECT FROM timetable_enrolment_class f
                                WHERE f.enrolment_id = e.id
                                  AND f.component_id = g.component_id)
            """
        )
        execute(
            """
            INSERT INTO timetable_enrolment_class
                   (enrolment_id, student_id, term_id, class_id, component_id, active)
            SELECT g.enrolment_id, g.student_id, g.term_id, g.class_id, g.component_id,
                   TRUE
              FROM timetable_given g
              JOIN timetable_enrolment e ON e.id = g.enrolment_id
              LEFT JOIN timetable_class own ON own.id = e.class_id
             WHERE own.component_id IS DISTINCT FROM g.component_id
               AND NOT EXISTS (SELECT FROM timetable_enrolment_class f
                                WHERE f.enrolment_id = g.enrolment_id
                                  AND f.component_id = g.component_id)
            """
        )
        execute("DROP TABLE timetable_given, timetable_place")
        self.env["timetable.enrolment.class"].invalidate_model()
        self.env["timetable.class"].invalidate_model(["further_ids", "seat_ids"])
