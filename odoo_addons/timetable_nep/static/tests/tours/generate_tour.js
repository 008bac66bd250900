import { registry } from "@web/core/registry";

const TERM = "College of the tours";
const RUN = `#o_tt_panel .o_tt_run:contains(${TERM})`;
/** The longest that a step may take, in ms; the solver's own limit is 15 s. */
const LONG = 60000;

function findRun() {
    const runs = document.querySelectorAll("#o_tt_panel .o_tt_run");
    return [...runs].find((run) => run.textContent.includes(TERM));
}

function progress() {
    const bar = findRun()?.querySelector("[role=progressbar]");
    return bar ? Number(bar.getAttribute("aria-valuenow")) : -1;
}

/** A solver takes longer than a step of a tour waits by itself. */
function waitFor(what, condition, seconds = 55) {
    return new Promise((resolve, reject) => {
        const until = Date.now() + seconds * 1000;
        const look = () => {
            if (condition()) {
                resolve();
            } else if (Date.now() > until) {
                const panel = document.querySelector("#o_tt_panel");
                reject(new Error(`${what} did not come. Panel: ${panel?.innerText}`));
            } else {
                setTimeout(look, 100);
            }
        };
        look();
    });
}

function later(seconds) {
    return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

function hasState(state) {
    return () => findRun()?.dataset.state === state;
}

let seen = 0;

/** An officer generates with a real solver: sees the bar move, leaves, comes back,
 * pauses, reloads, cancels, tries again, and finds the timetables. */
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
            trigger: RUN,
        },
        {
            content: "The solver works on it",
            trigger: RUN,
            timeout: LONG,
            run: () => waitFor("running", hasState("running")),
        },
        {
            content: "The bar moves",
            trigger: RUN,
            timeout: LONG,
            async run() {
                seen = progress();
                await waitFor("a longer bar", () => progress() > seen);
                seen = progress();
            },
        },
        {
            content: "By the bus",
            trigger: "#o_tt_panel .o_tt_light[data-connection=live]",
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
            trigger: `body:has(.o_list_view, .o_kanban_view) ${RUN}`,
            run() {
                if (progress() < seen) {
                    throw new Error(`The bar went back from ${seen} to ${progress()} %.`);
                }
            },
        },
        {
            content: "Come back to the job",
            trigger: `${RUN} button[name=view]`,
            run: "click",
        },
        {
            content: "Its form is there again",
            trigger: ".o_form_view .o_tt_run_field [role=progressbar]",
        },
        {
            content: "Pause it",
            trigger: `${RUN} button[name=pause]`,
            run: "click",
        },
        {
            content: "It pauses",
            trigger: RUN,
            timeout: LONG,
            run: () => waitFor("paused", hasState("paused")),
        },
        {
            content: "Reload the page",
            trigger: ".o_tt_systray button",
            run: () => window.location.reload(),
            expectUnloadPage: true,
        },
        {
            content: "The job is there after the reload, as it was",
            trigger: `${RUN}[data-state=paused]`,
        },
        {
            content: "Let it go on",
            trigger: `${RUN} button[name=resume]`,
            run: "click",
        },
        {
            content: "It goes on",
            trigger: RUN,
            timeout: LONG,
            run: () => waitFor("running again", hasState("running")),
        },
        {
            content: "Cancel it",
            trigger: `${RUN} button[name=cancel]`,
            run: "click",
        },
        {
            content: "Yes, stop it",
            trigger: ".modal footer button.btn-primary",
            run: "click",
        },
        {
            content: "It is cancelled",
            trigger: RUN,
            timeout: LONG,
            run: () => waitFor("cancelled", hasState("cancelled")),
        },
        {
            content: "Try again",
            trigger: `${RUN} button[name=retry]`,
            run: "click",
        },
        {
            content: "It begins anew",
            trigger: RUN,
            timeout: LONG,
            run: () => waitFor("a new attempt", hasState("running")),
        },
        // A loaded machine takes longer than the longest step: be patient twice.
        ...[1, 2].map((time) => ({
            content: `The solver goes on (${time})`,
            trigger: RUN,
            timeout: LONG,
            run: () => Promise.race([waitFor("completed", hasState("completed")), later(50)]),
        })),
        {
            content: "The timetables are ready",
            trigger: RUN,
            timeout: LONG,
            run: () => waitFor("completed", hasState("completed")),
        },
        {
            content: "The bar is full",
            trigger: `${RUN} [aria-valuenow='100']`,
        },
        {
            content: "Look at them",
            trigger: `${RUN} button[name=view]`,
            run: "click",
        },
        {
            content: "Three timetables to choose from",
            trigger:
                ".o_kanban_view .o_kanban_record:not(.o_kanban_ghost):eq(2), .o_list_view .o_data_row:eq(2)",
        },
    ],
});
