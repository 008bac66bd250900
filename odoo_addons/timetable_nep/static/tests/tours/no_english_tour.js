import { registry } from "@web/core/registry";

/** What the test's service says in its own words; see test_said.py. */
const ENGLISH = "Said by the service in English.";
const HINDI = /[\u0900-\u097f]/;

function check() {
    const text = document.body.textContent;
    if (text.includes(ENGLISH)) {
        throw new Error("the service's English is on the page");
    }
    if (!HINDI.test(text)) {
        throw new Error("the page is not in Hindi");
    }
}

async function everyTab() {
    for (const tab of document.querySelectorAll(".o_notebook .nav-link")) {
        tab.click();
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        check();
    }
    check();
}

const PAGE = ".o_form_view .o_form_sheet, .o_tt_conflicts .o_tt_sentence, .o_list_view";

/** A page with all its tabs. */
registry.category("web_tour.tours").add("timetable_nep_no_english", {
    steps: () => [{ content: "All of the page", trigger: PAGE, run: everyTab }],
});

/** The findings of "Check first". */
registry.category("web_tour.tours").add("timetable_nep_no_english_check", {
    steps: () => [
        {
            trigger: "button[data-menu-xmlid='timetable_nep.menu_plan']",
            run: "click",
        },
        {
            trigger: ".dropdown-item[data-menu-xmlid='timetable_nep.menu_generate']",
            run: "click",
        },
        { trigger: ".modal button[name=action_check]", run: "click" },
        { content: "What was found", trigger: ".modal .o_tt_findings li", run: check },
        { trigger: ".modal .btn-close", run: "click" },
        { trigger: "body:not(:has(.modal))" },
    ],
});
