import { registry } from "@web/core/registry";

/** An officer finds a substitute for a meeting, undoes it, then looks at the figures. */
registry.category("web_tour.tours").add("timetable_nep_meeting", {
    steps: () => [
        {
            content: "Open a meeting of Hindi for all",
            trigger: ".o_data_row:contains(AEC1-A) td[name=course_id]",
            run: "click",
        },
        {
            content: "Ask who could teach it",
            trigger: "button[name=action_substitute]",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit At a conference",
        },
        {
            content: "Take who is proposed first",
            trigger: ".modal .o_data_row:first button[name=action_choose]",
            run: "click",
        },
        {
            content: "It says what happened, and why",
            trigger: ".o_form_view .o_field_widget[name=reason]:contains(At a conference)",
        },
        {
            content: "Undo it",
            trigger: "button[name=action_undo]",
            run: "click",
        },
        {
            content: "Nothing is left of it",
            trigger: ".o_form_view:not(:has(button[name=action_undo]))",
        },
    ],
});

registry.category("web_tour.tours").add("timetable_nep_figures", {
    steps: () => [
        {
            content: "Key figures are there",
            trigger: ".o_tt_dash_tile:contains(rooms):contains(%)",
        },
        {
            content: "The heat map has hours and days",
            trigger: ".o_tt_dash_heat:contains(09:00):contains(Monday)",
        },
        {
            content: "Charts are drawn",
            trigger: ".o_tt_dash_chart canvas",
        },
        {
            content: "A figure leads to its table",
            trigger: ".o_tt_dash_tile:contains(seats)",
            run: "click",
        },
        {
            content: "That is a graph",
            trigger: ".o_graph_view canvas",
        },
    ],
});
