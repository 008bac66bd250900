import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { placesToTake } from "./suggested_place";

export const LAST_VIEW_KEY = "timetable_nep.board_view";
const UNDO_KEPT = 100;

function rememberedView() {
    try {
        return JSON.parse(browser.localStorage.getItem(LAST_VIEW_KEY)) || {};
    } catch (error) {
        console.warn("Ignoring the unreadable board setting", error);
        return {};
    }
}

/**
 * State of the board and everything that changes it. Changes show at once and are
 * taken back if the server refuses them; the server checks every hard rule again.
 */
export class TimetableBoardModel {
    constructor(orm) {
        this.orm = orm;
        this.keepLast = new KeepLast();
        /** "loading", "ready", "empty" (no timetable yet) or "error" */
        this.status = "loading";
        this.error = "";
        this.refreshing = false;
        this.variants = [];
        this.variant = null;
        this.grid = { days: [], periods: [], timeslots: [] };
        this.categories = [];
        this.viewBy = "batch";
        this.resource = false;
        this.resources = [];
        /** Any day of the week that is shown, where weeks differ; "" is this week. */
        this.week = "";
        /** Week patterns in use, and the one whose weeks are shown; "" is all weeks. */
        this.patterns = [];
        this.pattern = "";
        this.events = [];
        this.unplaced = [];
        this.unplacedCount = 0;
        /** Timeslot id -> "closed", "avoid" or "prefer", as the owner of the week has it. */
        this.hours = {};
        /** What stands out among the cards: a text, a category, both or nothing. */
        this.highlight = { text: "", category: "" };
        /** Feasibility of the event that is picked up. */
        this.picked = null;
        /** The event that waits for another one to change places with. */
        this.swapping = null;
        this.undoStack = [];
        this.redoStack = [];
        this.busy = false;
        /** Whether a change elsewhere waits to be read. */
        this.stale = false;
    }

    call(method, ...args) {
        return this.orm.call("timetable.variant", method, [[this.variant.id], ...args]);
    }

    // ------------------------------------------------------------------ loading

    async open({ variantId, viewBy, resourceId, week } = {}) {
        this.status = "loading";
        this.week = week || "";
        try {
            const options = await this.orm.call("timetable.variant", "board_options", [
                variantId || false,
            ]);
            this.variants = options.variants;
            if (!options.variant) {
                this.status = "empty";
                return;
            }
            this.variant = options.variant;
            this.grid = {
                days: options.days,
                periods: options.periods,
                timeslots: options.timeslots,
            };
            this.categories = options.categories;
            this.undoStack = [];
            this.redoStack = [];
            const last = rememberedView();
            this.viewBy = viewBy || last.viewBy || "batch";
            const remembered =
                last.term === options.variant.term && last.viewBy === this.viewBy;
            await this.show(this.viewBy, resourceId || (remembered && last.resourceId) || false);
            if (!viewBy) {
                // Not every term has batches or departments: the first that has a week.
                for (const other of ["batch", "department", "class", "room"]) {
                    if (this.resource) {
                        break;
                    }
                    await this.show(other, false);
                }
            }
            this.status = "ready";
        } catch (error) {
            this.fail(error);
        }
    }

    fail(error) {
        this.status = "error";
        this.error = error.data?.message || error.message || _t("The board could not be read.");
    }

    async show(viewBy, resourceId) {
        this.viewBy = viewBy;
        this.refreshing = true;
        try {
            const data = await this.keepLast.add(
                this.call("board_data", viewBy, resourceId || false, this.week || false)
            );
            this.receive(data);
            this.remember();
        } finally {
            this.refreshing = false;
        }
    }

    /** Somebody else changed a timetable: read it again, once nothing is in hand. */
    async onChangedElsewhere({ variant_id: variantId, revision, scored_revision: scored }) {
        const newer =
            this.variant?.id === variantId &&
            (revision > this.variant.revision || scored > this.variant.scored_revision);
        if (!newer || this.status !== "ready" || this.busy) {
            return;
        }
        if (this.picked) {
            this.stale = true;
            return;
        }
        await this.reload();
    }

