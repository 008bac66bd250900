"""Words for names of the contract, translated where they are shown.

``const`` stays plain Python for the contract's tests; this is its other half.
"""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

RULE_LABELS = {
    "unplaced": _lt("Events without a place"),
    "student_conflict": _lt("Students in two places at once"),
    "faculty_conflict": _lt("Faculty in two places at once"),
    "curriculum_conflict": _lt("Classes of a batch at the same time"),
    "class_conflict": _lt("Events of a class at the same time"),
    "room_conflict": _lt("Rooms used twice or closed"),
    "room_suitability": _lt("Rooms that do not suit"),
    "availability": _lt("Times that are not available"),
    "class_same_day": _lt("Two events of a class on a day"),
    "faculty_daily_load": _lt("Faculty beyond their daily limit"),
    "section_limit": _lt("Classes that are too full"),
    "sectioning": _lt("Students without a class of a choice"),
    "pinned": _lt("Pinned events that moved"),
    "relation": _lt("Relations between events"),
    "joint": _lt("Joint classes that are apart"),
    "people": _lt("Rules for people's days"),
}
WISH_GROUPS = {
    "student": _lt("Students"),
    "faculty": _lt("Faculty"),
    "room": _lt("Rooms and classes"),
    "term": _lt("The timetable as a whole"),
}
WISHES = {
    "student_gaps": (
        "student",
        _lt("Idle periods of students"),
        _lt("Free periods between two classes of a student's day."),
    ),
    "student_single": (
        "student",
        _lt("Students coming for one period"),
        _lt("Days on which a student comes for a single period."),
    ),
    "student_long_run": (
        "student",
        _lt("Long runs of students"),
        _lt("Each period beyond the number in a row that the term allows."),
    ),
    "student_late": (
        "student",
        _lt("Students in the last period"),
        _lt("Students who are kept until the end of the day."),
    ),
    "travel": (
        "term",
        _lt("Hurrying between buildings"),
        _lt("Walks to the next class that take longer than the pause before it."),
    ),
    "faculty_preferences": (
        "faculty",
        _lt("Wishes of faculty"),
        _lt("Events at times that faculty asked to avoid, or not at those preferred."),
    ),
    "faculty_gaps": (
        "faculty",
        _lt("Idle periods of faculty"),
        _lt("Free periods between two classes of a faculty member's day."),
    ),
    "faculty_days": (
        "faculty",
        _lt("Days on which faculty teach"),
        _lt("Fewer days with more classes each."),
    ),
    "faculty_consecutive": (
        "faculty",
        _lt("Long runs of faculty"),
        _lt("Periods in a row beyond a faculty member's own limit."),
    ),
    "student_lunch": (
        "student",
        _lt("Lunch of students"),
        _lt("Days of students and batches without the pause for lunch."),
    ),
    "student_daily_load": (
        "student",
        _lt("Full days of students"),
        _lt("Periods of a day beyond the number agreed for students."),
    ),
    "student_long_day": (
        "student",
        _lt("Long days of students"),
        _lt("Hours by which a student's day is longer than agreed."),
    ),
    "student_free_days": (
        "student",
        _lt("Free days of students"),
        _lt("Days without classes that a student or batch lacks."),
    ),
    "student_rest": (
        "student",
        _lt("Short nights of students"),
        _lt("Nights between two days of classes that are shorter than agreed."),
    ),
    "faculty_lunch": (
        "faculty",
        _lt("Lunch of faculty"),
        _lt("Days of faculty without the pause for lunch."),
    ),
    "faculty_long_day": (
        "faculty",
        _lt("Long days of faculty"),
        _lt("Hours by which a faculty member's day is longer than agreed."),
    ),
    "faculty_free_days": (
        "faculty",
        _lt("Free days of faculty"),
        _lt("Days without teaching that a faculty member lacks."),
    ),
    "faculty_rest": (
        "faculty",
        _lt("Short nights of faculty"),
        _lt("Nights between two days of teaching that are shorter than agreed."),
    ),
    "room_overflow": (
        "room",
        _lt("Students without a seat"),
        _lt("Above 0, seats become a wish: a room may be too small."),
    ),
    "room_fit": (
        "room",
        _lt("Seats left empty"),
        _lt("Large rooms are kept for large classes."),
    ),
    "room_stability": (
        "room",
        _lt("Classes changing rooms"),
        _lt("Each room beyond the first that a class uses."),
    ),
    "class_min_days": (
        "room",
        _lt("Classes spread over the week"),
        _lt("Days missing from the spread that a class should have."),
    ),
    "section_balance": (
        "room",
        _lt("Balance of parallel classes"),
        _lt("Parallel classes of a course get equally many students."),
    ),
    "curriculum_compactness": (
        "term",
        _lt("Isolated classes of a batch"),
        _lt("A batch has its classes next to each other."),
    ),
    "late_periods": (
        "term",
        _lt("Classes in the last period"),
        _lt("Events at the end of the day, whoever attends."),
    ),
    "perturbation": (
        "term",
        _lt("Changes to the timetable in force"),
        _lt("Events that do not stay where they are published."),
    ),
    "time_preference": (
        "term",
        _lt("Times that were to be avoided"),
        _lt("What the chosen times cost, where a class names its times."),
    ),
    "room_preference": (
        "term",
        _lt("Rooms that were to be avoided"),
        _lt("What the chosen rooms cost, and classes outside the rooms they prefer."),
    ),
    "relation": (
        "term",
        _lt("Relations between events"),
        _lt("Times the weight that each relation has itself."),
    ),
}
"""Name → group, label and what it counts, in the order of the form."""

