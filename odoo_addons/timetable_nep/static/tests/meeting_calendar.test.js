import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { mockDate } from "@odoo/hoot-mock";
import {
    defineModels,
    fields,
    makeServerError,
    mockService,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { findEvent, moveEventToTime } from "@web/../tests/views/calendar/calendar_test_helpers";

describe.current.tags("desktop");
defineMailModels();

class Meeting extends models.Model {
    _name = "timetable.meeting";
    name = fields.Char();
    start = fields.Datetime({ readonly: true });
    stop = fields.Datetime({ readonly: true });
    _records = [
        { id: 1, name: "PHY101-A", start: "2027-01-05 08:00:00", stop: "2027-01-05 09:00:00" },
    ];
    _views = {
        calendar: `<calendar js_class="timetable_meeting_calendar" date_start="start"
            date_stop="stop" mode="week" create="0" delete="0" edit="0"/>`,
    };
}
defineModels([Meeting]);

beforeEach(() => {
    mockDate("2027-01-05 12:00:00", 0);
    onRpc("has_group", ({ args }) => args[1] === "timetable_nep.group_timetable_officer");
    onRpc("timetable.meeting", "write", () => expect.step("never written"));
});

test("a drop opens the form of the move, and writes nothing", async () => {
    onRpc("timetable.meeting", "drag_to", ({ args }) => {
        expect.step(`${args[0]} to ${args[1]}`);
        return { type: "ir.actions.act_window", name: "the form" };
    });
    mockService("action", { doAction: (action) => expect.step(action.name) });
    await mountView({ type: "calendar", resModel: "timetable.meeting" });
    await moveEventToTime(1, "2027-01-07 10:00:00");
    await expect.waitForSteps(["1 to 2027-01-07 10:00:00", "the form"]);
    expect(findEvent(1)).toBeVisible();
});

test("a refused drop leaves the card where it was", async () => {
    expect.errors(1);
    onRpc("timetable.meeting", "drag_to", () => {
        expect.step("asked");
        throw makeServerError({ message: "Not your department." });
    });
    await mountView({ type: "calendar", resModel: "timetable.meeting" });
    await moveEventToTime(1, "2027-01-07 10:00:00");
    await expect.waitForSteps(["asked"]);
    await expect.waitForErrors(["Not your department."]);
    expect(findEvent(1)).toBeVisible();
});

test("who may not move meetings cannot drag them", async () => {
    onRpc("has_group", () => false);
    onRpc("timetable.meeting", "drag_to", () => expect.step("asked"));
    await mountView({ type: "calendar", resModel: "timetable.meeting" });
    expect(".fc-event.fc-event-draggable").toHaveCount(0);
    expect.verifySteps([]);
});
