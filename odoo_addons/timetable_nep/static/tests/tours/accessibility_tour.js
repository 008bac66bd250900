import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { background, check, contrast } from "./accessibility_check";

const menu = (name) => [
    {
        trigger: ".o_menu_sections button:contains(Planning)",
        run: "click",
    },
    {
        trigger: `.o-dropdown--menu .dropdown-item:contains(${name})`,
        run: "click",
    },
];

/** Names, contrast, targets and focus of the pages that officers and approvers use. */
const walk = () => [
    {
        content: "The board",
        trigger: ".o_tt_week .o_tt_card",
        run: () => check(".o_tt_board_action", ".o_tt_card"),
    },
    {
        trigger: ".o_tt_week .o_tt_card",
        run: "click",
    },
    {
        content: "An event of the board",
        trigger: ".o_tt_popover button[name=move]",
        run: () => check(".o_tt_popover", "button"),
    },
    {
        trigger: ".o_tt_popover button[name=move]",
        run: "click",
    },
    {
        content: "Moving it",
        trigger: ".o_tt_move_dialog .o_tt_move_cell",
        run: () => check(".o_tt_move_dialog"),
    },
    {
        trigger: ".modal .btn-close",
        run: "click",
    },
    {
        trigger: "body:not(:has(.modal))",
    },
    ...menu("Timetables"),
    {
        content: "The approval",
        trigger: ".o_kanban_record .o_tt_axes",
        run: () => check(".o_kanban_renderer"),
    },
    ...menu("Compare"),
    {
        content: "The comparison",
        trigger: ".o_tt_compare_moved",
        run: () => check(".o_tt_report_content", "button, input, select"),
    },
    ...menu("Conflicts"),
    {
        content: "The conflicts",
        trigger: ".o_tt_conflicts .o_tt_event, .o_tt_clean",
        run: () => check(".o_tt_report_content", "button"),
    },
    {
        trigger: ".o_menu_sections [data-menu-xmlid='timetable_nep.menu_rooms']",
        run: "click",
    },
    {
        trigger: ".o-dropdown--menu [data-menu-xmlid='timetable_nep.menu_room']",
        run: "click",
    },
    {
        trigger: ".o_data_row .o_list_record_open_form_view button",
        run: "click",
    },
    {
        trigger: ".nav-link[name=hours]",
        run: "click",
    },
    {
        trigger: ".o_tt_week_cell",
        run: "click",
    },
    {
        content: "Hours painted on a week",
        trigger: ".o_tt_week_cell[data-level=closed]",
        run: () => check(".o_tt_week_grid", "[tabindex='0'], select, .o_tt_week_clear"),
    },
    // Until the form is as it was: a tour that ends before it fails.
    ...stepUtils.discardForm(),
];

registry.category("web_tour.tours").add("timetable_nep_accessibility", { steps: walk });

registry.category("web_tour.tours").add("timetable_nep_accessibility_dark", {
    steps: () => [
        {
            content: "It is dark",
            trigger: ".o_tt_week .o_tt_card",
            run: () => {
                const board = document.querySelector(".o_tt_board_action");
                if (contrast(background(board), [255, 255, 255]) < 12) {
                    throw new Error("The dark bundle was not served.");
                }
            },
        },
        ...walk(),
    ],
});
