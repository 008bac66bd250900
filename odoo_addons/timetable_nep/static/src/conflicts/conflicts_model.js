import { placesToTake } from "../timetable_board/suggested_place";

/** What one timetable breaks now, and the ways out that were asked for. */
export class ConflictsModel {
    constructor(orm) {
        this.orm = orm;
        /** "loading", "ready", "empty" (no timetable yet) or "error" */
        this.status = "loading";
        this.error = "";
        this.variants = [];
        this.variantId = false;
        this.data = null;
        /** Event → its free places, or "loading". */
        this.ways = {};
        this.busy = false;
    }

    async open(variantId) {
        this.status = "loading";
        try {
            this.variants = await this.orm.call("timetable.variant", "conflicts_variants", []);
            this.variantId = variantId || this.variants[0]?.id || false;
            if (!this.variantId) {
                this.status = "empty";
                return;
            }
            await this.read();
            this.status = "ready";
        } catch (error) {
            this.status = "error";
            this.error = error.data?.message || error.message;
        }
    }

    call(method, ...args) {
        return this.orm.call("timetable.variant", method, [[this.variantId], ...args]);
    }

    async read() {
        this.data = await this.call("conflicts_data");
        this.ways = {};
    }

    get canEdit() {
        return this.data.variant.can_edit && !this.busy;
    }

    /** Show or hide the best free places of an event. */
    async toggleWays(eventId) {
        if (this.ways[eventId]) {
            delete this.ways[eventId];
            return;
        }
        this.ways[eventId] = { loading: true, places: [], free: 0 };
        try {
            this.ways[eventId] = await this.call("board_suggestions", eventId);
        } catch (error) {
            delete this.ways[eventId];
            throw error;
        }
    }

    async take(event, place) {
        this.busy = true;
        try {
            await this.call("board_arrange", placesToTake(event, place));
            await this.read();
        } finally {
            this.busy = false;
        }
    }
}