    showWeek(week) {
        this.week = week;
        return this.reload();
    }

    reload() {
        return this.show(this.viewBy, this.resource && this.resource.id);
    }

    receive(data) {
        this.viewBy = data.view_by;
        this.resource = data.resource;
        this.events = data.events;
        this.hours = data.hours;
        this.patterns = data.week_patterns || [];
        if (!this.patterns.some(({ id }) => id === this.pattern)) {
            this.pattern = "";
        }
        this.unplaced = data.unplaced;
        this.unplacedCount = data.unplaced_count;
        this.variant = data.variant;
        this.week = data.variant.week;
        this.picked = null;
        this.stale = false;
    }

    remember() {
        browser.localStorage.setItem(
            LAST_VIEW_KEY,
            JSON.stringify({
                viewBy: this.viewBy,
                resourceId: this.resource && this.resource.id,
                term: this.variant.term,
            })
        );
    }

    async searchResources(query = "") {
        this.resources = await this.call("board_resources", this.viewBy, query);
        return this.resources;
    }

    // ------------------------------------------------------------------ reading

    /** Cards held in at least one of the weeks that are shown. */
    get shownEvents() {
        const chosen = this.patterns.find(({ id }) => id === this.pattern);
        if (!chosen) {
            return this.events;
        }
        const weeks = new Set(chosen.weeks);
        const meets = new Set(
            this.patterns.filter((row) => row.weeks.some((n) => weeks.has(n))).map(({ id }) => id)
        );
        return this.events.filter((event) => !event.weeks || meets.has(event.weeks.id));
    }

    get canEdit() {
        return Boolean(this.variant?.can_edit) && !this.busy;
    }

    find(eventId) {
        return (
            this.events.find((event) => event.id === eventId) ||
            this.unplaced.find((event) => event.id === eventId)
        );
    }

    slot(slotId) {
        return this.grid.timeslots.find((slot) => slot.id === slotId);
    }

    slotLabel(slotId) {
        const slot = this.slot(slotId);
        if (!slot) {
            return _t("not placed").toString();
        }
        const day = this.grid.days.find((item) => item.day === slot.day).name;
        const period = this.grid.periods.find((item) => item.period === slot.period);
        return period.from ? `${day} ${period.from}` : `${day}, ${slot.period}`;
    }

    /** Whether the card is not among those that are to stand out. */
    isDimmed(event) {
        const { text, category } = this.highlight;
        if (category && event.category !== category) {
            return true;
        }
        const wanted = text.trim().toLocaleLowerCase();
        if (!wanted) {
            return false;
        }
        const words = [
            event.class_name,
            event.course,
            event.room,
            ...event.faculty.map((person) => person.name),
        ];
        return !words.some((word) => word && word.toLocaleLowerCase().includes(wanted));
    }

    cell(slotId) {
        return this.picked?.cells?.[slotId];
    }

    // ------------------------------------------------------------------ changing

    /** Take an event in hand: where could it go? */
    async pickUp(event) {
        if (this.picked?.event.id === event.id) {
            return this.picked;
        }
        const picked = { event, cells: null };
        this.picked = picked;
        const cells = await this.feasibility(event);
        if (this.picked && this.picked.event.id === event.id) {
            this.picked = { event, cells };
        }
        return { event, cells };
    }

    async feasibility(event) {
        const { cells } = await this.call("board_feasibility", event.id);
        return cells;
    }

    letGo() {
        this.picked = null;
        if (this.stale && !this.busy) {
            this.reload();
        }
    }

    suggestions(event) {
        return this.call("board_suggestions", event.id);
    }

    /** Two events change places. */
    async swap(event, other) {
        const from = [event, other].map((card) => this.placeOf(card));
        const cards = await this.busily(() =>
            this.call("board_swap", event.id, other.id)
        );
        this.push({
            kind: "arrange",
            label: _t("%(event)s and %(other)s change places", {
                event: event.class_name,
                other: other.class_name,
            }).toString(),
            from,
            to: cards.map((card) => this.placeOf(card)),
        });
    }

