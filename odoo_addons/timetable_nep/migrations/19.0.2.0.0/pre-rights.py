"""From 19.0.1.x: names of sections become unique within their offering."""


def migrate(cr, version):
    if not version:
        return
    # The second "A" of an offering becomes "A (2)": nobody's class goes.
    cr.execute(
        """
        UPDATE timetable_class c
           SET name = c.name || ' (' || d.number || ')'
          FROM (SELECT id, row_number() OVER (PARTITION BY offering_id, name
                                              ORDER BY id) AS number
                  FROM timetable_class) AS d
         WHERE d.id = c.id AND d.number > 1
        """
    )
