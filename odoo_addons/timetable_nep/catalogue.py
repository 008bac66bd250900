"""What the service says, by code: the texts that the reader's language translates.

The service sends codes with arguments; its own English is for people without Odoo.
A test of the contract holds codes and arguments equal to the service's catalogue.
``{n:n event}`` counts by :data:`COUNTED`, ``{d:day}`` names a weekday, a list is put in
a row; ``{x:semi}`` puts it apart by semicolons. A translation keeps each gap as it is.
"""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

VIOLATIONS = {
    "unplaced_time": _lt("{event} of {class} has no timeslot."),
    "unplaced_room": _lt("{event} of {class} has no room."),
    "clash": _lt("{who} has {count:n event} at {timeslot}."),
    "class_same_day": _lt("{class} has {count:n event} on {day:day}."),
    "faculty_daily_load": _lt(
        "{faculty} teaches {count:n period} on {day:day}; the limit is {limit}."
    ),
    "left_pin": _lt("{event} left its pinned place."),
    "joint_apart": _lt(
        "{event} is not where {other} is, with which it is taught as one."
    ),
    "outside_weeks": _lt("{event} is held in weeks that are not allowed for it."),
    "outside_times": _lt("{event} is outside the timeslots allowed for it."),
    "not_available": _lt("{who} is not available at {timeslot}, where {event} is."),
    "room_closed": _lt("{room} is closed at {timeslot}."),
    "room_type": _lt("{room} is a {type}, not a {wanted}, which {event} needs."),
    "room_features": _lt("{room} lacks {features:and}, which {event} needs."),
    "room_seats": _lt("{room} seats {seats}, not {wanted}, which {event} needs."),
    "room_not_allowed": _lt("{room} is not among the rooms allowed for {event}."),
    "room_not_required": _lt("{room} is not one of those that {event} requires."),
    "room_forbidden": _lt("{room} is forbidden for {event}."),
    "relation_broken": _lt("Relation {relation} does not hold: it asks for {because}."),
    "no_place": _lt(
        "{student} does not have exactly one class of each chosen offering."
    ),
    "class_full": _lt("{class} holds {count:n student}; its limit is {limit}."),
    "people_lunch": _lt("{who} has no pause for lunch on {day:day}."),
    "people_daily_load": _lt("{who} has {count:n period} too many on {day:day}."),
    "people_long_day": _lt(
        "{who} has a day too long by {count:n begun hour} on {day:day}."
    ),
    "people_free_days": _lt("{who} lacks {count:n day} without classes."),
    "people_rest": _lt("{who} has too short a night after {day:day}."),
}

RELATIONS = {
    "same_start": _lt("the same start"),
    "same_time": _lt("the same time"),
    "same_days": _lt("the same days"),
    "same_weeks": _lt("the same weeks"),
    "same_room": _lt("the same room"),
    "different_time": _lt("different times"),
    "different_days": _lt("different days"),
    "different_weeks": _lt("different weeks"),
    "different_room": _lt("different rooms"),
    "overlap": _lt("an overlap"),
    "not_overlap": _lt("no overlap"),
    "same_attendees": _lt("time to attend all"),
    "precedence": _lt("this order"),
    "back_to_back": _lt("one right after the other"),
    "work_day_periods": _lt("all within {value:n period} from first to last"),
    "work_day_minutes": _lt("all within {minutes:n minute} from first to last"),
    "min_gap_periods": _lt("a gap of at least {value:n period}"),
    "min_gap_minutes": _lt("a gap of at least {minutes:n minute}"),
    "max_days": _lt("at most {value:n day}"),
    "max_day_load_periods": _lt("at most {value:n period} a day"),
    "max_day_load_minutes": _lt("at most {minutes:n minute} a day"),
    "max_breaks": _lt("at most {value:n break} of more than {pause:n minute} a day"),
    "max_block": _lt("at most {minutes:n minute} in a row"),
}
"""What a relation asks for, as part of a sentence."""

