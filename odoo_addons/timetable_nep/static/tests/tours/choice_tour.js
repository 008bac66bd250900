import { registry } from "@web/core/registry";
import { check } from "./accessibility_check";

const PAGE = ".o_tt_portal";
const FOCUS = "a, button, input, select, textarea, summary";
const tours = registry.category("web_tour.tours");

const skills = (rank) =>
    `.o_tt_basket:contains(Basket skill) select[name$='_${rank}']`;
const wide = (rank) =>
    `.o_tt_basket:contains(Basket multidisciplinary) select[name$='_${rank}']`;
const choose = (content, trigger, label) => ({
    content,
    trigger,
    run: `selectByLabel ${label}`,
});

/** A student, on a telephone: reads, ranks, is told what is wrong, saves, changes. */
tours.add("timetable_nep_choice_student", {
    steps: () => [
        {
            content: "What the courses are",
            trigger: ".o_tt_basket:contains(Basket skill) summary:contains(What these)",
            run: "click",
        },
        {
            content: "A course says what it is about",
            trigger: ".o_tt_basket li:contains(MUS1 Music):contains(2 credits)",
        },
        choose("Music first", skills(1), "MUS1 Music"),
        {
            content: "The rules answer: a second wish is missing",
            trigger: ".o_tt_verdict .o_tt_refused:contains(Basket skill: you ranked 1)",
        },
        {
            content: "Music is not offered a second time",
            trigger: `${skills(2)}:has(option:disabled:contains(MUS1))`,
        },
        choose("Then yoga", skills(2), "YOG1 Yoga"),
        choose("Economics", wide(1), "ECO1 Economics for all"),
        {
            content: "These two never went together",
            trigger: ".o_tt_verdict .o_tt_noted:contains(never been possible together)",
        },
        {
            content: "Save all the same: a wish is missing",
            trigger: "button[name=save]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is refused in words",
            trigger: ".alert-danger:contains(Basket multidisciplinary: you ranked 1)",
        },
        {
            content: "Nothing is lost",
            trigger: `${skills(1)}:has(option:checked:contains(MUS1))`,
        },
        choose("Gardens", wide(2), "BOT1 Gardens"),
        {
            content: "Nothing is wrong any more",
            trigger: ".o_tt_verdict[data-turn]:not(:has(.o_tt_refused))",
        },
        {
            content: "Save",
            trigger: "button[name=save]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "A receipt",
            trigger: ".o_tt_receipt:contains(Receipt)",
        },
        {
            content: "Names, contrast, targets and focus",
            trigger: ".alert-success:contains(You can change it until)",
            run: () => check(PAGE, FOCUS),
        },
        choose("Another mind: first nothing there", skills(2), "ART1 Pottery"),
        {
            content: "The rules have answered",
            trigger: ".o_tt_verdict[data-turn='1']",
        },
        {
            content: "Save again",
            trigger: "button[name=save]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Changed",
            trigger: `.o_tt_portal:has(.alert-success) ${skills(2)}:has(option:checked:contains(ART1))`,
        },
    ],
});

/** The same student, later: what became of it, and why. */
tours.add("timetable_nep_choice_result", {
    steps: () => [
        {
            content: "Courses given",
            trigger: ".o_tt_result:contains(Basket skill) b:contains(MUS1 Music)",
        },
        {
            content: "In one sentence",
            trigger: ".o_tt_result:contains(Given: your wish no. 1.)",
        },
        {
            content: "How it was decided, and how to check it",
            trigger: ".o_tt_portal:contains(Your lottery number is)",
            run: () => check(PAGE, FOCUS),
        },
    ],
});

/** An officer opens a window, looks at the demand, gives the seats, tells. */
tours.add("timetable_nep_choice_officer", {
    steps: () => [
        {
            content: "The window to open",
            trigger: ".o_data_cell:contains(Choice of the officer)",
            run: "click",
        },
        {
            content: "Open it",
            trigger: "button[name=action_open]",
            run: "click",
        },
        {
            content: "It is open",
            trigger: "button[name=action_close_now]",
        },
        {
            content: "Demand",
            trigger: "button[name=action_open_demand]",
            run: "click",
        },
        {
            content: "Economics is wanted by nobody yet",
            trigger: ".o_data_row:contains(ECO1 Economics for all)",
        },
        {
            content: "Take pottery out",
            trigger: ".o_data_row:contains(ART1 Pottery) button[name=action_toggle]",
            run: "click",
        },
        {
            content: "It is out",
            trigger: ".o_data_row:contains(ART1 Pottery) button:contains(Put back)",
        },
        {
            content: "Back to the window",
            trigger: ".o_back_button, .breadcrumb-item a:contains(Choice of the officer)",
            run: "click",
        },
        {
            content: "Close it",
            trigger: "button[name=action_close_now]",
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "Over",
            trigger: "button[name=action_allot]:contains(Give seats)",
        },
    ],
});

/** The officer, once wishes are there: seats, the row of ranks, students are told. */
tours.add("timetable_nep_choice_allot", {
    steps: () => [
        {
            content: "The window that is over",
            trigger: ".o_data_cell:contains(Choice of the first year)",
            run: "click",
        },
        {
            content: "Give the seats",
            trigger: "button[name=action_allot]",
            run: "click",
        },
        {
            content: "What became of it",
            trigger: ".o_notebook a:contains(What became of it)",
            run: "click",
        },
        {
            content: "The row of ranks and what is sure",
            trigger: ".o_notebook:contains(nobody is lower than needed)",
        },
        {
            content: "Tell",
            trigger: "button[name=action_tell]",
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "Told",
            trigger: ".o_form_view:not(:has(button[name=action_tell]))",
        },
        {
            content: "Each wish with its reason",
            trigger: "button[name=action_open_wishes]",
            run: "click",
        },
        {
            content: "In words",
            trigger: ".o_data_row:contains(your lottery number is)",
        },
    ],
});
