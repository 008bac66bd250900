import { expect, test } from "@odoo/hoot";
import { edit, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { nearestStop, STOPS } from "@timetable_nep/generate_wizard/weight_sliders";

const WISHES = [
    { name: "gaps", group: "Students", label: "Idle periods", hint: "Between.", weight: 2 },
    { name: "late", group: "Students", label: "Late", hint: "At the end.", weight: 1 },
    { name: "fit", group: "Rooms", label: "Empty seats", hint: "Large rooms.", weight: 20 },
];
const FINDINGS = [
    {
        severity: "error",
        sentence: "Room 1 is too small.",
        suggestions: ["Enlarge it.", "Split the class."],
        records: [{ model: "line", id: 1, kind: "Room", name: "Room 1" }],
        rooms: true,
    },
    { severity: "warning", sentence: "<b>B</b>", suggestions: [], records: [], rooms: false },
];

class Line extends models.Model {
    _name = "line";
    name = fields.Char();
    wishes = fields.Json();
    weights = fields.Json();
    findings = fields.Json();
    _records = [{ id: 1, name: "A", wishes: WISHES, weights: {}, findings: FINDINGS }];
    _views = { form: `<form><field name="name"/></form>` };
}

defineMailModels();
defineModels([Line]);

const row = (wish) => `.o_tt_weight[data-wish=${wish}]`;

async function mountSliders() {
    await mountView({
        type: "form",
        resModel: "line",
        resId: 1,
        arch: `<form><field name="wishes" invisible="1"/>
            <field name="weights" widget="timetable_weight_sliders"/></form>`,
    });
}

function slide(wish, weight) {
    const range = queryOne(`${row(wish)} input[type=range]`);
    range.value = STOPS.indexOf(weight);
    range.dispatchEvent(new Event("change", { bubbles: true }));
    return animationFrame();
}

test("a weight between two stops is at the nearest", () => {
    expect(nearestStop(0)).toBe(0);
    expect(STOPS[nearestStop(6)]).toBe(5);
    expect(STOPS[nearestStop(110)]).toBe(100);
    expect(STOPS[nearestStop(5000)]).toBe(1000);
});

test("each wish has a labelled slider at the aim's weight", async () => {
    await mountSliders();
    expect(queryAllTexts(".o_tt_weights legend")).toEqual(["Students", "Rooms"]);
    expect(`${row("fit")} input[type=number]`).toHaveValue(20);
    const range = queryOne(`${row("fit")} input[type=range]`);
    expect(STOPS[range.value]).toBe(20);
    expect(range).toHaveAttribute("aria-valuetext", "20, the aim gives 20");
    expect(`label[for=${range.id}] span`).toHaveText("Empty seats");
    expect(".o_tt_weights_reset").not.toBeEnabled();
    expect(`${row("fit")} .o_tt_weight_reset`).not.toBeVisible();
});

test("only what differs from the aim is saved", async () => {
    onRpc("line", "web_save", ({ args }) => expect.step(args[1].weights));
    await mountSliders();
    await slide("gaps", 100);
    await contains(`${row("late")} input[type=number]`).click();
    await edit("37", { confirm: "Tab" });
    await animationFrame();
    await slide("fit", 40);
    await slide("fit", 20);
    expect(`${row("gaps")} input[type=number]`).toHaveValue(100);
    await contains(".o_form_button_save").click();
    expect.verifySteps([{ gaps: 100, late: 37 }]);
});

test("a wish, and all of them, go back to the aim", async () => {
    await mountSliders();
    await slide("gaps", 100);
    await slide("late", 0);
    await contains(`${row("gaps")} .o_tt_weight_reset`).click();
    expect(`${row("gaps")} input[type=number]`).toHaveValue(2);
    expect(`${row("late")} input[type=number]`).toHaveValue(0);
    await contains(".o_tt_weights_reset").click();
    expect(`${row("late")} input[type=number]`).toHaveValue(1);
    expect(".o_tt_weights_reset").not.toBeEnabled();
});

test("a number out of range is brought back into it", async () => {
    await mountSliders();
    const number = queryOne(`${row("late")} input[type=number]`);
    for (const [typed, taken] of [
        ["-5", 0],
        ["-7", 0],
        ["2.6", 3],
        ["9000000", 1000000],
        ["", 1],
    ]) {
        number.value = typed;
        number.dispatchEvent(new Event("change", { bubbles: true }));
        await animationFrame();
        expect(number).toHaveValue(taken);
    }
});

test("a finding says what to do and opens what mends it above the wizard", async () => {
    await mountView({
        type: "form",
        resModel: "line",
        resId: 1,
        arch: `<form><field name="findings" widget="timetable_findings" readonly="1"/></form>`,
    });
    expect(".o_tt_finding").toHaveCount(2);
    expect(".o_tt_finding:first .badge").toHaveText("Impossible");
    expect(".o_tt_finding:first").toHaveText(/Enlarge it. Split the class./);
    expect(".o_tt_finding:last").toHaveText(/<b>B<\/b>/);
    expect(".o_tt_finding:last .o_tt_finding_links").toHaveCount(0);
    await contains(".o_tt_finding_links button").click();
    expect(".modal .o_form_view").toHaveCount(1);
    await contains(".modal [name=name] input").edit("Room 1 b");
    await contains(".modal .o_form_button_save").click();
    expect(".modal").toHaveCount(0);
    expect(".o_tt_finding:first").toHaveText(/check again/);
});
