"""Attending is a seat now, in a class of any component: the portal's rule follows.

What was enrolled stays what it meant: a course without components has one class each.
"""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    rule = env.ref(
        "timetable_nep.timetable_assignment_rule_portal", raise_if_not_found=False
    )
    if rule:
        rule.domain_force = rule.domain_force.replace(
            "class_id.enrolment_ids.", "class_id.seat_ids."
        )
