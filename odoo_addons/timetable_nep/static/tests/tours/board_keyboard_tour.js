import { registry } from "@web/core/registry";

const PHYSICS = ".o_tt_week .o_tt_card:contains(PHY-A)";

function focused(selector) {
    return `${selector}:focus`;
}

/** An officer changes the week without touching the mouse. */
registry.category("web_tour.tours").add("timetable_nep_board_keyboard", {
    steps: () => [
        {
            content: "Tab reaches the cards",
            trigger: `${PHYSICS}[tabindex='0']`,
            run({ anchor }) {
                anchor.focus();
            },
        },
        {
            content: "P pins",
            trigger: focused(PHYSICS),
            run: "press p",
        },
        {
            content: "A pinned event says so",
            trigger: `${PHYSICS}[aria-label*=pinned] .o_tt_card_pin`,
            run: "press p",
        },
        {
            content: "Enter opens it",
            trigger: `${focused(PHYSICS)}:not([aria-label*=pinned])`,
            run: "press Enter",
        },
        {
            content: "Escape closes it",
            trigger: ".o_tt_popover button[name=move]",
            run: "press Escape",
        },
        {
            content: "M moves",
            trigger: `body:not(:has(.o_tt_popover)) ${PHYSICS}`,
            run({ anchor }) {
                anchor.focus();
            },
        },
        {
            trigger: focused(PHYSICS),
            run: "press m",
        },
        {
            content: "It begins where the event stands",
            trigger: ".o_tt_move_cell input[aria-label^='Monday 09:00']:focus",
            run: "press ArrowDown",
        },
        {
            content: "A period below: says why not",
            trigger:
                ".modal:has(.o_tt_move_verdict:contains(One student is in CHE-A then)) input[aria-label^='Monday 10:00']:focus",
            run: "press ArrowRight",
        },
        {
            content: "A day further: possible",
            trigger:
                ".modal:has(.o_tt_move_verdict:contains(is possible)) input[aria-label^='Tuesday 10:00']:focus",
        },
        {
            content: "Rooms that are free then can be reached",
            trigger: "#o_tt_move_room:not([tabindex='-1'])",
            run({ anchor }) {
                anchor.focus();
            },
        },
        {
            trigger: "button[name=confirm_move]:enabled",
            run({ anchor }) {
                anchor.focus();
            },
        },
        {
            trigger: "button[name=confirm_move]:focus",
            run: "press Enter",
        },
        {
            content: "It moved, and it is said",
            trigger: "body:not(:has(.modal)) .o_tt_hint:contains(PHY-A moved to Tuesday 10:00)",
        },
        {
            content: "Control Z takes it back",
            trigger: PHYSICS,
            run: "press Control+z",
        },
        {
            trigger: ".o_tt_hint:contains(Undone: PHY-A)",
        },
        {
            content: "S, then Enter on another: they change places",
            trigger: PHYSICS,
            run({ anchor }) {
                anchor.focus();
            },
        },
        {
            trigger: focused(PHYSICS),
            run: "press s",
        },
        {
            trigger: ".o_tt_hint:contains(Choose the event that changes places with PHY-A)",
            run: "press Escape",
        },
        {
            content: "Escape stops it",
            trigger: "body:not(:has(.o_tt_card_swap)) .o_tt_week",
        },
    ],
});