    swapVerdict(event, other) {
        return this.call("board_swap_verdict", event.id, other.id);
    }

    /** An event takes the place of another, which goes to one of its own. */
    async chain(event, place) {
        const { other } = place;
        const from = [
            this.placeOf(event),
            [other.event_id, other.from_timeslot_id, other.from_room_id],
        ];
        const to = placesToTake(event, place);
        await this.arrange(to);
        this.push({
            kind: "arrange",
            label: _t("%(event)s and %(other)s moved", {
                event: event.class_name,
                other: other.class_name,
            }).toString(),
            from,
            to,
        });
    }

    arrange(places) {
        return this.busily(() => this.call("board_arrange", places));
    }

    async busily(change) {
        this.busy = true;
        try {
            const answer = await change();
            await this.reload();
            return answer;
        } finally {
            this.busy = false;
        }
    }

    /** As the server takes places of several events. */
    placeOf(card) {
        return [card.id, card.timeslot_id, card.room_id];
    }

    rooms(event, slotId) {
        return this.call("board_rooms", event.id, slotId);
    }

    placement(event) {
        return { slotId: event.timeslot_id, roomId: event.room_id };
    }

    /** Move an event; ``slotId`` false takes it off the grid. */
    async move(event, slotId, roomId = false) {
        const from = this.placement(event);
        const card = await this.place(event, slotId, roomId);
        this.push({
            kind: "move",
            eventId: event.id,
            label: _t("%(event)s from %(from)s to %(to)s", {
                event: event.class_name,
                from: this.slotLabel(from.slotId),
                to: this.slotLabel(card.timeslot_id),
            }).toString(),
            from,
            to: this.placement(card),
        });
        return card;
    }

    async place(event, slotId, roomId) {
        this.picked = null;
        this.busy = true;
        const before = { ...event };
        const slot = this.slot(slotId);
        const known = this.find(event.id);
        if (known && slot) {
            Object.assign(known, {
                timeslot_id: slot.id,
                day: slot.day,
                period: slot.period,
                saving: true,
            });
        }
        try {
            const card = await this.call("board_move", event.id, slotId || false, roomId || false);
            await this.reload();
            return card;
        } catch (error) {
            if (known) {
                Object.assign(known, before, { saving: false });
            }
            throw error;
        } finally {
            this.busy = false;
        }
    }

    async pin(event, pinned) {
        await this.applyPin(event.id, pinned);
        const name = event.class_name;
        this.push({
            kind: "pin",
            eventId: event.id,
            label: (pinned ? _t("%s pinned", name) : _t("%s unpinned", name)).toString(),
            pinned,
        });
    }

    async applyPin(eventId, pinned) {
        const [card] = await this.call(pinned ? "board_pin" : "board_unpin", [eventId]);
        const known = this.find(eventId);
        if (known) {
            known.pinned = card.pinned;
        }
    }

    push(step) {
        this.undoStack = [...this.undoStack, step].slice(-UNDO_KEPT);
        this.redoStack = [];
    }

    undo() {
        return this.replay("undoStack", "redoStack", true);
    }

    redo() {
        return this.replay("redoStack", "undoStack", false);
    }

    /** Do the last step again, forwards or backwards; the rules are checked again. */
    async replay(source, target, backwards) {
        const step = this[source].at(-1);
        if (!step || this.busy) {
            return;
        }
        if (step.kind === "pin") {
            await this.applyPin(step.eventId, backwards ? !step.pinned : step.pinned);
        } else if (step.kind === "arrange") {
            await this.arrange(backwards ? step.from : step.to);
        } else {
            const goal = backwards ? step.from : step.to;
            const event = this.find(step.eventId) || { id: step.eventId };
            await this.place(event, goal.slotId, goal.roomId);
        }
        this[source] = this[source].slice(0, -1);
        this[target] = [...this[target], step];
        return step;
    }
}
