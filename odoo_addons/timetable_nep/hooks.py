def uninstall_hook(env):
    """Empty the tables that hold on to others, so that nothing is left behind."""
    env.cr.execute(
        "TRUNCATE timetable_term, timetable_event, timetable_room, timetable_faculty, "
        "timetable_student, timetable_offering CASCADE"
    )
    env.invalidate_all(flush=False)