NOTES = {
    "variant_left_out": _lt(
        "There was no time to make timetable {key} differ from the others; it is left"
        " out."
    ),
    "variant_not_best": _lt(
        "Timetable {key} ({profile}) is not the best in what it was made for: it "
        "costs {cost} there, another one {other}. More time may help."
    ),
    "variants_alike": _lt(
        "Timetables {a} and {b} are much alike: only {share} % of the events are "
        "placed differently."
    ),
    "deep_search_left_out": _lt(
        "Timetable {key} has {events:n event} in trouble. Thorough search is for "
        "{most} at most and was left out: look at the conflicts first."
    ),
    "deep_search_done": _lt(
        "Thorough search brought timetable {key} from {before:n event} in trouble to "
        "{after}."
    ),
}

HEADLINES = {
    "event_no_time": _lt(
        "{event} of {class} has no timeslot for its {periods:n period}"
    ),
    "event_too_long": _lt(
        "{event} of {class} lasts {periods:n period}, and no day has as many in a row"
    ),
    "event_long": _lt("{event} of {class} lasts {periods:n period}"),
    "pin_unavailable": _lt("{event} is pinned to {timeslot}, which is not open to it"),
    "precedence_cycle": _lt("{events} would each have to come first"),
    "cannot_be_together": _lt("{events} cannot be placed together"),
    "pins_clash": _lt("{events} are pinned to places that clash"),
    "class_few_days": _lt(
        "{class} has {count:n event} ({events}), at most one a day, with only {days:n"
        " day} open to them"
    ),
    "same_slots": _lt(
        "{who}: all {periods:n period} of {events} would need the same {count:n "
        "timeslot} ({timeslots})"
    ),
    "not_arranged": _lt("{who}: {events} cannot be arranged"),
    "rooms_not_shared": _lt("{events} cannot share the rooms that suit them"),
    "choices_apart": _lt(
        "{student} cannot attend {offerings} together, whichever classes of them are "
        "taken"
    ),
    "choices_apart_many": _lt(
        "{student} and {others} more cannot attend {offerings} together, whichever "
        "classes of them are taken"
    ),
}
"""What is impossible; the facts that make it so are its reasons."""

FACTS = {
    "fact_event_slots": _lt("{event} may start at {count:n timeslot} only"),
    "fact_pin": _lt("{event} is pinned to {timeslot}"),
    "fact_faculty": _lt("{faculty} teaches one event at a time"),
    "fact_faculty_closed": _lt("{faculty} is unavailable at {count:n timeslot}"),
    "fact_faculty_day": _lt("{faculty} teaches at most {limit:n period} a day"),
    "fact_class": _lt("{class} is in one event at a time"),
    "fact_class_closed": _lt("{class} is closed at {count:n timeslot}"),
    "fact_class_day": _lt("{class} has at most one event a day"),
    "fact_curriculum": _lt("classes of {curriculum} may not overlap"),
    "fact_relation": _lt("{relation} asks for {because}"),
    "fact_band": _lt("the band of category {category} has {count:n timeslot}"),
    "fact_rooms": _lt("where {room} is wanted, only {count:n room} will do"),
    "fact_choice": _lt("{offering} is chosen"),
}

ROOMS = {
    "the_room": _lt("{room}"),
    "room_of_any_type": _lt("a room of any type"),
    "room_of_type": _lt("a room of type {type}"),
    "room_of_any_type_with": _lt("a room of any type with {because:and}"),
    "room_of_type_with": _lt("a room of type {type} with {because:and}"),
    "seats": _lt("{seats:n seat}"),
    "feature": _lt("{feature}"),
    "no_room_of_type": _lt("there is no room of type {type}"),
    "none_has_features": _lt("none of that type has {features:and}"),
    "largest_seats": _lt("the largest that is otherwise suitable seats {seats}"),
    "is_of_type": _lt("is of type {type}, not {wanted}"),
    "lacks_features": _lt("lacks {features:and}"),
    "seats_too_few": _lt("seats {seats}, not {wanted}"),
}

