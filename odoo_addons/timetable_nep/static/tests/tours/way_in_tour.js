import { registry } from "@web/core/registry";
import { check } from "./accessibility_check";

/** Getting started, then another term chosen in the top bar: the lists follow. */
registry.category("web_tour.tours").add("timetable_nep_way_in", {
    steps: () => [
        {
            content: "What is there is ticked, what is missing comes next",
            trigger:
                ".o_tt_setup_steps li[data-step=room].o_tt_setup_ticked ~ li[data-step=student].o_tt_setup_ticked",
            run: () => check(".o_tt_setup_page", "button"),
        },
        {
            content: "Go on with the offerings",
            trigger: "li[data-step=offering] button",
            run: "click",
        },
        {
            content: "They are those of the term that has been worked on",
            trigger: ".o_list_view:has(.o_data_row) .o_facet_value:contains(Term I work on)",
        },
        {
            content: "Choose the next term",
            trigger: ".o_tt_term_chooser",
            run: "click",
        },
        {
            trigger: ".o-dropdown-item:contains(Next year)",
            run: "click",
        },
        {
            content: "It offers nothing yet: examples are shown",
            trigger: ".o_tt_term_chooser:contains(Next year)",
        },
        {
            trigger: ".o_view_nocontent:contains(Offer a course)",
        },
    ],
});
