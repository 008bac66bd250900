import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, waitFor, waitForNone } from "@odoo/hoot-dom";
import { runAllTimers } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    getService,
    makeServerError,
    models,
    mountView,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";

/** The usual 200 ms are too few on a machine that is busy with other things. */
const PATIENT = { timeout: 5000 };

defineMailModels();
describe.current.tags("desktop");

const VARIANTS = [
    { id: 3, name: "Variant A", key: "A", state: "draft", state_label: "Draft", stale: false },
    { id: 4, name: "Variant B", key: "B", state: "draft", state_label: "Draft", stale: true },
];

function mockCompare() {
    onRpc("timetable.variant", "compare_options", () => VARIANTS);
    onRpc("timetable.variant", "compare_data", ({ args }) => {
        expect.step(`compare ${args[0][0]} ${args[1]}`);
        return {
            term: "Spring",
            variants: VARIANTS,
            figures: [
                { key: "hard", label: "Rules broken", values: [2, 0], better: 1 },
                { key: "rooms_used", label: "Rooms used", values: [30, 40], better: 0 },
                { key: "seats", label: "Seats", values: [null, 5], better: null },
            ],
            costs: [],
            moved: { same: 1, time: 60, room: 1, placed: 0, removed: 0, total: 62, changed: 61, percent: 98.4 },
            faculty: { total: 1, rows: [{ id: 5, name: "Dr Mehta", moved: 3, rooms: 0, events: 4 }] },
            batch: { total: 0, rows: [] },
        };
    });
    onRpc("timetable.variant", "compare_moves", ({ kwargs }) => {
        expect.step(`moves ${JSON.stringify([kwargs.query, kwargs.change, kwargs.faculty_id, kwargs.offset])}`);
        return {
            total: 61,
            limit: 40,
            rows: [
                {
                    event_id: 100 + kwargs.offset,
                    class_id: 1,
                    name: `PHY-${kwargs.offset}`,
                    course: "Mechanics",
                    faculty: "Dr Mehta",
                    change: "time",
                    from: { slot: "Monday 09:00", room: "Room 9" },
                    to: false,
                },
            ],
        };
    });
}

async function open(tag, params) {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag, params });
}

test("two timetables side by side, searched and paged", async () => {
    mockCompare();
    await open("timetable_nep.variant_compare", { first_id: 3, second_id: 4 });
    await waitFor(".o_tt_moves li", PATIENT);
    expect.verifySteps(["compare 3 4", 'moves ["","",false,0]']);
    expect(".o_tt_big").toHaveText("98.4 %");
    expect("tr[data-figure=hard] td:nth-child(3)").toHaveClass("o_tt_better");
    expect("tr[data-figure=rooms_used] td:nth-child(2)").toHaveClass("o_tt_better");
    expect(queryAllTexts("tr[data-figure=seats] td")).toEqual(["–", "5"]);
    expect(".o_tt_compare_chart canvas").toHaveCount(1);
    expect(".alert").toHaveText(/Variant B: changed by hand/);
    expect(".o_tt_moves .o_tt_place[data-side=to]").toHaveText("not placed");
    expect(".o_tt_moves .o_tt_place[data-side=to]").toHaveProperty("disabled", true);

    await contains("button[name=next]").click();
    await waitFor(".o_tt_moves li[data-event-id='140']", PATIENT);
    expect.verifySteps(['moves ["","",false,40]']);
    await contains("[data-group=faculty] button").click();
    expect.verifySteps(['moves ["","",5,0]']);
    await contains("input[type=search]").edit("mech", { confirm: false });
    await runAllTimers();
    expect.verifySteps(['moves ["mech","",5,0]']);
    await contains("select[name=change]").select("room");
    expect.verifySteps(['moves ["mech","room",5,0]']);
});

test("changing sides compares the other way round", async () => {
    mockCompare();
    await open("timetable_nep.variant_compare", { first_id: 3, second_id: 4 });
    await waitFor(".o_tt_moves li", PATIENT);
    await contains("button[name=exchange]").click();
    await waitFor(".o_tt_moves li", PATIENT);
    expect.verifySteps(["compare 3 4", 'moves ["","",false,0]', "compare 4 3", 'moves ["","",false,0]']);
});

test("a comparison that is refused says why", async () => {
    onRpc("timetable.variant", "compare_options", () => {
        throw makeServerError({ message: "Only timetables of one term can be compared." });
    });
    await open("timetable_nep.variant_compare", { first_id: 3 });
    await waitFor(".o_tt_state[role=alert]", PATIENT);
    expect(".o_tt_state p").toHaveText("Only timetables of one term can be compared.");
});