FINDINGS = {
    "inconsistent": _lt("The data contradict themselves at {field}: {fault}"),
    "band_too_small": _lt(
        "The band of category {category} has {slots:n timeslot} on {days:n day}, too "
        "few for all events of {classes}."
    ),
    "faculty_overloaded": _lt(
        "{faculty} teaches {periods:n period} a week but is available for {free} at "
        "the most."
    ),
    "faculty_over_norm": _lt(
        "{faculty} teaches {periods:n period} a week; the limit is {limit}."
    ),
    "curriculum_overloaded": _lt(
        "{curriculum} has {periods:n period} a week; the week has {week}."
    ),
    "room_none_suits": _lt("{event} of {class} needs {room}, but {because}."),
    "pin_room_unsuitable": _lt("{event} is pinned to {room}, which {because}."),
    "rooms_too_few": _lt(
        "{count:n event} of {classes} need {periods:n room-period}, but the {rooms:n "
        "room} that can take them ({room}) have {have}."
    ),
    "rooms_too_few_there": _lt(
        "{count:n event} of {classes} need {periods:n room-period} at the {open:n "
        "timeslot} open to them ({timeslots}), but the {rooms:n room} that can take "
        "them ({room}) have {have}."
    ),
    "share_no_room": _lt(
        "{relation} asks that {events} share a room, but no room suits them all."
    ),
    "class_seats": _lt(
        "{count:n student} are already in {class}, whose limit is {limit}."
    ),
    "section_seats": _lt(
        "{count:n student} chose {offering} but its classes have {seats:n seat}."
    ),
    "component_seats": _lt(
        "{count:n student} chose {offering} but its classes of kind {kind} have "
        "{seats:n seat}."
    ),
    "student_overloaded": _lt(
        "{student} chose {periods:n period} a week; the week has {week}."
    ),
}

WAYS_OUT = {
    "allow_slots": _lt("Allow more timeslots for {event}."),
    "unpin": _lt("Unpin {event}."),
    "pin_elsewhere": _lt("Pin {event} to another room."),
    "give_event": _lt("Give an event of {faculty} to somebody else."),
    "give_class": _lt("Give a class of {faculty} to somebody else."),
    "open_slots": _lt("Open more timeslots for {who}."),
    "open_slots_for_these": _lt("Open more timeslots for these classes."),
    "raise_daily_limit": _lt("Raise the daily limit of {faculty}."),
    "raise_weekly_limit": _lt("Raise the weekly limit of {faculty}."),
    "allow_several_a_day": _lt("Allow {class} several events a day."),
    "take_class_out": _lt("Take a class out of {curriculum}."),
    "drop_relation": _lt("Drop {relation} or make it soft."),
    "widen_band": _lt("Add timeslots to the band of category {category}."),
    "widen_band_days": _lt(
        "Add timeslots on other days to the band of category {category}."
    ),
    "fewer_events": _lt("Give these classes fewer events, or several a day."),
    "suitable_room": _lt("Add or open a suitable room."),
    "drop_choice": _lt("Drop {offering} or add a class of it at another time."),
    "shorten": _lt("Shorten an event or make the day longer."),
    "add_room_of_type": _lt("Add a room of type {type}."),
    "equip_room": _lt("Equip a room with what is missing."),
    "add_room_with_seats": _lt("Add a room with {seats:n seat}."),
    "add_this_room": _lt("Add a room: {room}."),
    "add_room_for_all": _lt("Add a room that suits all of these events."),
    "split_classes": _lt("Split classes, so that smaller rooms will do."),
    "lower_limit": _lt("Lower the limit of {class}, or split it."),
    "raise_limit": _lt("Raise the limit of {class}."),
    "change_class": _lt("Let some of them change to a parallel class."),
    "add_parallel": _lt("Add a parallel class of {offering}."),
    "raise_limits": _lt("Raise the limits of the classes of {offering}."),
    "drop_course": _lt("Drop a course."),
    "open_or_add_room": _lt("Open more timeslots for {class}, or add a suitable room."),
    "drop_course_of": _lt("Drop a course of {student}."),
    "raise_limit_or_add": _lt("Raise the limit of {class}, or add a parallel class."),
    "choose_by_hand": _lt("Choose the classes of {student} by hand."),
    "add_such_room": _lt("Add a room such as {room}."),
    "accept_room": _lt("Accept {room} by changing what the event needs."),
    "attend_other": _lt("Let {student} attend {other} instead of {class}."),
}

WHY_UNPLACED = {
    "why_no_slot": _lt("None of the week's timeslots is open to it."),
    "why_no_room": _lt("No room has the type, the features and the seats it needs."),
    "why_slots": _lt("Of the {total:n timeslot} open to it: {because:semi}."),
    "slots_class": _lt("{count} on a day or at a time of another event of {class}"),
    "slots_faculty": _lt("{count} while {faculty} teaches"),
    "slots_curriculum": _lt("{count} while its curriculum has another class"),
    "slots_students": _lt("{count} while some of its students have another class"),
    "slots_rooms": _lt("{count} without a free room that suits"),
    "slots_rules": _lt("{count} against a daily limit or a relation"),
    "slots_free": _lt("{count} free"),
}

