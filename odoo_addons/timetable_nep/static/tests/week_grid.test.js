import { expect, test } from "@odoo/hoot";
import { pointerDown, pointerUp, press, queryAll, queryOne } from "@odoo/hoot-dom";
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

const DAYS = ["Monday", "Tuesday", "Wednesday"];
const HOURS = ["09:00", "10:00", "11:00"];

/** Three days of three periods; Wednesday ends at eleven. Ids: base + day × 10 + period. */
function shape(id, name, base) {
    const slots = DAYS.flatMap((day, index) =>
        HOURS.map((hour, period) => ({
            id: base + index * 10 + period,
            day: index,
            period,
            name: `${day} ${hour}`,
        }))
    ).filter((slot) => slot.day !== 2 || slot.period !== 2);
    return {
        id,
        name,
        days: DAYS.map((day, index) => ({ day: index, name: day })),
        periods: HOURS.map((hour, period) => ({ period, from: hour, to: "" })),
        slots,
    };
}
const ARTS = shape(1, "Arts", 100);
const LAW = shape(2, "Law", 200);

class Slot extends models.Model {
    _name = "slot";
    name = fields.Char();
    _records = [...ARTS.slots, ...LAW.slots].map(({ id, name }) => ({ id, name }));
}

class Grid extends models.Model {
    _name = "grid";
    name = fields.Char();
    _records = [
        { id: 1, name: "Arts" },
        { id: 2, name: "Law" },
    ];
}

class Place extends models.Model {
    _name = "place";
    grid_id = fields.Many2one({ relation: "grid" });
    closed_ids = fields.Many2many({ relation: "slot", string: "Closed hours" });
    pin_id = fields.Many2one({ relation: "slot", string: "Pinned to" });
    levels = fields.Json({ string: "Teaching times" });
    _records = [
        { id: 1, grid_id: 1, closed_ids: [100, 210], pin_id: 101, levels: { 100: "avoid" } },
    ];
}

defineMailModels();
defineModels([Slot, Grid, Place]);

const cell = (id) => `td[data-slot="${id}"]`;
const marked = () => queryAll("td[data-level]:not([data-level=''])").map((td) => Number(td.dataset.slot));

async function mountPlace(field) {
    onRpc("timetable.grid", "week_shapes", ({ args }) =>
        [ARTS, LAW].filter((one) => !args[0] || args[0].includes(one.id))
    );
    await mountView({
        type: "form",
        resModel: "place",
        resId: 1,
        arch: `<form>${field}</form>`,
    });
}

async function stroke(from, to) {
    await pointerDown(cell(from));
    const { x, y, width, height } = queryOne(cell(to)).getBoundingClientRect();
    window.dispatchEvent(
        new PointerEvent("pointermove", { clientX: x + width / 2, clientY: y + height / 2 })
    );
    await animationFrame();
    await pointerUp(cell(to));
    await animationFrame();
}

test("a rectangle is painted by one stroke, and unpainted by another", async () => {
    onRpc("place", "web_save", ({ args }) => {
        expect.step(args[1].closed_ids.map(([code, id]) => `${code}:${id}`).sort().join(" "));
    });
    await mountPlace(
        `<field name="closed_ids" widget="timetable_week_grid" options="{'grid': 'grid_id'}"/>`
    );
    expect(".o_tt_week_shape").toHaveCount(0);
    expect(marked()).toEqual([100]);
    await stroke(101, 112);
    expect(marked().sort()).toEqual([100, 101, 102, 111, 112]);
    await stroke(102, 112);
    expect(marked().sort()).toEqual([100, 101, 111]);
    expect(cell(111)).toHaveAttribute("aria-label", "Tuesday 10:00: closed");
    await contains(".o_form_button_save").click();
    expect.verifySteps(["4:101 4:111"]);
});

test("grids are told apart by their names and marks", async () => {
    await mountPlace(`<field name="closed_ids" widget="timetable_week_grid"/>`);
    expect(queryAll(".o_tt_week_shape option").map((one) => one.textContent)).toEqual([
        "Arts (1)",
        "Law (1)",
    ]);
    await contains(".o_tt_week_shape").select("2");
    expect(marked()).toEqual([210]);
});

