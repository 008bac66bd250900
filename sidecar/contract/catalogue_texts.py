"""The English of the catalogue: code → template; gaps are the arguments.

``{n:n event}`` counts, ``{d:day}`` names a day, ``{x:and}`` and ``{x:semi}`` put a list
in a row. Texts of ``HEADLINES`` take their reasons after them; parts of sentences have
no full stop.
"""

from typing import Final

VIOLATIONS: Final = {
    "unplaced_time": "{event} of {class} has no timeslot.",
    "unplaced_room": "{event} of {class} has no room.",
    "clash": "{who} has {count:n event} at {timeslot}.",
    "class_same_day": "{class} has {count:n event} on {day:day}.",
    "faculty_daily_load": "{faculty} teaches {count:n period} on {day:day}; the limit "
    "is {limit}.",
    "people_lunch": "{who} has no pause for lunch on {day:day}.",
    "people_daily_load": "{who} has {count:n period} too many on {day:day}.",
    "people_long_day": "{who} has a day too long by {count:n begun hour} on {day:day}.",
    "people_free_days": "{who} lacks {count:n day} without classes.",
    "people_rest": "{who} has too short a night after {day:day}.",
    "left_pin": "{event} left its pinned place.",
    "joint_apart": "{event} is not where {other} is, with which it is taught as one.",
    "outside_weeks": "{event} is held in weeks that are not allowed for it.",
    "outside_times": "{event} is outside the timeslots allowed for it.",
    "not_available": "{who} is not available at {timeslot}, where {event} is.",
    "room_closed": "{room} is closed at {timeslot}.",
    "room_type": "{room} is a {type}, not a {wanted}, which {event} needs.",
    "room_features": "{room} lacks {features:and}, which {event} needs.",
    "room_seats": "{room} seats {seats}, not {wanted}, which {event} needs.",
    "room_not_allowed": "{room} is not among the rooms allowed for {event}.",
    "room_not_required": "{room} is not one of those that {event} requires.",
    "room_forbidden": "{room} is forbidden for {event}.",
    "relation_broken": "Relation {relation} does not hold: it asks for {because}.",
    "no_place": "{student} does not have exactly one class of each chosen offering.",
    "class_full": "{class} holds {count:n student}; its limit is {limit}.",
}

RELATIONS: Final = {
    "same_start": "the same start",
    "same_time": "the same time",
    "same_days": "the same days",
    "same_weeks": "the same weeks",
    "same_room": "the same room",
    "different_time": "different times",
    "different_days": "different days",
    "different_weeks": "different weeks",
    "different_room": "different rooms",
    "overlap": "an overlap",
    "not_overlap": "no overlap",
    "same_attendees": "time to attend all",
    "precedence": "this order",
    "back_to_back": "one right after the other",
    "work_day_periods": "all within {value:n period} from first to last",
    "work_day_minutes": "all within {minutes:n minute} from first to last",
    "min_gap_periods": "a gap of at least {value:n period}",
    "min_gap_minutes": "a gap of at least {minutes:n minute}",
    "max_days": "at most {value:n day}",
    "max_day_load_periods": "at most {value:n period} a day",
    "max_day_load_minutes": "at most {minutes:n minute} a day",
    "max_breaks": "at most {value:n break} of more than {pause:n minute} a day",
    "max_block": "at most {minutes:n minute} in a row",
}
"""What a relation asks for, as part of a sentence."""

NOTES: Final = {
    "variant_left_out": "There was no time to make variant {key} differ from the "
    "others; it is left out.",
    "variant_not_best": "Variant {key} ({profile}) is not the best on its own axis: "
    "it costs {cost} there, another variant {other}.",
    "variants_alike": "Variants {a} and {b} differ in {share}% of placements only.",
    "deep_search_left_out": "Variant {key} has {events:n event} in trouble; deep "
    "search is for {most} at most and was left out.",
    "deep_search_done": "Deep search brought variant {key} from {before:n event} in "
    "trouble to {after}.",
}

