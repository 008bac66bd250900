import { registry } from "@web/core/registry";
import { check } from "./accessibility_check";

const PAGE = ".o_tt_portal";
const FOCUS = "a, button, input, select, textarea";

const tours = registry.category("web_tour.tours");

/** A faculty member, on a telephone: when to teach, and a change to ask for. */
tours.add("timetable_nep_portal_faculty", {
    steps: () => [
        {
            content: "The class under way comes first",
            trigger: ".o_tt_day:first-child.o_tt_today",
        },
        {
            content: "Names, contrast, targets and focus: week of a faculty member",
            trigger: PAGE,
            run: () => check(PAGE, FOCUS),
        },
        {
            content: "Teaching times",
            trigger: ".o_tt_tabs a:contains(Teaching times)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Paint with 'cannot'",
            trigger: ".o_tt_brush_row label:contains(Cannot)",
            run: "click",
        },
        {
            content: "Monday's periods are its own",
            trigger: "table:has(th[data-day='0']) .o_tt_cell[data-day='0']",
        },
        {
            content: "Wednesday, all of it",
            trigger: "th[data-day='2']",
            run: "click",
        },
        {
            content: "That is more than may be",
            trigger: ".o_tt_count.o_tt_too_many .o_tt_cannot:contains(6)",
        },
        {
            content: "Save all the same",
            trigger: "button[name=save]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is refused, and nothing is lost",
            trigger: ".alert-danger:contains(at most 4)",
        },
        {
            content: "Still marked",
            trigger: ".o_tt_cell[data-day='2'][data-level=cannot]",
        },
        {
            content: "Names, contrast, targets and focus: teaching times, refused",
            trigger: PAGE,
            run: () => check(PAGE, FOCUS),
        },
        {
            content: "Rather not",
            trigger: ".o_tt_brush_row label:contains(Rather not)",
            run: "click",
        },
        {
            content: "Wednesday again",
            trigger: "th[data-day='2']",
            run: "click",
        },
        {
            content: "Put the mark away",
            trigger: ".o_tt_painting .o_tt_brush_row label:contains(Rather not)",
            run: "click",
        },
        {
            content: "One period by its list, as with the keyboard",
            trigger:
                ".o_tt_wishes:not(.o_tt_painting) select[aria-label='Tuesday 13:00']",
            run: "selectByLabel Prefer",
        },
        {
            content: "The count is right",
            trigger: ".o_tt_count:not(.o_tt_too_many) .o_tt_cannot:contains(2)",
        },
        {
            content: "Save",
            trigger: "button[name=save]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Saved",
            trigger: ".alert-success:contains(Saved)",
        },
        {
            content: "Requests",
            trigger: ".o_tt_tabs a:contains(Requests)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Ask for a change",
            trigger: "a:contains(Ask for a change)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The class on Tuesday",
            trigger: "#tt_event",
            run: "selectByLabel PHY101-A · Tue 09:00 · North 1",
            expectUnloadPage: true,
        },
        {
            content: "A time that is not possible says why",
            trigger: ".o_tt_not input[aria-label^='Wednesday 09:00']",
            run: "click",
        },
        {
            content: "The rule",
            trigger: ".o_tt_verdict.alert-warning:contains(may not start at that time)",
        },
        {
            content: "An hour later is possible",
            trigger: ".o_tt_yes input[aria-label^='Tuesday 10:00']",
            run: "click",
        },
        {
            content: "In which room",
            trigger: ".o_tt_verdict.alert-success:contains(North 1)",
        },
        {
            content: "Names, contrast, targets and focus: a request",
            trigger: PAGE,
            run: () => check(PAGE, FOCUS),
        },
        {
            content: "Why",
            trigger: "#tt_reason",
            run: "edit The laboratory opens later",
        },
        {
            content: "Send",
            trigger: "button[name=send]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It waits",
            trigger: ".o_tt_request:contains(Waiting):contains(Tue 10:00)",
        },
        {
            content: "Names, contrast, targets and focus: requests",
            trigger: PAGE,
            run: () => check(PAGE, FOCUS),
        },
    ],
});

/** A student, on a telephone: now, next week, search, and the calendar's address. */
tours.add("timetable_nep_portal_student", {
    steps: () => [
        {
            content: "Today comes first, and the class under way is marked",
            trigger: ".o_tt_day:first-child.o_tt_today .o_tt_next .badge:contains(Now)",
        },
        {
            content: "A cancelled class says why",
            trigger: ".o_tt_off:contains(Cancelled):contains(Heavy rain)",
        },
        {
            content: "Names, contrast, targets and focus: week of a student",
            trigger: PAGE,
            run: () => check(PAGE, FOCUS),
        },
        {
            content: "Next week",
            trigger: ".o_tt_weeks a[aria-label='Week after']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is the next one",
            trigger: ".o_tt_range:contains(11 – 17 Jan)",
        },
        {
            content: "Search and filter",
            trigger: "button[aria-label='Search and filter']",
            run: "click",
        },
        {
            content: "For a course",
            trigger: "#tt_filter.show input[name=q]",
            run: "edit hindi",
        },
        {
            content: "Search",
            trigger: "#tt_filter button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Only that one",
            trigger: ".o_tt_days:not(:has(.o_tt_meeting:contains(Mechanics)))",
        },
        {
            content: "Calendar",
            trigger: ".o_tt_tabs a:contains(Calendar)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Make an address",
            trigger: "button[name=renew]:contains(Make my calendar address)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "A telephone opens it",
            trigger: "a[href^='webcal://']:contains(Add to my calendar)",
        },
        {
            content: "Names, contrast, targets and focus: calendar",
            trigger: PAGE,
            run: () => check(PAGE, FOCUS),
        },
        {
            content: "Nothing is switched off without a question",
            trigger: ".o_tt_ask:has(button[name=revoke]) summary",
            run: "click",
        },
        {
            content: "Switch it off",
            trigger: ".o_tt_ask[open] button[name=revoke]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Off",
            trigger: "p:contains(You have no address yet)",
        },
    ],
});
