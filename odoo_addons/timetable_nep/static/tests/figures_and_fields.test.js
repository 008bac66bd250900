import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    getService,
    MockServer,
    models,
    mountView,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
    serverState,
} from "@web/../tests/web_test_helpers";
import { session } from "@web/session";
import { WebClient } from "@web/webclient/webclient";
import { placePoints } from "@timetable_nep/sparkline/sparkline_field";
import { BUS_TYPE } from "@timetable_nep/run_progress/run_progress_service";

/** The usual 200 ms are too few on a machine that is busy with other things. */
const PATIENT = { timeout: 5000 };

describe.current.tags("desktop");
defineMailModels();

const figures = (id) => ({
    term: { id, name: `Term ${id}` },
    variant: "Variant A",
    rooms: {
        use: 41.5,
        fill: 80,
        count: 12,
        heat: {
            hours: ["09:00", "10:00"],
            days: [{ name: "Monday", cells: [50, null] }],
        },
        by_type: [{ name: "Laboratory", value: 30 }],
        by_building: [{ name: "Main", value: 45 }],
    },
    workload: {
        norm: 16,
        bands: [{ key: "norm", name: "At the norm", value: 9 }],
        by_department: [{ name: "Physics", value: 14 }],
    },
    students: {
        count: 240,
        gaps: 1.2,
        free_days: 1,
        conflict_free: 99.5,
        by_programme: [
            { name: "Physics", gaps: 1.2, free_days: 1, conflict_free: 100, count: 40 },
        ],
    },
    pairs: {
        count: 3,
        of: 28,
        rows: [{ first: "Bhojpuri", second: "Statistics", students: 17, why: "Tue 10:00" }],
    },
    runs: { count: 0, minutes: 0, success: 0, rows: [] },
});

test("the figures of a term, as tiles, a heat map and charts", async () => {
    onRpc("timetable.term", "dashboard_terms", () => [
        { id: 1, name: "Term 1" },
        { id: 2, name: "Term 2" },
    ]);
    onRpc("timetable.term", "dashboard_data", ({ args }) => {
        expect.step(`figures of ${args[0][0]}`);
        return figures(args[0][0]);
    });
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "timetable_nep.dashboard",
    });
    await waitFor(".o_tt_dash_tile", PATIENT);
    expect(queryAllTexts(".o_tt_dash_tile b").slice(0, 4)).toEqual([
        "41.5 %",
        "80 %",
        "99.5 %",
        "3",
    ]);
    expect(".o_tt_dash_card:contains(Bhojpuri + Statistics)").toHaveCount(1);
    expect(".o_tt_dash_card:contains(and 2 more)").toHaveCount(1);
    expect(queryAllTexts(".o_tt_dash_heat td")).toEqual(["50", ""]);
    for (const canvas of document.querySelectorAll(".o_tt_dash_chart canvas")) {
        expect(canvas.getAttribute("aria-label")).not.toBe(null);
    }
    expect(".o_tt_dash_chart canvas").toHaveCount(5);
    await contains("select[aria-label=Term]").select("2");
    await animationFrame();
    expect.verifySteps(["figures of 1", "figures of 2"]);
});

test("without a timetable in force the page says what to do", async () => {
    onRpc("timetable.term", "dashboard_terms", () => []);
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "timetable_nep.dashboard",
    });
    await waitFor(".o_tt_dashboard:contains(Publish one first)", PATIENT);
    expect(".o_tt_dash_tile").toHaveCount(0);
});

class Run extends models.Model {
    _name = "timetable.run";
    name = fields.Char();
    state = fields.Selection({ selection: [["running", "Running"]] });
    stage = fields.Selection({ selection: [["cpsat_solving", "Placing events"]] });
    placed = fields.Integer();
    total = fields.Integer();
    overall_progress = fields.Float();
    shortfall = fields.Json();
    trace = fields.Json();
    _records = [
        {
            id: 7,
            name: "Run 7",
            state: "running",
            stage: "cpsat_solving",
            placed: 90,
            total: 180,
            overall_progress: 40,
        },
    ];
}

test("the bar on a run's form is of the record, then of the latest report", async () => {
    defineModels([Run]);
    patchWithCleanup(session, { timetable_nep: { follow: true, act: true } });
    onRpc("timetable.run", "panel_data", () => []);
    await mountView({
        type: "form",
        resModel: "timetable.run",
        resId: 7,
        arch: `<form><field name="overall_progress" widget="timetable_run_progress"/></form>`,
    });
    expect(".o_tt_run_percent").toHaveText("40 %");
    expect(".o_tt_run_field").toHaveText(/90 of 180 events placed/);
    MockServer.env["bus.bus"]._sendone(serverState.partnerId, BUS_TYPE, {
        id: 7,
        name: "Run 7",
        term: "Spring",
        user_id: serverState.userId,
        state: "running",
        stage: "cpsat_solving",
        stage_progress: 80,
        overall_progress: 60,
        eta_seconds: 30,
        placed: 150,
        total: 180,
        hard: 0,
        soft: 0,
        message: "",
        reason: "",
        attempt: 1,
        sequence: 4,
        version: 101,
        variant_count: 0,
        can_cancel: true,
        can_pause: true,
        can_resume: false,
        can_retry: false,
    });
    await waitFor(".o_tt_run_field:contains(150 of 180 events placed)", PATIENT);
});

test("fewer timetables than asked for: the form says why and what to do", async () => {
    defineModels([Run]);
    Run._records[0].shortfall = { asked: 3, came: 1, missing: ["B", "C"], stopped: false };
    patchWithCleanup(session, { timetable_nep: { follow: false, act: true } });
    await mountView({
        type: "form",
        resModel: "timetable.run",
        resId: 7,
        arch: `<form><field name="overall_progress" widget="timetable_run_progress"/></form>`,
    });
    expect(".o_tt_run_shortfall").toHaveText(
        "1 of 3 timetables came back: there was no time to make B, C differ from the others. Generate again with more time, or when the server has less to do."
    );
});

test("the search as a line, with its figures for those who do not see it", async () => {
    defineModels([Run]);
    Run._records[0].trace = [
        [1, 12, 900],
        [20, 0, 1500],
        [40, 0, 1100],
    ];
    await mountView({
        type: "form",
        resModel: "timetable.run",
        resId: 7,
        arch: `<form><field name="trace" widget="timetable_sparkline"/></form>`,
    });
    expect(".o_tt_sparkline svg[role=img]").toHaveAttribute(
        "aria-label",
        "The search, 40 s: rules broken from 12 to 0, cost of wishes from 900 to 1,100"
    );
    expect(".o_tt_sparkline path").toHaveAttribute("d", "M4.9 2.0H60.0V12.0H118.0V22.0");
});

test("no line without a search, and none that rises while it gets better", async () => {
    defineModels([Run]);
    Run._records[0].trace = [[1, 0, 5]];
    await mountView({
        type: "form",
        resModel: "timetable.run",
        resId: 7,
        arch: `<form><field name="trace" widget="timetable_sparkline"/></form>`,
    });
    expect(".o_tt_sparkline").toHaveCount(0);
    const heights = placePoints([
        [0, 9, 10],
        [1, 3, 800],
        [2, 1, 900],
        [3, 1, 700],
        [3, 1, 20],
    ]).map(({ y }) => y);
    expect(heights).toEqual([...heights].sort((a, b) => a - b));
    for (const flat of placePoints([[0, 1, 4], [5, 1, 4]])) {
        expect(flat.y).toBe(22);
    }
});