test("keys go from hour to hour, mark, carry on and take away", async () => {
    await mountPlace(
        `<field name="closed_ids" widget="timetable_week_grid" options="{'grid': 'grid_id'}"/>`
    );
    expect("[tabindex='0'][data-row]").toHaveCount(1);
    queryOne(cell(100)).focus();
    await press("ArrowDown");
    await animationFrame();
    expect(cell(101)).toBeFocused();
    await press(" ");
    await animationFrame();
    expect(marked().sort()).toEqual([100, 101]);
    await press(["shift", "ArrowRight"]);
    await animationFrame();
    await press(["shift", "ArrowRight"]);
    await animationFrame();
    expect(marked().sort()).toEqual([100, 101, 111, 121]);
    // There is no period at Wednesday 11:00: the focus stays.
    await press("ArrowDown");
    await animationFrame();
    expect(cell(121)).toBeFocused();
    await press("Delete");
    await animationFrame();
    expect(marked().sort()).toEqual([100, 101, 111]);
    // The heads are reached by the arrows too, and mark a whole row.
    await press("Home");
    await animationFrame();
    await press("ArrowLeft");
    await animationFrame();
    expect("th button[data-row='2']").toBeFocused();
    await contains("th button[data-row='2']").click();
    expect(marked().sort()).toEqual([100, 101, 111, 121]);
});

test("a whole day, a copy of a day, and everything cleared", async () => {
    await mountPlace(
        `<field name="closed_ids" widget="timetable_week_grid" options="{'grid': 'grid_id'}"/>`
    );
    await contains("th button[aria-label='Tuesday']").click();
    expect(marked().sort()).toEqual([100, 110, 111, 112]);
    await contains(".o_tt_week_copy").click();
    await contains(".o-dropdown-item:contains(Tuesday)").click();
    expect(marked().sort()).toEqual([100, 101, 102, 110, 111, 112, 120, 121]);
    await contains(".o_tt_week_clear").click();
    expect(marked()).toEqual([]);
    expect(".o_tt_week_summary").toHaveText("No period marked");
});

test("layers: the brush paints, numbers choose it", async () => {
    onRpc("place", "web_save", ({ args }) => {
        expect.step(JSON.stringify(args[1].levels));
    });
    await mountPlace(
        `<field name="levels" widget="timetable_week_grid" options="{'mark': 'teaching'}"/>`
    );
    expect(cell(100)).toHaveAttribute("data-level", "avoid");
    await contains(".o_tt_week_brush[data-layer='prefer']").click();
    await stroke(110, 111);
    queryOne(cell(120)).focus();
    await press("1");
    await animationFrame();
    expect(cell(120)).toHaveAttribute("aria-label", "Wednesday 09:00: cannot");
    expect(".o_tt_week_summary").toHaveText(
        "cannot: 1, rather not: 1, prefers: 2 of 8 periods"
    );
    queryOne(cell(100)).focus();
    await press("0");
    await animationFrame();
    await contains(".o_form_button_save").click();
    expect.verifySteps([JSON.stringify({ 110: "prefer", 111: "prefer", 120: "cannot" })]);
});

test("one hour only: another takes its place", async () => {
    onRpc("place", "web_save", ({ args }) => {
        expect.step(args[1].pin_id);
    });
    await mountPlace(
        `<field name="pin_id" widget="timetable_week_grid" options="{'mark': 'pin', 'grid': 'grid_id'}"/>`
    );
    expect(marked()).toEqual([101]);
    expect(".o_tt_week_copy").toHaveCount(0);
    await stroke(112, 112);
    expect(marked()).toEqual([112]);
    expect(".o_tt_week_summary").toHaveText("Tuesday 11:00");
    await contains(".o_form_button_save").click();
    expect.verifySteps([112]);
});

test("what may not be changed is not painted", async () => {
    await mountPlace(
        `<field name="closed_ids" readonly="1" widget="timetable_week_grid" options="{'grid': 'grid_id'}"/>`
    );
    expect("table[role=grid]").toHaveAttribute("aria-readonly", "true");
    await stroke(101, 112);
    queryOne(cell(101)).focus();
    await press(" ");
    await animationFrame();
    expect(marked()).toEqual([100]);
});