function mockConflicts({ canEdit = true } = {}) {
    let solved = false;
    onRpc("timetable.variant", "conflicts_variants", () => [{ id: 3, name: "Variant A" }]);
    onRpc("timetable.variant", "conflicts_data", () => ({
        variant: { id: 3, name: "Variant A", total: 62, can_edit: canEdit, stale: false, revision: 1 },
        total: solved ? 0 : 1,
        rules: solved
            ? []
            : [
                  {
                      rule: "faculty_conflict",
                      label: "Faculty in two places at once",
                      count: 1,
                      items: [
                          {
                              key: "x",
                              sentence: "Dr Mehta teaches PHY-A, CHE-A at once.",
                              events: [
                                  { id: 7, class_id: 1, name: "PHY-A", course: "Mechanics", when: "Monday 09:00", room: "Room 9", pinned: false, can_read: true },
                              ],
                              more: 0,
                              faculty_id: 5,
                              batch_id: false,
                              class_id: false,
                          },
                      ],
                  },
              ],
        wishes: [],
    }));
    onRpc("timetable.variant", "board_suggestions", ({ args }) => ({
        event_id: args[1],
        free: 1,
        places: [{ timeslot_id: 12, where: "Tuesday 10:00", room_id: 9, room: "Room 9", effect: null, other: false }],
    }));
    onRpc("timetable.variant", "board_arrange", ({ args }) => {
        expect.step(`move ${args[1]}`);
        solved = true;
        return {};
    });
}

test("a conflict is mended by one of its ways out", async () => {
    mockConflicts();
    await open("timetable_nep.conflicts", { variant_id: 3 });
    await waitFor("[data-rule=faculty_conflict]", PATIENT);
    expect(".o_tt_sentence").toHaveText(/Dr Mehta teaches PHY-A, CHE-A at once/);
    await contains("button[name=ways]").click();
    await waitFor(".o_tt_ways button[name=take]", PATIENT);
    expect(".o_tt_ways li").toHaveText(/Tuesday 10:00 · Room 9/);
    await contains("button[name=take]").click();
    await waitFor(".o_tt_clean", PATIENT);
    expect.verifySteps(["move 7,12,9"]);
    await waitForNone("[data-rule=faculty_conflict]", PATIENT);
});

test("who may not change sees the ways out, without a button", async () => {
    mockConflicts({ canEdit: false });
    await open("timetable_nep.conflicts", { variant_id: 3 });
    await contains("button[name=ways]").click();
    await waitFor(".o_tt_ways li", PATIENT);
    expect("button[name=take]").toHaveCount(0);
});

class Variant extends models.Model {
    _name = "timetable.variant";
    name = fields.Char();
    axes = fields.Json();
    state = fields.Selection({
        selection: [
            ["draft", "Draft"],
            ["submitted", "Submitted"],
        ],
        readonly: true,
    });
    _records = [
        { id: 1, name: "A", state: "draft" },
        { id: 2, name: "B", state: "submitted" },
    ];
    _views = {
        kanban: `<kanban js_class="timetable_variant_kanban" default_group_by="state">
            <templates><t t-name="card"><field name="name"/></t></templates></kanban>`,
    };
}

const column = (place) => `.o_kanban_group:nth-child(${place})`;

test("a card that is dragged asks for the step and moves with the server's yes", async () => {
    defineModels([Variant]);
    onRpc("timetable.variant", "move_to", ({ args }) => {
        expect.step(`${args[0]} to ${args[1]}`);
        Variant._records.find((row) => row.id === 1).state = "submitted";
        return true;
    });
    await mountView({ type: "kanban", resModel: "timetable.variant" });
    await contains(`${column(1)} .o_kanban_record`).dragAndDrop(column(2));
    expect.verifySteps(["1 to submitted"]);
});

test("a refused step puts the card back and says why", async () => {
    defineModels([Variant]);
    onRpc("timetable.variant", "move_to", () => {
        throw makeServerError({ message: "Your role does not allow this step." });
    });
    onRpc("timetable.variant", "web_save", () => expect.step("never written"));
    await mountView({ type: "kanban", resModel: "timetable.variant" });
    await contains(`${column(1)} .o_kanban_record`).dragAndDrop(column(2));
    await waitFor(".o_notification", PATIENT);
    expect(".o_notification").toHaveText(/Your role does not allow this step/);
    expect(queryAllTexts(`${column(1)} .o_kanban_record`)).toEqual(["A"]);
    expect.verifySteps([]);
});

test("strengths are bars with words", async () => {
    defineModels([Variant]);
    Variant._records[0].axes = [
        { key: "students", label: "Students", percent: 100 },
        { key: "rooms", label: "Rooms", percent: 62 },
    ];
    await mountView({
        type: "kanban",
        resModel: "timetable.variant",
        arch: `<kanban><templates><t t-name="card">
            <field name="axes" widget="timetable_axes"/></t></templates></kanban>`,
    });
    expect(".o_tt_axes").toHaveCount(1);
    expect("[data-axis=students] [role=img]").toHaveAttribute(
        "aria-label",
        "Students: the best of this term"
    );
    expect("[data-axis=rooms] [role=img]").toHaveAttribute(
        "aria-label",
        "Rooms: 62 % of the best"
    );
    expect("[data-axis=rooms] .o_tt_axis_best").toHaveCount(0);
});
