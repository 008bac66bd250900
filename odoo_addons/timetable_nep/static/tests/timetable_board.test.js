import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { press, queryAll, queryAllTexts, queryFirst, waitFor, waitForNone } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import {
    contains,
    getService,
    makeServerError,
    MockServer,
    mountWithCleanup,
    onRpc,
    serverState,
} from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";
import { BOARD_BUS_TYPE } from "@timetable_nep/timetable_board/board_action";
import {
    assignLanes,
    buildLayout,
    buildRows,
    MAX_LANES,
} from "@timetable_nep/timetable_board/board_layout";

defineMailModels();

const DAYS = [
    { day: 0, name: "Monday" },
    { day: 1, name: "Tuesday" },
];
// Period 3 is left out: a break between 11:00 and 12:00.
const PERIODS = [
    { period: 1, from: "09:00", to: "10:00" },
    { period: 2, from: "10:00", to: "11:00" },
    { period: 4, from: "12:00", to: "13:00" },
];
const TIMESLOTS = DAYS.flatMap(({ day }) =>
    PERIODS.map(({ period }) => ({ id: 10 * day + period, day, period }))
);

function makeCard(values = {}) {
    return {
        id: 100,
        class_id: 1,
        class_name: "PHY101-A",
        course: "Mechanics",
        category: "major",
        duration: 1,
        faculty: [{ id: 5, name: "Dr Mehta" }],
        students: 42,
        room_id: 9,
        room: "Room 9",
        needs_room: true,
        timeslot_id: 1,
        day: 0,
        period: 1,
        pinned: false,
        ...values,
    };
}

/** The usual 200 ms are too few on a machine that is busy with other things. */
const PATIENT = { timeout: 5000 };

const SAME = {
    balance: 0,
    student_idle: 0,
    faculty_idle: 0,
    faculty_days: 0,
    wish: "",
    last: false,
    other_room: false,
};