MOVES = {
    "no_place_any_more": _lt("{event} has no place any more."),
    "moved_time": _lt("{event} moves from {before} to {after}."),
    "moved_room": _lt("{event} moves from {room_before} to {room_after}."),
    "moved_into_room": _lt("{event} moves to {room_after}."),
    "moved_out_of_room": _lt("{event} moves from {room_before} to no room."),
    "moved_time_and_room": _lt(
        "{event} moves from {before} to {after} and from {room_before} to {room_after}."
    ),
    "moved_time_into_room": _lt(
        "{event} moves from {before} to {after} and to {room_after}."
    ),
    "moved_time_out_of_room": _lt(
        "{event} moves from {before} to {after} and from {room_before} to no room."
    ),
    "is_better": _lt("Nothing forces it; it is better placed so."),
    "room_lost": _lt("Its room is no longer available."),
    "room_taken": _lt("{other} is in {room} at that time now."),
    "does_not_fit": _lt("It does not fit into the day at {timeslot} any more."),
    "pinned_time": _lt("It is pinned to another time."),
    "pinned_room": _lt("It is pinned to another room."),
    "closed_at": _lt("{who} is not available at {timeslot}."),
    "outside_band": _lt("{timeslot} is outside the common band of its category."),
    "outside_allowed": _lt("{timeslot} is not among the timeslots allowed for it."),
    "no_room_needed": _lt("It needs no room any more."),
    "room_is_type": _lt("{room} is a {type}, not a {wanted}."),
    "room_lacks": _lt("{room} lacks {features:and}."),
    "room_seats_now": _lt("{room} seats {seats}; the class may have {limit} now."),
    "room_gone": _lt("{room} is no longer available."),
    "room_shut": _lt("{room} is closed at {timeslot}."),
    "faculty_teaches": _lt("{faculty} teaches {other} at that time now."),
    "class_busy": _lt("{class} has another event that day now."),
    "curriculum_busy": _lt("Its curriculum has another class at that time now."),
    "students_busy": _lt(
        "{count} of its students have another class at that time now."
    ),
    "students_busy_mostly": _lt(
        "{count} of its students have another class at that time now, mostly {class}."
    ),
    "limit_broken": _lt("A daily limit would not hold there now."),
    "relation_would_break": _lt("A relation would not hold there now."),
}
"""What a repair moved, and why."""

REASONS = {
    "by_owner": _lt("Somebody cancelled it."),
    "ran_too_long": _lt("It ran longer than {seconds:n second}."),
    "no_sign_of_life": _lt("It gave no sign of life for {seconds:n second}."),
    "too_much_memory": _lt(
        "It used {used} MB of memory; {limit} MB are allowed. Ask your administrator "
        "for more memory (TIMETABLE_JOB_MEMORY_MB), or for fewer threads."
    ),
    "memory_short": _lt(
        "It used {used} MB of memory, more than any other job, when only {left} MB "
        "were left. Try again when fewer jobs run, or ask your administrator for "
        "memory."
    ),
    "too_much_disk": _lt("It wrote {used} MB to disk; {limit} MB are allowed."),
    "crash_segfault": _lt("The solver crashed (segmentation fault). Try again."),
    "crash_bus": _lt("The solver crashed (bus error)."),
    "crash_instruction": _lt("The solver crashed (illegal instruction)."),
    "crash_arithmetic": _lt("The solver crashed (arithmetic error)."),
    "crash_abort": _lt("The solver stopped itself after an internal error."),
    "crash_signal": _lt("The solver was stopped by a signal ({signal})."),
    "no_outcome": _lt("Its process ended without a result (exit code {exit_code})."),
    "result_not_written": _lt("Its result could not be written; is the disk full?"),
    "files_failed": _lt("Its files could not be read or written: {error}."),
    "contradiction": _lt("The term contradicts itself: {fault}"),
    "out_of_memory": _lt("It ran out of memory."),
    "engine_error": _lt(
        "The solver stopped with an error of its own: {error}. Tell your administrator."
    ),
    "not_started": _lt("Its process could not be started: {error}."),
    "service_stopped": _lt("The service stopped; the job goes on later."),
    "gave_way": _lt("It gave its place to others while it was paused."),
    "not_begun": _lt("The service stopped before the job began."),
    "killed": _lt("Its process was ended from outside."),
    "killed_often": _lt(
        "Its process was ended from outside {times:n time}, perhaps for want of memory."
    ),
    "best_not_saved": _lt("{because} Its best timetable could not be saved: {error}."),
}