HEADLINES: Final = {
    "event_no_time": "{event} of {class} has no timeslot for its {periods:n period}",
    "event_too_long": "{event} of {class} lasts {periods:n period}, and no day has as "
    "many in a row",
    "event_long": "{event} of {class} lasts {periods:n period}",
    "pin_unavailable": "{event} is pinned to {timeslot}, which is not open to it",
    "precedence_cycle": "{events} would each have to come first",
    "cannot_be_together": "{events} cannot be placed together",
    "pins_clash": "{events} are pinned to places that clash",
    "class_few_days": "{class} has {count:n event} ({events}), at most one a day, with "
    "only {days:n day} open to them",
    "same_slots": "{who}: all {periods:n period} of {events} would need the same "
    "{count:n timeslot} ({timeslots})",
    "not_arranged": "{who}: {events} cannot be arranged",
    "rooms_not_shared": "{events} cannot share the rooms that suit them",
    "choices_apart": "{student} cannot attend {offerings} together, whichever classes "
    "of them are taken",
    "choices_apart_many": "{student} and {others} more cannot attend {offerings} "
    "together, whichever classes of them are taken",
}
"""What is impossible; the facts that make it so are its reasons."""

FACTS: Final = {
    "fact_event_slots": "{event} may start at {count:n timeslot} only",
    "fact_pin": "{event} is pinned to {timeslot}",
    "fact_faculty": "{faculty} teaches one event at a time",
    "fact_faculty_closed": "{faculty} is unavailable at {count:n timeslot}",
    "fact_faculty_day": "{faculty} teaches at most {limit:n period} a day",
    "fact_class": "{class} is in one event at a time",
    "fact_class_closed": "{class} is closed at {count:n timeslot}",
    "fact_class_day": "{class} has at most one event a day",
    "fact_curriculum": "classes of {curriculum} may not overlap",
    "fact_relation": "{relation} asks for {because}",
    "fact_band": "the band of category {category} has {count:n timeslot}",
    "fact_rooms": "where {room} is wanted, only {count:n room} will do",
    "fact_choice": "{offering} is chosen",
}

ROOMS: Final = {
    "the_room": "{room}",
    "room_of_any_type": "a room of any type",
    "room_of_type": "a room of type {type}",
    "room_of_any_type_with": "a room of any type with {because:and}",
    "room_of_type_with": "a room of type {type} with {because:and}",
    "seats": "{seats:n seat}",
    "feature": "{feature}",
    "no_room_of_type": "there is no room of type {type}",
    "none_has_features": "none of that type has {features:and}",
    "largest_seats": "the largest that is otherwise suitable seats {seats}",
    "is_of_type": "is of type {type}, not {wanted}",
    "lacks_features": "lacks {features:and}",
    "seats_too_few": "seats {seats}, not {wanted}",
}

FINDINGS: Final = {
    "inconsistent": "{field}: {fault}",
    "band_too_small": "The band of category {category} has {slots:n timeslot} on "
    "{days:n day}, too few for all events of {classes}.",
    "faculty_overloaded": "{faculty} teaches {periods:n period} a week but is "
    "available for {free} at the most.",
    "faculty_over_norm": "{faculty} teaches {periods:n period} a week; the limit is "
    "{limit}.",
    "curriculum_overloaded": "{curriculum} has {periods:n period} a week; the week has "
    "{week}.",
    "room_none_suits": "{event} of {class} needs {room}, but {because}.",
    "pin_room_unsuitable": "{event} is pinned to {room}, which {because}.",
    "rooms_too_few": "{count:n event} of {classes} need {periods:n room-period}, but "
    "the {rooms:n room} that can take them ({room}) have {have}.",
    "rooms_too_few_there": "{count:n event} of {classes} need {periods:n room-period} "
    "at the {open:n timeslot} open to them ({timeslots}), but the {rooms:n room} that "
    "can take them ({room}) have {have}.",
    "share_no_room": "{relation} asks that {events} share a room, but no room suits "
    "them all.",
    "class_seats": "{count:n student} are already in {class}, whose limit is {limit}.",
    "section_seats": "{count:n student} chose {offering} but its classes have "
    "{seats:n seat}.",
    "component_seats": "{count:n student} chose {offering} but its classes of kind "
    "{kind} have {seats:n seat}.",
    "student_overloaded": "{student} chose {periods:n period} a week; the week has "
    "{week}.",
}

