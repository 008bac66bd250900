import { registry } from "@web/core/registry";

const card = (name) => `.o_kanban_record:contains(${name})`;
const state = (name) => `.o_statusbar_status .o_arrow_button_current:contains(${name})`;

/** The registrar compares, sends one back with a reason, approves and publishes
 * another, and takes that back. */
registry.category("web_tour.tours").add("timetable_nep_approver", {
    steps: () => [
        {
            content: "Compare the second plan with another",
            trigger: card("Plan B"),
            run: `hover && click ${card("Plan B")} .o_dropdown_kanban .dropdown-toggle`,
        },
        {
            trigger: ".o-dropdown--menu [role=menuitem]:contains(Compare with another)",
            run: "click",
        },
        {
            content: "What moved, in a number",
            trigger: ".o_tt_compare_moved .o_tt_big:contains(%)",
        },
        {
            content: "As a picture too",
            trigger: ".o_tt_compare_chart canvas",
        },
        {
            content: "Whom it concerns",
            trigger: "[data-group=faculty] .o_tt_people button:first",
            run: "click",
        },
        {
            content: "Only that person's events",
            trigger: ".o_tt_moves li button[data-side=to]",
        },
        {
            trigger: "button[name=everybody]",
            run: "click",
        },
        {
            content: "Back to the timetables",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a:contains(Timetables)",
            run: "click",
        },
        {
            content: "Open the second plan",
            trigger: card("Plan B"),
            run: "click",
        },
        {
            content: "Send it back",
            trigger: "button[name=action_reject]",
            run: "click",
        },
        {
            content: "Not without a reason",
            trigger: ".modal button[name=action_reject]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason].o_field_invalid textarea",
            run: "edit Too many gaps on Friday",
        },
        {
            trigger: ".modal button[name=action_reject]",
            run: "click",
        },
        {
            content: "The reason is there to read",
            trigger: "body:not(:has(.modal)) .alert:contains(Too many gaps on Friday)",
        },
        {
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a:contains(Timetables)",
            run: "click",
        },
        {
            content: "Open the third plan",
            trigger: card("Plan C"),
            run: "click",
        },
        {
            content: "Approve it",
            trigger: "button[name=action_approve]",
            run: "click",
        },
        {
            content: "It breaks rules: not without a reason",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit The new building opens late",
        },
        {
            trigger: ".modal button[name=action_approve]",
            run: "click",
        },
        {
            content: "Publish it",
            trigger: `.o_form_view:has(${state("Approved")}) button[name=action_ask_publish]`,
            run: "click",
        },
        {
            content: "It says what changes",
            trigger: ".modal .o_field_widget[name=effect]:contains(events move)",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Better for everybody",
        },
        {
            trigger: ".modal button[name=action_publish]",
            run: "click",
        },
        {
            content: "In force; take it back",
            trigger: `body:not(:has(.modal)) .o_form_view:has(${state("Published")}) button[name=action_roll_back]`,
            run: "click",
        },
        {
            content: "It names what comes back",
            trigger: ".modal .o_field_widget[name=variant_id]:contains(Plan A)",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit The one before was better",
        },
        {
            trigger: ".modal button[name=action_publish]:contains(Put back in force)",
            run: "click",
        },
        {
            content: "This one is history again",
            trigger: `body:not(:has(.modal)) .o_form_view:has(${state("Archived")})`,
        },
    ],
});
