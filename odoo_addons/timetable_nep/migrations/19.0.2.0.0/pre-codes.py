from odoo.tools import SQL
from odoo.tools.sql import column_exists

KEPT = (
    ("timetable_run", "message", "message_said"),
    ("timetable_run", "reason", "reason_said"),
    ("timetable_variant", "rescore_message", "rescore_said"),
)

STEPS = (
    "ALTER TABLE %(table)s ADD COLUMN %(kept)s jsonb",
    "UPDATE %(table)s SET %(kept)s = jsonb_build_object('text', %(sentence)s)"
    " WHERE %(sentence)s != ''",
    "ALTER TABLE %(table)s DROP COLUMN %(sentence)s",
)


def migrate(cr, version):
    """Sentences that were kept stay what is shown of old runs and timetables; what the
    service said of old results is found again by its records in brackets."""
    for table, sentence, kept in KEPT:
        if column_exists(cr, table, sentence) and not column_exists(cr, table, kept):
            names = {
                "table": SQL.identifier(table),
                "sentence": SQL.identifier(sentence),
                "kept": SQL.identifier(kept),
            }
            for step in STEPS:
                cr.execute(SQL(step, **names))
    # Types of rooms and features stood bare in sentences of the first edition.
    cr.execute(
        r"""
        UPDATE timetable_variant
           SET violations = regexp_replace(
                   regexp_replace(
                       violations::text,
                       '(^|[ (])(k[0-9]+)($|[ .,;)])', '\1[room_type:\2]\3', 'g'
                   ),
                   '(^|[ (])(q[0-9]+)($|[ .,;)])', '\1[feature:\2]\3', 'g'
               )::jsonb
         WHERE violations::text ~ '[ (][kq][0-9]+[ .,;)]'
           AND violations::text NOT LIKE '%"message"%'
        """
    )