WAYS_OUT: Final = {
    "allow_slots": "Allow more timeslots for {event}.",
    "unpin": "Unpin {event}.",
    "pin_elsewhere": "Pin {event} to another room.",
    "give_event": "Give an event of {faculty} to somebody else.",
    "give_class": "Give a class of {faculty} to somebody else.",
    "open_slots": "Open more timeslots for {who}.",
    "open_slots_for_these": "Open more timeslots for these classes.",
    "raise_daily_limit": "Raise the daily limit of {faculty}.",
    "raise_weekly_limit": "Raise the weekly limit of {faculty}.",
    "allow_several_a_day": "Allow {class} several events a day.",
    "take_class_out": "Take a class out of {curriculum}.",
    "drop_relation": "Drop {relation} or make it soft.",
    "widen_band": "Add timeslots to the band of category {category}.",
    "widen_band_days": "Add timeslots on other days to the band of category "
    "{category}.",
    "fewer_events": "Give these classes fewer events, or several a day.",
    "suitable_room": "Add or open a suitable room.",
    "drop_choice": "Drop {offering} or add a class of it at another time.",
    "shorten": "Shorten an event or make the day longer.",
    "add_room_of_type": "Add a room of type {type}.",
    "equip_room": "Equip a room with what is missing.",
    "add_room_with_seats": "Add a room with {seats:n seat}.",
    "add_this_room": "Add a room: {room}.",
    "add_room_for_all": "Add a room that suits all of these events.",
    "split_classes": "Split classes, so that smaller rooms will do.",
    "lower_limit": "Lower the limit of {class}, or split it.",
    "raise_limit": "Raise the limit of {class}.",
    "change_class": "Let some of them change to a parallel class.",
    "add_parallel": "Add a parallel class of {offering}.",
    "raise_limits": "Raise the limits of the classes of {offering}.",
    "drop_course": "Drop a course.",
    "open_or_add_room": "Open more timeslots for {class}, or add a suitable room.",
    "drop_course_of": "Drop a course of {student}.",
    "raise_limit_or_add": "Raise the limit of {class}, or add a parallel class.",
    "choose_by_hand": "Choose the classes of {student} by hand.",
    "add_such_room": "Add a room such as {room}.",
    "accept_room": "Accept {room} by changing what the event needs.",
    "attend_other": "Let {student} attend {other} instead of {class}.",
}

WHY_UNPLACED: Final = {
    "why_no_slot": "None of the week's timeslots is open to it.",
    "why_no_room": "No room has the type, the features and the seats it needs.",
    "why_slots": "Of the {total:n timeslot} open to it: {because:semi}.",
    "slots_class": "{count} on a day or at a time of another event of {class}",
    "slots_faculty": "{count} while {faculty} teaches",
    "slots_curriculum": "{count} while its curriculum has another class",
    "slots_students": "{count} while some of its students have another class",
    "slots_rooms": "{count} without a free room that suits",
    "slots_rules": "{count} against a daily limit or a relation",
    "slots_free": "{count} free",
}

MOVES: Final = {
    "no_place_any_more": "{event} has no place any more.",
    "moved_time": "{event} moves from {before} to {after}.",
    "moved_room": "{event} moves from {room_before} to {room_after}.",
    "moved_into_room": "{event} moves to {room_after}.",
    "moved_out_of_room": "{event} moves from {room_before} to no room.",
    "moved_time_and_room": "{event} moves from {before} to {after} and from "
    "{room_before} to {room_after}.",
    "moved_time_into_room": "{event} moves from {before} to {after} and to "
    "{room_after}.",
    "moved_time_out_of_room": "{event} moves from {before} to {after} and from "
    "{room_before} to no room.",
    "is_better": "Nothing forces it; it is better placed so.",
    "room_lost": "Its room is no longer available.",
    "room_taken": "{other} is in {room} at that time now.",
    "does_not_fit": "It does not fit into the day at {timeslot} any more.",
    "pinned_time": "It is pinned to another time.",
    "pinned_room": "It is pinned to another room.",
    "closed_at": "{who} is not available at {timeslot}.",
    "outside_band": "{timeslot} is outside the common band of its category.",
    "outside_allowed": "{timeslot} is not among the timeslots allowed for it.",
    "no_room_needed": "It needs no room any more.",
    "room_is_type": "{room} is a {type}, not a {wanted}.",
    "room_lacks": "{room} lacks {features:and}.",
    "room_seats_now": "{room} seats {seats}; the class may have {limit} now.",
    "room_gone": "{room} is no longer available.",
    "room_shut": "{room} is closed at {timeslot}.",
    "faculty_teaches": "{faculty} teaches {other} at that time now.",
    "class_busy": "{class} has another event that day now.",
    "curriculum_busy": "Its curriculum has another class at that time now.",
    "students_busy": "{count} of its students have another class at that time now.",
    "students_busy_mostly": "{count} of its students have another class at that time "
    "now, mostly {class}.",
    "limit_broken": "A daily limit would not hold there now.",
    "relation_would_break": "A relation would not hold there now.",
}
"""What a repair moved, and why."""