METRIC_TEXTS = {
    "student_gaps_per_student": _lt("idle periods of a student %.1f"),
    "faculty_gaps_per_person": _lt("faculty gaps %.1f"),
    "seat_use_percent": _lt("seats used %.0f %%"),
    "faculty_days_per_person": _lt("faculty days %.1f"),
    "rooms_used": _lt("rooms %.0f"),
    "students_without_clash_percent": _lt("students without a clash %.1f %%"),
}

WIRE_WORDS = {
    "jobs": _lt("jobs"),
    "questions": _lt("questions"),
    "requests": _lt("requests"),
}
"""Words that the service puts into a sentence."""

CALLBACK_NOTES = {
    "refused": _lt(
        "The service may not send messages to this server: list its host and port, and "
        "its network if the address is private, in TIMETABLE_CALLBACK_HOSTS."
    ),
    "unreachable": _lt(
        "The service cannot reach this server at the address for messages: correct the "
        "address, or open the way."
    ),
    "unauthorised": _lt(
        "This server does not believe the messages of the service: enter the secret "
        "that belongs to the token."
    ),
    "not_found": _lt(
        "At the address for messages nothing takes them: correct its path, or let the "
        "server tell which database is meant."
    ),
    "odd": _lt("At the address for messages something else answers: correct it."),
}
"""How a message of the service to this server failed."""

ERROR_TEXTS = {
    "no_address": _lt(
        "The address of the timetable service is not set. "
        "Fill it in under Settings → Timetable."
    ),
    "no_token": _lt(
        "The access token of the timetable service is not set. "
        "Fill it in under Settings → Timetable."
    ),
    "no_signing_secret": _lt(
        "The signing secret of the timetable service is not set. "
        "Fill it in under Settings → Timetable."
    ),
    "bad_address": _lt(
        "The address of the timetable service in the settings is not valid."
    ),
    "not_the_service": _lt(
        "What answers at the service's address is not the timetable service. "
        "Check the address in the settings."
    ),
    "timeout": _lt("The timetable service did not answer in time."),
    "unreachable": _lt(
        "The timetable service cannot be reached. Is it running, and is its "
        "address in the settings right?"
    ),
    "too_large": _lt("The answer of the service is too large."),
    "digest_mismatch": _lt("The result does not match its digest. It was not stored."),
    "not_accepted": _lt(
        "The timetable service does not accept the token or the signature. "
        "Check both in the settings, and the clocks of the two machines."
    ),
    "starting": _lt("The timetable service is not ready yet."),
    "unknown_job": _lt("The timetable service does not know this job."),
    "damaged_job": _lt("What the timetable service kept of this job is damaged."),
    "no_result": _lt("The timetable service has no result of this job."),
    "wrong_state": _lt("The job is in a state that does not allow this."),
    "key_reused": _lt("The key of this run belongs to another request."),
    "body_too_large": _lt("The term is larger than the timetable service takes."),
    "problem_too_large": _lt("The term is larger than the timetable service takes."),
    "too_slow": _lt("The connection to the timetable service is too slow."),
    "cut_off": _lt("The connection to the timetable service broke off."),
    "too_many_jobs": _lt(
        "The timetable service takes no more runs now: wait for one to end, or cancel "
        "one."
    ),
    "too_many_questions": _lt("The timetable service is busy. Ask again in a minute."),
    "too_many_requests": _lt("The timetable service is busy. Ask again in a minute."),
    "no_answer": _lt("The timetable service could not work it out now. Ask again."),
    "disk_full": _lt(
        "The disk of the timetable service is full. Tell your administrator."
    ),
    "no_ledger": _lt("The timetable service cannot note the request now. Ask again."),
    "internal_error": _lt(
        "The timetable service failed. Its log says why: tell your administrator."
    ),
}
"""What goes wrong between this server and the service, by code."""

