def post_init_hook(env):
    """What Time Off knows already holds for the timetable from the first day."""
    env["hr.leave"].search([("state", "=", "validate")])._tell_timetable()
    env["resource.calendar.leaves"].search(
        [("resource_id", "=", False)]
    )._tell_timetable()