REFUSALS = {
    "jobs_per_hour": _lt(
        "{limit} starts of jobs an hour are allowed; one that is run again, or "
        "resumed after it gave up its place, counts too."
    ),
    "questions_per_hour": _lt(
        "{limit} questions an hour are allowed (diagnosis, score, suggestion, "
        "conversion)."
    ),
    "unfinished_jobs": _lt(
        "{limit} unfinished jobs are allowed; wait for one to end, or cancel one."
    ),
    "requests_per_minute": _lt(
        "{limit} {kind} a minute are allowed; wait {seconds:n second}."
    ),
    "at_once": _lt("{limit} {kind} at once are allowed; wait for one to end."),
    "wrong_state": _lt("A job that is {before} cannot become {after}."),
    "ended_without": _lt("The job ended without a timetable."),
    "not_ended": _lt("The job is {state}; its result comes when it ends."),
    "result_damaged": _lt(
        "The result on the service's disk is damaged; run the job again."
    ),
    "job_damaged": _lt(
        "A file of this job on the service's disk is damaged ({name}); the job was "
        "put aside. Send it again."
    ),
    "key_reused": _lt("The key of this run belongs to another request."),
    "disk_full": _lt(
        "The disk of the timetable service is full. Tell your administrator."
    ),
    "unknown_job": _lt("The timetable service does not know this job."),
}

SUGGESTIONS = {
    "suggest_move": _lt("Move {event} to {place} ({because:and})."),
    "suggest_move_with": _lt(
        "Move {event} to {place}, and move {others:and} ({because:and})."
    ),
    "suggest_place": _lt("Place {event} at {place} ({because:and})."),
    "suggest_place_with": _lt(
        "Place {event} at {place}, and move {others:and} ({because:and})."
    ),
    "moved_to": _lt("{event} to {place}"),
    "at_time": _lt("{timeslot}"),
    "at_time_in_room": _lt("{timeslot} in {room}"),
    "in_weeks": _lt("{place} in {weeks}"),
    "in_rooms": _lt("{place} in {rooms:and}"),
    "mends_rules": _lt("mends {count:n broken rule}"),
    "adds_rules": _lt("adds {count:n broken rule}"),
    "soft_cost": _lt("soft cost {soft:+d}"),
}

JOINTS = {
    "headline": _lt("{said}."),
    "headline_because": _lt("{said}, because {reasons}."),
    "more": _lt("{count} more"),
}
"""What holds the parts of a sentence together."""

COUNTED = {
    "event": (_lt("{n} event"), _lt("{n} events")),
    "period": (_lt("{n} period"), _lt("{n} periods")),
    "room-period": (_lt("{n} period in a room"), _lt("{n} periods in a room")),
    "timeslot": (_lt("{n} timeslot"), _lt("{n} timeslots")),
    "second": (_lt("{n} second"), _lt("{n} seconds")),
    "time": (_lt("{n} time"), _lt("{n} times")),
    "minute": (_lt("{n} minute"), _lt("{n} minutes")),
    "day": (_lt("{n} day"), _lt("{n} days")),
    "begun hour": (_lt("{n} begun hour"), _lt("{n} begun hours")),
    "break": (_lt("{n} break"), _lt("{n} breaks")),
    "student": (_lt("{n} student"), _lt("{n} students")),
    "room": (_lt("{n} room"), _lt("{n} rooms")),
    "seat": (_lt("{n} seat"), _lt("{n} seats")),
    "broken rule": (_lt("{n} broken rule"), _lt("{n} broken rules")),
}
"""A thing → one of it, several of it."""

TEXTS = {
    **VIOLATIONS,
    **RELATIONS,
    **NOTES,
    **HEADLINES,
    **FACTS,
    **ROOMS,
    **FINDINGS,
    **WAYS_OUT,
    **WHY_UNPLACED,
    **MOVES,
    **REASONS,
    **REFUSALS,
    **SUGGESTIONS,
}
"""Code → text."""
