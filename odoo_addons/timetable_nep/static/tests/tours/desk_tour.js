import { registry } from "@web/core/registry";

const DAY = ".o_tt_desk section";
const GAP = `${DAY} .o_tt_desk_gap:contains(AEC1-A)`;

/** A morning with three absences: hand over, undo, cancel. */
registry.category("web_tour.tours").add("timetable_nep_desk", {
    steps: () => [
        {
            content: "The first free person takes the class",
            trigger: `${GAP} button[name=substitute]:first`,
            run: "click",
        },
        {
            content: "It is done",
            trigger: `${DAY} .o_tt_desk_done:contains(AEC1-A):contains(Substitute)`,
        },
        {
            content: "And undone",
            trigger: `${DAY} .o_tt_desk_done:contains(AEC1-A) button[name=undo]`,
            run: "click",
        },
        {
            content: "It is a gap again",
            trigger: GAP,
        },
        {
            content: "Tomorrow's class is cancelled",
            trigger: `${DAY}:last .o_tt_desk_gap:contains(PHY101-A) button[name=cancel]`,
            run: "click",
        },
        {
            content: "Both are told",
            trigger: `${DAY}:last .o_tt_desk_done:contains(Cancelled)`,
        },
    ],
});
