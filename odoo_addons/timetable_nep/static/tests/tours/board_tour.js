import { registry } from "@web/core/registry";

const PHYSICS = ".o_tt_week .o_tt_card:contains(PHY-A)";

/** An officer moves an event with the mouse, takes it back, and moves it with the
 * keyboard alone. */
registry.category("web_tour.tours").add("timetable_nep_board", {
    steps: () => [
        {
            content: "Look at classes",
            trigger: "button[name=view_class]",
            run: "click",
        },
        {
            content: "Physics is there",
            trigger: PHYSICS,
        },
        {
            content: "Drag it to Tuesday at ten",
            trigger: PHYSICS,
            run: "drag_and_drop .o_tt_cell[title='Tuesday 10:00']",
        },
        {
            content: "One change by hand",
            trigger: ".o_tt_revision:contains(Changes by hand: 1)",
        },
        {
            content: "Take it back",
            trigger: "button[name=undo]:enabled",
            run: "click",
        },
        {
            content: "Do it again",
            trigger: "button[name=redo]:enabled",
            run: "click",
        },
        {
            content: "Three changes by hand",
            trigger: ".o_tt_revision:contains(Changes by hand: 3)",
        },
        {
            content: "Move with the keyboard: M on the card",
            trigger: PHYSICS,
            async run({ anchor }) {
                anchor.focus();
                anchor.dispatchEvent(
                    new KeyboardEvent("keydown", { key: "m", bubbles: true })
                );
            },
        },
        {
            content: "A time that is not possible says why",
            trigger: ".o_tt_move_cell.o_tt_no input[aria-label^='Monday 10:00']",
            run: "click",
        },
        {
            content: "The rule and who is affected",
            trigger: ".o_tt_move_verdict:contains(One student is in CHE-A then)",
        },
        {
            content: "Tuesday at nine is possible",
            trigger: ".o_tt_move_cell.o_tt_ok input[aria-label^='Tuesday 09:00']",
            run: "click",
        },
        {
            content: "In the hall",
            trigger: "#o_tt_move_room",
            run: "selectByLabel Hall (200 seats)",
        },
        {
            content: "Move it",
            trigger: "button[name=confirm_move]:enabled",
            run: "click",
        },
        {
            content: "It is there",
            trigger: `body:not(:has(.modal)) ${PHYSICS}:contains(Hall)`,
        },
    ],
});
