"""The form that asked for a reason to reject asks for other reasons too, by another
name. Odoo leaves the tables of a model that is gone; they hold nothing but forms."""


def migrate(cr, version):
    cr.execute("DROP TABLE IF EXISTS timetable_reject_wizard_timetable_variant_rel")
    cr.execute("DROP TABLE IF EXISTS timetable_reject_wizard")
