"""From 19.0.1.0.0: what earlier versions did not keep is worked out once."""

from odoo import SUPERUSER_ID, api
from odoo.tools.convert import convert_file

RULES = "security/timetable_rules.xml"


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    # Coordinators see less than before. The rules are not updated by themselves.
    convert_file(env, "timetable_nep", RULES, {}, mode="init", noupdate=True)
    # Departments agreed one by one from now on: those on whose behalf a timetable
    # was approved before keep their say.
    approved = env["timetable.variant"].search(
        [("state", "in", ("department_approved", "approved", "published"))]
    )
    for variant in approved:
        variant._guarded().with_context(tracking_disable=True).write(
            {"department_ok_ids": [(6, 0, variant._departments_asked().ids)]}
        )
    # Broken rules are counted in the background, for all timetables there are.
    env.ref("timetable_nep.cron_rescore")._trigger()
