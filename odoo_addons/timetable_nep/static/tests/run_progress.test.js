import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryAttribute, queryText, waitFor, waitUntil } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import {
    allowTranslations,
    contains,
    getService,
    mockService,
    MockServer,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
    serverState,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { session } from "@web/session";
import { WebClient } from "@web/webclient/webclient";
import { BUS_TYPE, DISMISSED_KEY } from "@timetable_nep/run_progress/run_progress_service";
import {
    barHue,
    formatEta,
    stageSentence,
    stageStates,
} from "@timetable_nep/run_progress/run_stages";

/** The usual 200 ms are too few on a machine that is busy with other things. */
const PATIENT = { timeout: 5000 };

describe.current.tags("desktop");
defineMailModels();

function makeRun(values = {}) {
    return {
        id: 7,
        name: "Run 7",
        term: "Spring",
        user_id: serverState.userId,
        state: "running",
        stage: "cpsat_solving",
        stage_progress: 50,
        overall_progress: 40,
        eta_seconds: 42,
        placed: 90,
        total: 180,
        hard: 90,
        soft: 0,
        message: "",
        reason: "",
        attempt: 1,
        sequence: 3,
        version: 100,
        variant_count: 0,
        can_cancel: true,
        can_pause: true,
        can_resume: false,
        can_retry: false,
        ...values,
    };
}

/** The web client of an officer whose server knows these runs. */
async function openClient(runs, { read = true, write = true } = {}) {
    patchWithCleanup(session, { timetable_nep: { follow: read, act: write } });
    onRpc("timetable.run", "panel_data", ({ kwargs }) => {
        expect.step(kwargs.refresh ? "asked again" : "asked");
        return runs();
    });
    await mountWithCleanup(WebClient);
    await animationFrame();
    return getService("timetable_nep.run_progress");
}

function send(values) {
    MockServer.env["bus.bus"]._sendone(serverState.partnerId, BUS_TYPE, makeRun(values));
}

test("the words of stages, time left and colour", () => {
    allowTranslations();
    expect(stageSentence(makeRun())).toBe("Step 3 of 5: Placing events");
    expect(stageSentence(makeRun({ state: "paused" }))).toBe("Paused");
    expect(stageStates(makeRun()).map((stage) => stage.status)).toEqual([
        "done",
        "done",
        "current",
        "todo",
        "todo",
    ]);
    expect(formatEta(null)).toBe("");
    expect(formatEta(3)).toBe("a few seconds left");
    expect(formatEta(41)).toBe("about 45 s left");
    expect(formatEta(70)).toBe("about a minute left");
    expect(formatEta(240)).toBe("about 4 min left");
    expect(barHue(0)).toBeGreaterThan(barHue(50));
    expect(barHue(50)).toBeGreaterThan(barHue(100));
});

test("a message for all readers is shown in the language of this one", async () => {
    serverState.lang = "hi_IN";
    const service = await openClient(() => [makeRun()]);
    send({
        version: 101,
        message: "Fetching the result",
        says: {
            en_US: { message: "Fetching the result", reason: "" },
            hi_IN: { message: "परिणाम लाया जा रहा है", reason: "" },
        },
    });
    await waitUntil(() => service.runs[7].message === "परिणाम लाया जा रहा है", PATIENT);
    expect.verifySteps(["asked"]);
});

test("shows what the server knows at the start", async () => {
    await openClient(() => [makeRun()]);
    expect.verifySteps(["asked"]);
    expect(".o_tt_systray .o_tt_ring").toHaveText("40");
    await contains(".o_tt_systray button").click();
    expect("#o_tt_panel [role=progressbar]").toHaveAttribute("aria-valuenow", "40");
    expect("#o_tt_panel [role=progressbar]").toHaveAttribute(
        "aria-valuetext",
        "40 %, Step 3 of 5: Placing events"
    );
    expect(".o_tt_run_placed").toHaveText("90 of 180 events placed");
    expect(".o_tt_stage").toHaveCount(5);
    expect(".o_tt_stage[aria-current=step]").toHaveText(/Placing events 50 %/);
});

test("who may not read runs causes no request and sees nothing", async () => {
    const progress = await openClient(() => [makeRun()], { read: false });
    expect.verifySteps([]);
    expect(progress.enabled).toBe(false);
    expect(".o_tt_systray").toHaveCount(0);
});

test("who may only read is offered no buttons that change the job", async () => {
    const progress = await openClient(() => [makeRun()], { write: false });
    expect.verifySteps(["asked"]);
    progress.setPanelOpen(true);
    await waitFor(".o_tt_run", PATIENT);
    expect(".o_tt_run button[name=cancel]").toHaveCount(0);
    expect(".o_tt_run button[name=view]").toHaveCount(1);
});

test("moves by the bus, keeps the newest report and never moves back", async () => {
    const progress = await openClient(() => [makeRun()]);
    progress.setPanelOpen(true);
    await waitFor(".o_tt_run", PATIENT);
    send({ version: 103, overall_progress: 60, placed: 120 });
    await waitFor("#o_tt_panel [role=progressbar][aria-valuenow='60']", PATIENT);
    // Late: a report from before the one shown.
    send({ version: 102, overall_progress: 55, placed: 100 });
    // Newer, but with less: a new stage that measures differently.
    send({ version: 104, overall_progress: 58, placed: 130 });
    await waitFor(".o_tt_run_placed:contains(130 of 180)", PATIENT);
    expect(queryAttribute("#o_tt_panel [role=progressbar]", "aria-valuenow")).toBe("60");
    expect.verifySteps(["asked"]);
});

test("a new attempt starts its bar anew", async () => {
    const progress = await openClient(() => [makeRun({ overall_progress: 80 })]);
    progress.setPanelOpen(true);
    await waitFor("#o_tt_panel [role=progressbar][aria-valuenow='80']", PATIENT);
    send({ version: 200, state: "failed", overall_progress: 80 });
    send({ version: 201, state: "queued", attempt: 2, overall_progress: 0 });
    await waitFor("#o_tt_panel [role=progressbar][aria-valuenow='0']", PATIENT);
    expect.verifySteps(["asked"]);
});

test("opens by itself for the user's own new job", async () => {
    await openClient(() => []);
    expect("#o_tt_panel").toHaveCount(0);
    send({ id: 8, state: "queued", overall_progress: 0 });
    await waitFor("#o_tt_panel .o_tt_run", PATIENT);
    expect.verifySteps(["asked"]);
});

test("another user's job does not open the panel", async () => {
    await openClient(() => []);
    send({ id: 8, state: "running", user_id: 4242 });
    await waitFor(".o_tt_ring", PATIENT);
    expect("#o_tt_panel").toHaveCount(0);
    expect.verifySteps(["asked"]);
});

test("asks the server when the bus is silent, and says so", async () => {
    const progress = await openClient(() => [makeRun()]);
    expect.verifySteps(["asked"]);
    progress.setPanelOpen(true);
    await waitFor(".o_tt_light[data-connection=live]", PATIENT);
    await advanceTime(9000);
    expect.verifySteps([]);
    await advanceTime(3000);
    expect.verifySteps(["asked again"]);
    await waitFor(".o_tt_light[data-connection=asking]", PATIENT);
    send({ version: 300, overall_progress: 70 });
    await waitFor(".o_tt_light[data-connection=live]", PATIENT);
});

test("nothing is asked while nothing runs", async () => {
    await openClient(() => [makeRun({ state: "completed", overall_progress: 100 })]);
    expect.verifySteps(["asked"]);
    await advanceTime(60000);
    expect.verifySteps([]);
});

test("tells by a toast and on the desktop when a job ends", async () => {
    class MockNotification extends EventTarget {
        static permission = "granted";
        constructor(title, { body, tag }) {
            super();
            expect.step(`${title} / ${body} / ${tag}`);
        }
    }
    patchWithCleanup(browser, { Notification: MockNotification });
    mockService("notification", {
        add(text, { type, title, buttons }) {
            expect.step(`${type}: ${title} / ${text} / ${buttons[0].name}`);
            return () => {};
        },
    });
    await openClient(() => [makeRun()]);
    send({ version: 500, state: "completed", placed: 180, hard: 0, variant_count: 3 });
    await animationFrame();
    await waitFor(".o_tt_dot_ready", PATIENT);
    expect.verifySteps([
        "asked",
        "success: Timetables are ready / Run 7: 180 of 180 events placed. / View timetables",
        "Timetables are ready / Run 7: 180 of 180 events placed. / timetable_nep.run.7",
    ]);
});

test("a dismissed job stays away, in this browser, until it runs again", async () => {
    const failed = { state: "failed", reason: "No room is large enough.", can_retry: true };
    const progress = await openClient(() => [makeRun(failed)]);
    progress.setPanelOpen(true);
    await waitFor(".o_tt_run_reason:contains(No room is large enough.)", PATIENT);
    await contains(".o_tt_run button[name=dismiss]").click();
    expect(".o_tt_run").toHaveCount(0);
    expect(JSON.parse(browser.localStorage.getItem(DISMISSED_KEY))).toEqual({ 7: "failed" });
    send({ version: 600, state: "running", attempt: 2, overall_progress: 3 });
    await waitFor(".o_tt_run", PATIENT);
    expect.verifySteps(["asked"]);
});

test("the end of a run with fewer timetables than asked for stays until it is read", async () => {
    mockService("notification", {
        add(text, { sticky }) {
            expect.step(`${text} / ${sticky}`);
            return () => {};
        },
    });
    await openClient(() => [makeRun()]);
    const shortfall = { asked: 3, came: 2, missing: ["C"], stopped: false };
    send({ version: 500, state: "completed", placed: 180, variant_count: 2, shortfall });
    await waitFor(".o_tt_dot_ready", PATIENT);
    expect.verifySteps([
        "asked",
        "Run 7: 180 of 180 events placed. 2 of 3 timetables came back: there was no time to make C differ from the others. Generate again with more time, or when the server has less to do. / true",
    ]);
});

test("a run that was stopped says which timetables are missing", async () => {
    const shortfall = { asked: 2, came: 1, missing: ["B"], stopped: true };
    const progress = await openClient(() => [makeRun({ state: "cancelled", shortfall })]);
    progress.setPanelOpen(true);
    await waitFor(".o_tt_run_shortfall:contains(1 of 2 timetables came back)", PATIENT);
    expect(".o_tt_run_shortfall").toHaveText(/stopped before B /);
    expect.verifySteps(["asked"]);
});

test("cancel asks first, then tells the server", async () => {
    onRpc("timetable.run", "action_cancel", ({ args }) => {
        expect.step(`cancel ${args[0]}`);
        return true;
    });
    const progress = await openClient(() => [makeRun()]);
    progress.setPanelOpen(true);
    await contains(".o_tt_run button[name=cancel]").click();
    expect.verifySteps(["asked"]);
    await contains(".modal button:contains(Stop it)").click();
    expect.verifySteps(["cancel 7", "asked"]);
});

test("Escape hides the panel and gives the focus back", async () => {
    await openClient(() => [makeRun()]);
    await contains(".o_tt_systray button").click();
    await waitFor("#o_tt_panel", PATIENT);
    await contains("#o_tt_panel").press("Escape");
    expect("#o_tt_panel").toHaveCount(0);
    expect(".o_tt_systray button").toBeFocused();
    expect(queryText(".o_tt_ring")).toBe("40");
    expect.verifySteps(["asked"]);
});