ERROR_OTHER = _lt(
    "The timetable service does not take this (%(code)s, status %(status)s). The log "
    "of this server says more: tell your administrator."
)

CHECK_TEXTS = {
    "supervisor": _lt("The timetable service answers, but does not run jobs."),
    "restarts": _lt("The timetable service had to start again several times just now."),
    "disk": _lt("The disk of the timetable service is nearly full."),
    "redis": _lt("The timetable service has no Redis: progress comes more slowly."),
}
"""What does not work at the service although it goes on without, by name."""

RUN_TEXTS = {
    "waiting": _lt("Waiting for the solver"),
    "queued": _lt("Waiting for its turn at the solver"),
    "cancel_asked": _lt("Cancelling…"),
    "pause_asked": _lt("Pausing…"),
    "fetching": _lt("Fetching the result"),
    "trying_again": _lt("%(error)s Trying again."),
    "cancelled_unsent": _lt("Cancelled before it was sent."),
    "given_up": _lt("Given up by %(person)s: the timetable service did not answer."),
    "not_fetched": _lt("The result could not be fetched: %(error)s"),
    "odd_result": _lt("The result is not as the contract says."),
    "odd_answer": _lt("The answer is not as the contract says."),
    "not_counted": _lt("Conflicts could not be counted. Tell your administrator."),
    "our_fault": _lt(
        "Something went wrong on our side (%(name)s). Press Retry; if it "
        "happens again, tell your administrator."
    ),
    "forgotten": _lt(
        "The timetable service does not know this job any more. "
        "Press Retry to send it again."
    ),
    "lost": _lt("Nothing was heard of this job for a day. %(error)s"),
    "done_without_result": _lt("The service says that it is done, but has no result."),
}
"""What a run is waiting for, and why it ended; the service says more by its codes."""

FAULT_TEXTS = {
    "no_object": _lt(
        "The file is not a timetable problem: it must be one JSON object."
    ),
    "no_list": _lt(
        "The list '%(list)s' is missing. Is this a problem file, as "
        "'timetable-nep generate' writes it?"
    ),
    "no_timeslots": _lt("There are no timeslots: a week needs at least one."),
    "not_a_list": _lt("'%(list)s' must be a list."),
    "not_an_object": _lt("%(place)s must be an object."),
    "no_field": _lt("%(place)s has no '%(field)s': add it."),
    "no_id": _lt("%(place)s needs an 'id'."),
    "id_twice": _lt("The id '%(id)s' is there twice in %(list)s: ids are unique."),
    "time_twice": _lt(
        "Timeslot '%(id)s': day %(day)s, period %(period)s is there twice. Change or "
        "remove one."
    ),
    "unknown": _lt(
        "%(list)s '%(id)s': '%(field)s' names '%(value)s', which is not in "
        "%(target)s. Add it there or take it out here."
    ),
    "run_length": _lt(
        "'student_max_consecutive' is a number from 1 to 16: correct it."
    ),
    "no_time_allowed": _lt(
        "events '%(id)s': no timeslot is allowed. Leave 'timeslots' out to allow all."
    ),
    "duration": _lt("events '%(id)s': 'duration' is between 1 and 16 periods."),
    "decided_twice": _lt(
        "students '%(id)s': two classes of one offering are decided. Keep one."
    ),
    "limit_of_zero": _lt(
        "faculty '%(id)s': a limit of 0 periods, yet there are classes to teach. "
        "Leave the limit out, or give the classes to others."
    ),
}
"""What ``tools.problem_file`` finds wrong with a file."""