REASONS: Final = {
    "by_owner": "Cancelled by its owner.",
    "ran_too_long": "It ran longer than {seconds:n second}.",
    "no_sign_of_life": "It gave no sign of life for {seconds:n second}.",
    "too_much_memory": "It used {used} MB of memory; {limit} MB are allowed. Ask for "
    "fewer threads or raise TIMETABLE_JOB_MEMORY_MB.",
    "memory_short": "It used {used} MB of memory, more than any other job, when only "
    "{left} MB were left. Run fewer jobs at once (TIMETABLE_MAX_RUNNING_JOBS) or add "
    "memory.",
    "too_much_disk": "It wrote {used} MB to disk; {limit} MB are allowed.",
    "crash_segfault": "The solver crashed (segmentation fault).",
    "crash_bus": "The solver crashed (bus error).",
    "crash_instruction": "The solver crashed (illegal instruction).",
    "crash_arithmetic": "The solver crashed (arithmetic error).",
    "crash_abort": "The solver stopped itself after an internal error.",
    "crash_signal": "The solver was stopped by a signal ({signal}).",
    "no_outcome": "Its process ended without a result (exit code {exit_code}).",
    "result_not_written": "Its result could not be written; is the disk full?",
    "files_failed": "Its files could not be read or written: {error}.",
    "contradiction": "The problem contradicts itself: {fault}",
    "out_of_memory": "It ran out of memory.",
    "engine_error": "The engine stopped with an error of ours: {error}.",
    "not_started": "Its process could not be started: {error}.",
    "service_stopped": "The service stopped; the job goes on later.",
    "gave_way": "It gave its place to others while it was paused.",
    "not_begun": "The service stopped before the job began.",
    "killed": "Its process was ended from outside.",
    "killed_often": "Its process was ended from outside {times:n time}, perhaps for "
    "want of memory.",
    "best_not_saved": "{because} Its best timetable could not be saved: {error}.",
}
"""Why a job or an attempt ended, or waits again."""

REFUSALS: Final = {
    "jobs_per_hour": "{limit} starts of jobs an hour are allowed; one that is run "
    "again, or resumed after it gave up its place, counts too.",
    "questions_per_hour": "{limit} questions an hour are allowed (diagnosis, score, "
    "suggestion, conversion).",
    "unfinished_jobs": "{limit} unfinished jobs are allowed; wait for one to end, or "
    "cancel one.",
    "requests_per_minute": "{limit} {kind} a minute are allowed; wait "
    "{seconds:n second}.",
    "at_once": "{limit} {kind} at once are allowed; wait for one to end.",
    "wrong_state": "A job that is {before} cannot become {after}.",
    "ended_without": "The job ended without a timetable.",
    "not_ended": "The job is {state}; its result comes when it ends.",
    "result_damaged": "The result on the service's disk is damaged; run the job again.",
    "job_damaged": "A file of this job on the service's disk is damaged ({name}); the "
    "job was put aside. Send it again.",
    "key_reused": "This Idempotency-Key was used with another body; choose a new key.",
    "disk_full": "The service's disk is full; ask its administrator.",
    "unknown_job": "You have no job with this id.",
}
"""Why the service does not do what it was asked."""

SUGGESTIONS: Final = {
    "suggest_move": "Move {event} to {place} ({because:and}).",
    "suggest_move_with": "Move {event} to {place}, and move {others:and} "
    "({because:and}).",
    "suggest_place": "Place {event} at {place} ({because:and}).",
    "suggest_place_with": "Place {event} at {place}, and move {others:and} "
    "({because:and}).",
    "moved_to": "{event} to {place}",
    "at_time": "{timeslot}",
    "at_time_in_room": "{timeslot} in {room}",
    "in_weeks": "{place} in {weeks}",
    "in_rooms": "{place} in {rooms:and}",
    "mends_rules": "mends {count:n broken rule}",
    "adds_rules": "adds {count:n broken rule}",
    "soft_cost": "soft cost {soft:+d}",
}
