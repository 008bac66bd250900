def uninstall_hook(env):
    """Empty the tables that hold on to others, so that nothing is left behind."""
    env.cr.execute(
        "TRUNCATE timetable_term, timetable_event, timetable_room, timetable_faculty, "
        "timetable_student, timetable_offering CASCADE"
    )
    # Settings made by hand belong to no data file: Odoo would keep them, secrets too.
    env.cr.execute("DELETE FROM ir_config_parameter WHERE key LIKE 'timetable\\_nep.%'")
    env.invalidate_all(flush=False)