FILE_FAULTS = {
    "empty": _lt("The file is empty: choose another one."),
    "too_large": _lt(
        "The file has %(size)s MB; at most %(most)s MB are read. Split it, or leave "
        "out what is not needed."
    ),
    "encoding": _lt(
        "The file is not text in UTF-8 (byte %(place)s). Save it again as UTF-8."
    ),
    "ending": _lt(
        "Files that end in “%(ending)s” cannot be read. Choose a workbook (.xlsx), a "
        "file of FET (.fet) or aSc Timetables (.xml), or a problem file (.json, .ctt, "
        ".tim)."
    ),
    "not_json": _lt(
        "The file is not valid JSON (line %(line)s, column %(column)s). Export it "
        "again, or choose another file."
    ),
    "too_deep": _lt("Lists within lists go too deep in this file: it is no problem."),
    "declarations": _lt(
        "The file declares a document type or entities, which may hide an attack. Save "
        "it again from the program that it is of."
    ),
    "bad_xml": _lt(
        "The file is not valid XML (line %(line)s). Export it again from the program "
        "that it is of."
    ),
    "zip_bomb": _lt(
        "Unpacked, the workbook has more than %(most)s MB. Delete empty rows and "
        "pictures, and save it again."
    ),
    "not_a_workbook": _lt(
        "The file is not a workbook that can be opened. Save it as “Excel workbook "
        "(.xlsx)”."
    ),
    "no_sheets": _lt(
        "No sheet of the file is known. Download a workbook here, and fill in that "
        "one: its sheets are %(sheets)s."
    ),
    "no_columns": _lt(
        "The sheet “%(sheet)s” lacks the column “%(column)s”: its first row must have "
        "the headings of the template."
    ),
    "too_many_rows": _lt(
        "The sheet “%(sheet)s” has more than %(most)s rows: split the file."
    ),
    "too_much": _lt("The file says more than can be read: split it."),
    "not_fet": _lt(
        "The file is no file of FET: it begins with “%(tag)s” in place of “fet”."
    ),
    "not_asc": _lt(
        "The file is no export of aSc Timetables: it begins with “%(tag)s” in place of "
        "“timetable”."
    ),
    "no_name": _lt("Line %(line)s: %(tag)s has no name or id. Give it one."),
    "named_twice": _lt(
        "Line %(line)s: %(tag)s “%(name)s” is there twice. Rename or remove one."
    ),
    "odd_week": _lt(
        "A week of %(days)s days with %(hours)s periods cannot be planned: there are 1 "
        "to 7 days and 1 to 31 periods."
    ),
    "odd_period": _lt("Line %(line)s: “%(name)s” is not the number of a period."),
    "unknown_time": _lt(
        "Line %(line)s: there is no time “%(name)s” in the lists of days and hours."
    ),
    "unknown": _lt("Line %(line)s: there is no %(tag)s “%(name)s” in the file."),
    "cycle": _lt("Line %(line)s: “%(name)s” is a part of itself."),
    "activity_id": _lt(
        "Line %(line)s: an activity has the id “%(id)s”, which is empty or taken."
    ),
}
"""What is wrong with a file as a whole, and how to mend it."""

FILE_NOTES = {
    "virtual_rooms": _lt("Virtual rooms are left out: %s"),
    "inactive": _lt("Activities that are not active are left out: %s"),
    "students": _lt("Pupils are taken as the size of their class, not one by one: %s"),
    "part_of_the_weeks": _lt("Lessons of every other week are planned every week: %s"),
    "cards_without_time": _lt("Cards without a time are left to be placed: %s"),
    "cards_too_many": _lt("Cards beyond the periods of their lesson are left out: %s"),
}
"""What was left out of a file; a constraint of FET is told by its own name."""


def say_file_fault(env, error):
    """A fault of a whole file, in the reader's language."""
    text = env._(FILE_FAULTS[error.name])
    return text % error.about


def say_file_note(env, name, count):
    if name in FILE_NOTES:
        text = env._(FILE_NOTES[name])
        return text % count
    return env._(
        "%(constraint)s of FET is left out: %(count)s",
        **{"constraint": name.removeprefix("Constraint"), "count": count},
    )


def say_fault(env, fault):
    """A fault of a file as a sentence, in the reader's language."""
    text = env._(FAULT_TEXTS[fault.name])
    return text % fault.about


def said(code, **args):
    """What is kept instead of a sentence: readers have different languages."""
    return {"code": code, "args": args}


def said_error(error):
    """An error of the service's client, to be kept; in the service's own message where
    it has one."""
    if error.message:
        return {"message": error.message, "sentence": error.detail}
    return said(error.code, status=error.status)


def say(env, what):
    """What :func:`said` gave, in the reader's language."""
    if not what:
        return ""
    if "text" in what:  # of before there were codes
        return what["text"]
    if "sentence" in what:
        [(text, _ways)] = env["timetable.wire.mixin"]._wire_rows([what])
        return text
    code, args = what["code"], what["args"]
    args = {k: say(env, v) if isinstance(v, dict) else v for k, v in args.items()}
    text = RUN_TEXTS.get(code) or ERROR_TEXTS.get(code)
    if text is None:
        text, args = ERROR_OTHER, {"code": code, "status": args.get("status", 0)}
    words = env._(text)
    return words % args


def say_error(env, error):
    """An error of the service's client, in the reader's language."""
    return say(env, said_error(error))
