import { registry } from "@web/core/registry";

const cell = (words) => `.o_tt_week_cell[aria-label^="${words}"]`;

/** A coordinator says when a colleague cannot teach, by mouse and by keyboard. */
registry.category("web_tour.tours").add("timetable_nep_hours", {
    steps: () => [
        {
            content: "Open the colleague",
            trigger: ".o_data_row .o_list_record_open_form_view button",
            run: "click",
        },
        {
            content: "Not on Tuesdays",
            trigger: ".o_tt_week_grid th button[aria-label=Tuesday]",
            run: "click",
        },
        {
            content: "All of the day is marked",
            trigger: `${cell("Tuesday 09:00")}[data-level=cannot]`,
        },
        {
            content: "Best on Monday at nine",
            trigger: ".o_tt_week_brush[data-layer=prefer]",
            run: "click",
        },
        {
            trigger: cell("Monday 09:00"),
            run: "click",
        },
        {
            content: "On Monday at ten by a key",
            trigger: `${cell("Monday 09:00")}[data-level=prefer]`,
            run: "press ArrowDown",
        },
        {
            trigger: cell("Monday 10:00"),
            run: "press 2",
        },
        {
            trigger: `${cell("Monday 10:00")}[data-level=avoid]`,
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible",
        },
    ],
});