/** A server that holds one timetable and moves its events. */
class BoardServer {
    constructor({ canEdit = true, cards, refuse = false, week = "", hours = {}, patterns = [] } = {}) {
        this.patterns = patterns;
        this.canEdit = canEdit;
        this.hours = hours;
        this.week = week;
        this.refuse = refuse;
        this.revision = 0;
        this.cards = cards || [
            makeCard(),
            makeCard({ id: 101, class_name: "MDC7-B", category: "multidisciplinary",
                timeslot_id: false, day: false, period: false, room_id: false, room: "" }),
        ];
        onRpc("timetable.variant", "board_options", () => ({
            variants: [{ id: 3, name: "Variant A", term: "Spring", state: "draft" }],
            variant: this.variant,
            days: DAYS,
            periods: PERIODS,
            timeslots: TIMESLOTS,
            categories: [
                { key: "major", label: "Major" },
                { key: "multidisciplinary", label: "Multidisciplinary" },
            ],
        }));
        onRpc("timetable.variant", "board_data", ({ args }) => {
            this.week = this.week && (args[3] || this.week);
            return this.data(args[1]);
        });
        onRpc("timetable.variant", "board_resources", () => [{ id: 1, name: "Batch 1" }]);
        onRpc("timetable.variant", "board_feasibility", ({ args }) => {
            expect.step(`feasibility ${args[1]}`);
            return { event_id: args[1], cells: this.cells };
        });
        onRpc("timetable.variant", "board_rooms", () => [
            { id: 9, name: "Room 9", capacity: 60 },
            { id: 8, name: "Room 8", capacity: 80 },
        ]);
        onRpc("timetable.variant", "board_move", ({ args }) => {
            const [, eventId, slotId, roomId] = args;
            expect.step(`move ${eventId} to ${slotId} in ${roomId}`);
            if (this.refuse) {
                throw makeServerError({ message: "Dr Mehta teaches CHE1-A then." });
            }
            this.revision++;
            const slot = TIMESLOTS.find((item) => item.id === slotId);
            return Object.assign(this.find(eventId), {
                timeslot_id: slotId,
                day: slot ? slot.day : false,
                period: slot ? slot.period : false,
                room_id: slotId ? roomId || 9 : false,
                room: slotId ? `Room ${roomId || 9}` : "",
            });
        });
        onRpc("timetable.variant", "board_swap_verdict", ({ args }) =>
            this.refuse
                ? { ok: false, reason: `${args[1]}: Dr Mehta teaches CHE1-A then.` }
                : { ok: true, reason: "" }
        );
        onRpc("timetable.variant", "board_arrange", ({ args }) => {
            expect.step(`arrange ${args[1].map((place) => place.join(" ")).join(", ")}`);
            return args[1].map(([eventId, slotId, roomId]) => {
                const { day, period } = TIMESLOTS.find((slot) => slot.id === slotId);
                return Object.assign(this.find(eventId), {
                    timeslot_id: slotId,
                    room_id: roomId,
                    day,
                    period,
                });
            });
        });
        onRpc("timetable.variant", "board_swap", ({ args }) => {
            expect.step(`swap ${args[1]} with ${args[2]}`);
            const [one, two] = [this.find(args[1]), this.find(args[2])];
            const { timeslot_id, day, period } = one;
            Object.assign(one, { timeslot_id: two.timeslot_id, day: two.day, period: two.period });
            Object.assign(two, { timeslot_id, day, period });
            return [one, two];
        });
        onRpc("timetable.variant", "board_suggestions", ({ args }) => ({
            event_id: args[1],
            free: 1,
            places: [
                { timeslot_id: 12, where: "Tuesday 10:00", room_id: 8, room: "Room 8", effect: { ...SAME, balance: -12, student_idle: -12, last: true }, other: false },
                {
                    timeslot_id: 4, where: "Monday 11:00", room_id: 9, room: "Room 9",
                    effect: SAME,
                    other: { event_id: 101, class_name: "MDC7-B", timeslot_id: 12, where: "Tuesday 10:00", room_id: 8, room: "Room 8", effect: null, from_timeslot_id: 4, from_room_id: 9 },
                },
            ],
        }));
        for (const method of ["board_pin", "board_unpin"]) {
            onRpc("timetable.variant", method, ({ args }) => {
                expect.step(`${method} ${args[1]}`);
                return [Object.assign(this.find(args[1][0]), { pinned: method === "board_pin" })];
            });
        }
    }

    find(id) {
        return this.cards.find((card) => card.id === id);
    }

    get variant() {
        return {
            id: 3,
            name: "Variant A",
            term: "Spring",
            state: "draft",
            state_label: "Draft",
            can_edit: this.canEdit,
            read_only_reason: this.canEdit ? "" : "Only a timetable officer changes placements.",
            placed: this.cards.filter((card) => card.timeslot_id).length,
            total: this.cards.length,
            revision: this.revision,
            week: this.week,
        };
    }

    get cells() {
        return Object.fromEntries(
            TIMESLOTS.map((slot) => [
                slot.id,
                slot.id === 12
                    ? {
                          ok: false,
                          short: "Faculty busy",
                          reason: "Dr Mehta teaches CHE1-A then.",
                          rooms: 0,
                          room_id: false,
                          room: "",
                      }
                    : {
                          ok: true,
                          short: "",
                          reason: "",
                          rooms: 2,
                          room_id: 9,
                          room: "Room 9",
                          effect: { ...SAME, balance: slot.id === 4 ? 8 : 0, student_idle: slot.id === 4 ? 8 : 0 },
                      },
            ])
        );
    }

    data(viewBy) {
        const unplaced = this.cards.filter((card) => !card.timeslot_id);
        return {
            view_by: viewBy,
            resource: { id: 1, name: "Batch 1" },
            hours: this.hours,
            week_patterns: this.patterns,
            events: this.cards.filter((card) => card.timeslot_id),
            unplaced,
            unplaced_count: unplaced.length,
            variant: this.variant,
        };
    }
}

async function openAction(params = {}) {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "timetable_nep.board",
        params,
    });
}

async function openBoard(options) {
    const server = new BoardServer(options);
    await openAction({ variant_id: 3 });
    await waitFor(".o_tt_week .o_tt_card, .o_tt_no_events", PATIENT);
    return server;
}

