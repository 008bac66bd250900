import { registry } from "@web/core/registry";

const BAR = "#o_tt_panel .o_tt_run:first-child [role=progressbar]";

function progress() {
    const bar = document.querySelector(BAR);
    return bar ? Number(bar.getAttribute("aria-valuenow")) : -1;
}

/** Resolves when the bar stands higher than it did. */
function waitForMore(than, seconds = 60) {
    return new Promise((resolve, reject) => {
        const until = Date.now() + seconds * 1000;
        const look = () => {
            if (progress() > than) {
                resolve();
            } else if (Date.now() > until) {
                reject(new Error(`The bar stays at ${progress()} %.`));
            } else {
                setTimeout(look, 100);
            }
        };
        look();
    });
}

let seen = 0;

/** An officer generates with a real solver: sees the bar move, leaves, reloads, and
 * finds the timetables. */
registry.category("web_tour.tours").add("timetable_nep_generate", {
    steps: () => [
        {
            content: "Open the planning menu",
            trigger: "button[data-menu-xmlid='timetable_nep.menu_plan']",
            run: "click",
        },
        {
            content: "Ask for timetables",
            trigger: ".dropdown-item[data-menu-xmlid='timetable_nep.menu_generate']",
            run: "click",
        },
        {
            content: "A short time is enough here",
            trigger: ".modal .o_field_widget[name=time_limit_seconds] input",
            run: "edit 15",
        },
        {
            content: "Generate",
            trigger: ".modal button[name=action_generate]",
            run: "click",
        },
        {
            content: "The panel opens by itself with the new job",
            trigger: "#o_tt_panel .o_tt_run",
            timeout: 20000,
        },
        {
            content: "The solver works on it",
            trigger: "#o_tt_panel .o_tt_run[data-state=running]",
            timeout: 60000,
        },
        {
            content: "The bar moves",
            trigger: BAR,
            timeout: 60000,
            async run() {
                seen = progress();
                await waitForMore(seen);
                seen = progress();
            },
        },
        {
            content: "The run's own form shows it too",
            trigger: ".o_form_view .o_tt_run_field [role=progressbar]",
        },
        {
            content: "Leave the page",
            trigger: "button[data-menu-xmlid='timetable_nep.menu_rooms']",
            run: "click",
        },
        {
            content: "Look at the rooms",
            trigger: ".dropdown-item[data-menu-xmlid='timetable_nep.menu_room']",
            run: "click",
        },
        {
            content: "The panel is there still, and has not gone back",
            trigger: `body:has(.o_list_view, .o_kanban_view) ${BAR}`,
            run() {
                if (progress() < seen) {
                    throw new Error(`The bar went back from ${seen} to ${progress()} %.`);
                }
            },
        },
        {
            content: "Reload the page",
            trigger: ".o_tt_systray button",
            run: () => window.location.reload(),
            expectUnloadPage: true,
        },
        {
            content: "The job is there after the reload",
            trigger: "#o_tt_panel .o_tt_run",
            timeout: 20000,
        },
        {
            content: "The timetables are ready",
            trigger: "#o_tt_panel .o_tt_run[data-state=completed]",
            timeout: 120000,
        },
        {
            content: "The bar is full",
            trigger: "#o_tt_panel .o_tt_run[data-state=completed] [aria-valuenow='100']",
        },
        {
            content: "Look at them",
            trigger: "#o_tt_panel .o_tt_run[data-state=completed] button[name=view]",
            run: "click",
        },
        {
            content: "Three timetables to choose from",
            trigger:
                ".o_kanban_view .o_kanban_record:not(.o_kanban_ghost):eq(2), .o_list_view .o_data_row:eq(2)",
        },
    ],
});