function card(id) {
    return `.o_tt_card[data-event-id="${id}"]`;
}

function cell(id) {
    return `.o_tt_cell[data-timeslot-id="${id}"]`;
}

describe("layout", () => {
    test("a period number left out is a break of its own row", () => {
        const rows = buildRows(PERIODS);
        expect(rows.map((row) => row.type)).toEqual(["period", "period", "break", "period"]);
        expect(rows[2]).toInclude(["from", "11:00"]);
        expect(rows[2]).toInclude(["to", "12:00"]);
        expect(rows.map((row) => row.gridRow)).toEqual([2, 3, 4, 5]);
    });

    test("events at one time stand side by side, others use the whole width", () => {
        const { lanes, count } = assignLanes([
            { id: 1, period: 1, duration: 2 },
            { id: 2, period: 2, duration: 1 },
            { id: 3, period: 4, duration: 1 },
        ]);
        expect(count).toBe(2);
        expect(lanes.get(1)).toEqual({ lane: 0, span: 1 });
        expect(lanes.get(2)).toEqual({ lane: 1, span: 1 });
        expect(lanes.get(3)).toEqual({ lane: 0, span: 2 });
    });

    test("too many at one time are stacked in their cell", () => {
        const grid = { days: DAYS, periods: PERIODS, timeslots: TIMESLOTS };
        const events = [...Array(MAX_LANES + 1).keys()].map((id) => makeCard({ id }));
        const layout = buildLayout(grid, events, [0, 1]);
        expect(layout.stacked).toBe(true);
        expect(layout.cards).toHaveLength(0);
        expect(layout.stacks[0].events).toHaveLength(MAX_LANES + 1);
    });
});

describe("desktop", () => {
    describe.current.tags("desktop");

    test("shows the week with its break, cards and tray", async () => {
        await openBoard();
        expect(queryAllTexts(".o_tt_day")).toEqual(["Monday", "Tuesday"]);
        expect(".o_tt_break").toHaveText("Break 11:00 – 12:00");
        expect(".o_tt_cell[data-timeslot-id]").toHaveCount(6);
        expect(`.o_tt_week ${card(100)} .o_tt_mark`).toHaveText("MAJ");
        expect(`.o_tt_tray ${card(101)}`).toHaveCount(1);
        expect(".o_tt_figures").toHaveText(/1 of 2 events placed/);
        const legend = queryAllTexts(".o_tt_legend li").map((text) => text.replace(/\s+/g, " "));
        expect(legend).toEqual(["MAJ Major", "MDC Multidisciplinary"]);
    });

    test("dragging colours every cell with a reason, and a drop moves", async () => {
        const server = await openBoard();
        const { moveTo, drop } = await contains(card(100)).drag();
        await animationFrame();
        expect.verifySteps(["feasibility 100"]);
        await waitFor(".o_tt_cell.o_tt_ok", PATIENT);
        expect(".o_tt_cell.o_tt_ok").toHaveCount(5);
        expect(`${cell(12)}.o_tt_no`).toHaveText("Faculty busy");
        await moveTo(cell(12));
        await animationFrame();
        expect(".o_tt_hint_shown").toHaveText(
            "Tuesday 10:00 is not possible. Dr Mehta teaches CHE1-A then."
        );
        await moveTo(cell(14));
        await animationFrame();
        expect(".o_tt_hint_shown").toHaveText("Tuesday 12:00 is possible, in Room 9.");
        await drop();
        await waitFor(".o_tt_revision", PATIENT);
        expect.verifySteps(["move 100 to 14 in 9"]);
        expect(server.find(100).timeslot_id).toBe(14);
        expect(".o_tt_cell.o_tt_ok").toHaveCount(0);
    });

    test("a drop where it is not possible moves nothing and says why", async () => {
        const server = await openBoard();
        const { moveTo, drop } = await contains(card(100)).drag();
        await waitFor(".o_tt_cell.o_tt_no", PATIENT);
        await moveTo(cell(12));
        await drop();
        await waitFor(".o_notification:contains(Dr Mehta teaches CHE1-A then.)", PATIENT);
        expect.verifySteps(["feasibility 100"]);
        expect(server.find(100).timeslot_id).toBe(1);
    });

    test("from the tray to the grid, and back off the grid", async () => {
        const server = await openBoard();
        await contains(card(101)).dragAndDrop(cell(2));
        await waitForNone(`.o_tt_tray ${card(101)}`, PATIENT);
        expect.verifySteps(["feasibility 101", "move 101 to 2 in 9"]);
        await contains(card(101)).dragAndDrop(".o_tt_tray");
        await waitFor(`.o_tt_tray ${card(101)}`, PATIENT);
        expect.verifySteps(["feasibility 101", "move 101 to false in false"]);
        expect(server.find(101).timeslot_id).toBe(false);
    });

    test("undo and redo, by button and by key", async () => {
        const server = await openBoard();
        expect("button[name=undo]").not.toBeEnabled();
        await contains(card(100)).dragAndDrop(cell(2));
        await waitFor("button[name=undo]:enabled", PATIENT);
        await contains("button[name=undo]").click();
        await waitFor("button[name=redo]:enabled", PATIENT);
        expect(server.find(100).timeslot_id).toBe(1);
        await contains(card(100)).press("Control+Shift+Z");
        await waitFor("button[name=undo]:enabled", PATIENT);
        expect(server.find(100).timeslot_id).toBe(2);
        expect.verifySteps([
            "feasibility 100",
            "move 100 to 2 in 9",
            "move 100 to 1 in 9",
            "move 100 to 2 in 9",
        ]);
    });

    test("a change by somebody else shows by itself", async () => {
        const server = await openBoard();
        Object.assign(server.find(101), { timeslot_id: 4, day: 0, period: 4 });
        server.revision = 1;
        const tell = (revision) =>
            MockServer.env["bus.bus"]._sendone(serverState.partnerId, BOARD_BUS_TYPE, {
                variant_id: 3,
                revision,
            });
        tell(1);
        await waitFor(`.o_tt_week ${card(101)}`, PATIENT);
        expect(".o_tt_figures").toHaveText(/2 of 2 events placed/);
        // Known already: nothing is read again.
        onRpc("timetable.variant", "board_data", () => expect.step("read again"));
        tell(1);
        await animationFrame();
        expect.verifySteps([]);
    });

    test("what the server refuses is put back", async () => {
        expect.errors(1);
        const server = await openBoard({ refuse: true });
        await contains(card(100)).dragAndDrop(cell(2));
        await waitFor(".o_error_dialog, .modal", PATIENT);
        expect.verifyErrors(["RPC_ERROR"]);
        expect.verifySteps(["feasibility 100", "move 100 to 2 in 9"]);
        expect(server.find(100).timeslot_id).toBe(1);
        expect(queryAll(`.o_tt_week ${card(100)}`)[0].style.gridRow).toInclude("2");
        expect("button[name=undo]").not.toBeEnabled();
    });

    test("two events change places, by mouse and by keyboard, and back by undo", async () => {
        const server = await openBoard({
            cards: [
                makeCard(),
                makeCard({ id: 102, class_name: "CHE1-A", timeslot_id: 12, day: 1, period: 2 }),
            ],
        });
        await contains(card(100)).click();
        await contains(".o_tt_popover button[name=swap]").click();
        expect(card(100)).toHaveClass("o_tt_card_swap");
        await contains(card(102)).click();
        expect.verifySteps(["swap 100 with 102"]);
        expect(server.find(100)).toInclude(["timeslot_id", 12]);
        await contains("button[name=undo]").click();
        expect.verifySteps(["arrange 100 1 9, 102 12 9"]);
        expect(server.find(100)).toInclude(["timeslot_id", 1]);
        await contains(card(100)).press("s");
        expect(card(100)).toHaveClass("o_tt_card_swap");
        await contains(card(100)).press("Escape");
        expect(card(100)).not.toHaveClass("o_tt_card_swap");
    });

    test("a swap that is not possible says why, and goes on looking for a partner", async () => {
        await openBoard({
            refuse: true,
            cards: [
                makeCard(),
                makeCard({ id: 102, class_name: "CHE1-A", timeslot_id: 12, day: 1, period: 2 }),
            ],
        });
        await contains(card(100)).click();
        await contains(".o_tt_popover button[name=swap]").click();
        await contains(card(102)).hover();
        await waitFor(".o_tt_hint[data-kind=no]:contains(cannot change places)", PATIENT);
        await contains(card(102)).click();
        await waitFor(".o_notification:contains(Dr Mehta teaches CHE1-A then.)", PATIENT);
        expect(".modal").toHaveCount(0);
        expect(card(100)).toHaveClass("o_tt_card_swap");
        expect.verifySteps([]);
    });

    test("a place says what it means for people before and after the move", async () => {
        await openBoard();
        await contains(card(100)).focus();
        await contains(card(100)).press("m");
        await contains(".o_tt_move_cell input[value='4']").click();
        await waitFor(".o_tt_move_verdict:contains(8 idle periods of students more.)", PATIENT);
        await contains("button[name=confirm_move]").click();
        await waitFor(".o_tt_hint:contains(8 idle periods of students more.)", PATIENT);
        expect.verifySteps(["feasibility 100", "move 100 to 4 in 9"]);
    });

    test("an event takes the place of another that goes elsewhere, and back by undo", async () => {
        await openBoard({
            cards: [
                makeCard(),
                makeCard({ id: 101, class_name: "MDC7-B", timeslot_id: 4, period: 4 }),
            ],
        });
        await contains(card(100)).click();
        await contains(".o_tt_popover button[name=suggest]").click();
        await contains(".o_tt_popover_place:contains(MDC7-B goes to Tuesday 10:00)").click();
        expect.verifySteps(["arrange 100 4 9, 101 12 8"]);
        await contains("button[name=undo]").click();
        expect.verifySteps(["arrange 100 1 9, 101 4 9"]);
    });

    test("cards stand out by text and by category", async () => {
        await openBoard({
            cards: [
                makeCard(),
                makeCard({
                    id: 102,
                    class_name: "CHE1-A",
                    course: "Chemistry",
                    category: "multidisciplinary",
                    timeslot_id: 12,
                    day: 1,
                    period: 2,
                }),
            ],
        });
        await contains("input[name=highlight]").edit("mechan", { confirm: false });
        expect(card(102)).toHaveClass("o_tt_card_dimmed");
        expect(card(100)).not.toHaveClass("o_tt_card_dimmed");
        await contains("input[name=highlight]").edit("", { confirm: false });
        await contains(".o_tt_legend [data-category=multidisciplinary] button").click();
        expect(card(100)).toHaveClass("o_tt_card_dimmed");
        await contains(".o_tt_legend [data-category=multidisciplinary] button").click();
        expect(".o_tt_card_dimmed").toHaveCount(0);
    });

    test("hours at which the owner cannot or would rather not are seen", async () => {
        await openBoard({ hours: { 2: "closed", 4: "avoid", 11: "prefer" } });
        expect(cell(2)).toHaveClass("o_tt_hours_closed");
        expect(cell(2)).toHaveAttribute("title", "Monday 10:00: not available");
        expect(cell(4)).toHaveClass("o_tt_hours_avoid");
        expect(cell(11)).toHaveClass("o_tt_hours_prefer");
        expect(cell(1)).not.toHaveClass("o_tt_hours_closed");
    });

    test("a pinned card says why it cannot be dragged", async () => {
        await openBoard({ cards: [makeCard({ pinned: true })] });
        const { drop } = await contains(card(100)).drag();
        await drop(cell(2));
        await waitFor(".o_tt_hint:contains(PHY101-A is pinned: unpin it to move it)", PATIENT);
        expect.verifySteps([]);
    });

    test("a suggested place is taken with one click", async () => {
        await openBoard();
        await contains(card(100)).click();
        await contains(".o_tt_popover button[name=suggest]").click();
        expect(".o_tt_popover_place:first").toHaveText(/12 idle periods of students fewer, last period of the day/);
        await contains(".o_tt_popover_place:contains(Tuesday 10:00)").click();
        expect.verifySteps(["move 100 to 12 in 8"]);
    });

    test("a card that breaks a rule is marked, in words too", async () => {
        const broken = ["Dr Mehta teaches PHY101-A, CHE1-A at once."];
        await openBoard({ cards: [makeCard({ broken })] });
        expect(card(100)).toHaveClass("o_tt_card_broken");
        expect(card(100)).toHaveAttribute("aria-label", /breaks a rule: Dr Mehta teaches/);
        await contains(card(100)).click();
        expect(".o_tt_popover_broken li").toHaveText(broken[0]);
    });

    test("moves by keyboard alone, into a chosen room", async () => {
        const server = await openBoard();
        await contains(card(100)).focus();
        await contains(card(100)).press("m");
        await waitFor(".o_tt_move_dialog", PATIENT);
        expect("button[name=confirm_move]").not.toBeEnabled();
        await contains(".o_tt_move_cell input[value='12']").click();
        expect(".o_tt_move_verdict").toHaveText(/not possible. Dr Mehta teaches CHE1-A then./);
        expect("button[name=confirm_move]").not.toBeEnabled();
        await contains(".o_tt_move_cell input[value='4']").click();
        await waitFor("#o_tt_move_room", PATIENT);
        await contains("#o_tt_move_room").select("8");
        await contains("button[name=confirm_move]").click();
        await waitForNone(".o_tt_move_dialog", PATIENT);
        expect(server.find(100)).toInclude(["timeslot_id", 4]);
        expect(server.find(100)).toInclude(["room_id", 8]);
        expect.verifySteps(["feasibility 100", "move 100 to 4 in 8"]);
    });

    test("the arrow keys go through the week as it is seen", async () => {
        await openBoard();
        await contains(card(100)).focus();
        await contains(card(100)).press("m");
        await waitFor(".o_tt_move_cell input:focus", PATIENT);
        const focused = () => queryFirst(".o_tt_move_cell input:focus").value;
        const here = focused();
        await press("ArrowRight");
        await animationFrame();
        expect(focused()).not.toBe(here);
        expect(queryFirst(".o_tt_move_cell input:checked").value).toBe(focused());
        await press("ArrowLeft");
        await animationFrame();
        expect(focused()).toBe(here);
        await press("ArrowUp");
        await press("ArrowUp");
        await animationFrame();
        expect(".o_tt_move_cell input:focus").toHaveCount(1);
        expect.verifySteps(["feasibility 100"]);
    });

    test("a pinned event is not dragged and not moved", async () => {
        await openBoard();
        await contains(card(100)).press("p");
        await waitFor(`${card(100)} .o_tt_card_pin`, PATIENT);
        expect(card(100)).not.toHaveClass("o_tt_draggable");
        await contains(card(100)).press("Enter");
        await waitFor(".o_tt_popover", PATIENT);
        expect(".o_tt_popover button[name=move]").not.toBeEnabled();
        await contains(".o_tt_popover button[name=pin]").click();
        await waitForNone(`${card(100)} .o_tt_card_pin`, PATIENT);
        expect.verifySteps(["board_pin 100", "board_unpin 100"]);
    });

    test("who may not change it sees why, and nothing to change it with", async () => {
        await openBoard({ canEdit: false });
        expect(".o_tt_read_only").toHaveText("Only a timetable officer changes placements.");
        expect(".o_tt_draggable").toHaveCount(0);
        await contains(card(100)).click();
        await waitFor(".o_tt_popover", PATIENT);
        expect(".o_tt_popover button").toHaveCount(0);
    });

    test("where weeks differ, one of them is shown", async () => {
        const server = await openBoard({ canEdit: false, week: "2027-01-04" });
        expect("#o_tt_week").toHaveValue("01/04/2027");
        server.cards[0] = makeCard({ timeslot_id: 12, day: 1, period: 2 });
        await contains("button[name=week_after]").click();
        expect("#o_tt_week").toHaveValue("01/11/2027");
        expect(server.week).toBe("2027-01-11");
        await contains("button[name=week_before]").click();
        expect("#o_tt_week").toHaveValue("01/04/2027");
    });

    test("the weeks of one pattern are shown, or all", async () => {
        const odd = { id: 7, name: "Odd weeks" };
        const even = { id: 8, name: "Even weeks" };
        await openBoard({
            patterns: [
                { ...odd, weeks: [1, 3] },
                { ...even, weeks: [2, 4] },
            ],
            cards: [
                makeCard({ weeks: odd }),
                makeCard({ id: 101, class_name: "CHE1-A", weeks: even }),
                makeCard({ id: 102, class_name: "MAT1-A", timeslot_id: 2, period: 2, weeks: false }),
            ],
        });
        expect(".o_tt_week .o_tt_card").toHaveCount(3);
        expect(card(100)).toHaveText(/Odd weeks/);
        await contains("select[name=weeks]").select("7");
        expect(".o_tt_week .o_tt_card").toHaveCount(2);
        expect(card(101)).toHaveCount(0);
        await contains("select[name=weeks]").select("8");
        expect(card(100)).toHaveCount(0);
        expect(card(102)).toHaveCount(1);
        await contains("select[name=weeks]").select("");
        expect(".o_tt_week .o_tt_card").toHaveCount(3);
    });

    for (const week of ["2027-13-45", "next week", 7]) {
        test(`an address with the week ${week} opens the present one`, async () => {
            const server = new BoardServer({ week: "2027-01-04" });
            await openAction({ week });
            await waitFor("#o_tt_week", PATIENT);
            expect("#o_tt_week").toHaveValue("01/04/2027");
            expect(server.week).toBe("2027-01-04");
        });
    }

    test("an address opens its week, whatever digits the reader's language has", async () => {
        serverState.lang = "bn_IN";
        const server = new BoardServer({ week: "2027-01-04" });
        await openAction({ week: "2027-01-11" });
        await waitFor("#o_tt_week", PATIENT);
        expect(server.week).toBe("2027-01-11");
    });

    test("where all weeks are alike, there is none to choose", async () => {
        await openBoard();
        expect("#o_tt_week").toHaveCount(0);
    });

    test("loading, error and empty have their own pages", async () => {
        const answer = new Deferred();
        let calls = 0;
        onRpc("timetable.variant", "board_options", () => {
            calls++;
            if (calls === 1) {
                return answer;
            }
            return { variants: [], variant: false };
        });
        await openAction();
        expect(".o_tt_skeleton").toHaveCount(1);
        answer.reject(makeServerError({ message: "The database is away." }));
        await waitFor(".o_tt_state[role=alert]:contains(The database is away.)", PATIENT);
        await contains("button[name=try_again]").click();
        await waitFor(".o_tt_state:contains(There is no timetable yet)", PATIENT);
    });
});

describe("phone", () => {
    describe.current.tags("mobile");

    test("one day at a time, chosen by buttons", async () => {
        await openBoard();
        expect(queryAllTexts(".o_tt_day")).toEqual(["Monday"]);
        expect(".o_tt_cell[data-timeslot-id]").toHaveCount(3);
        await contains(".o_tt_day_tabs button:contains(Tue)").click();
        expect(queryAllTexts(".o_tt_day")).toEqual(["Tuesday"]);
        expect(`.o_tt_week ${card(100)}`).toHaveCount(0);
        expect(".o_tt_day_tabs button[aria-pressed=true]").toHaveText("Tue");
    });

    test("a tap opens the event, and the dialog moves it to another day", async () => {
        const server = await openBoard();
        await contains(card(100)).click();
        await contains(".o_tt_popover button[name=move]").click();
        await contains(".o_tt_move_cell input[value='14']").click();
        await contains("button[name=confirm_move]").click();
        await waitForNone(".o_tt_move_dialog", PATIENT);
        expect(server.find(100)).toInclude(["timeslot_id", 14]);
        expect.verifySteps(["feasibility 100", "move 100 to 14 in 9"]);
    });
});
