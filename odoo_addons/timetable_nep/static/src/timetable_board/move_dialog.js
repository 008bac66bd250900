import { Component, onMounted, onWillStart, useRef, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";
import { effectSentence } from "./board_effects";

const STEPS = {
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
};

/** Moving without a mouse: every timeslot with its verdict, then a free room. */
export class MoveDialog extends Component {
    static template = "timetable_nep.MoveDialog";
    static components = { Dialog };
    static props = {
        model: Object,
        event: Object,
        onMove: Function,
        close: Function,
    };

    setup() {
        this.table = useRef("table");
        onMounted(() => {
            const { grid } = this.props.model;
            const here = this.props.model.slot(this.props.event.timeslot_id);
            const first = here || grid.timeslots[0];
            if (first) {
                this.focusOn(first);
            }
        });
        this.state = useState({
            cells: {},
            slotId: false,
            rooms: [],
            roomId: false,
            saving: false,
            error: "",
        });
        onWillStart(async () => {
            this.state.cells = await this.props.model.feasibility(this.props.event);
        });
    }

    /** Arrow keys follow the week as it is seen, not the order of the fields. */
    onKeydown(ev) {
        const step = STEPS[ev.key];
        if (!step) {
            return;
        }
        ev.preventDefault();
        const [right, down] = step;
        const slot = this.props.model.slot(Number(ev.target.value));
        const next = slot && this.neighbour(slot, this.isRtl ? -right : right, down);
        if (next) {
            this.focusOn(next);
            return this.choose(next);
        }
    }

    get isRtl() {
        return localization.direction === "rtl";
    }

    neighbour(slot, right, down) {
        let day = this.days.findIndex((item) => item.day === slot.day) + right;
        let period = this.periods.findIndex((item) => item.period === slot.period) + down;
        while (this.days[day] && this.periods[period]) {
            const found = this.slotAt(this.days[day].day, this.periods[period].period);
            if (found) {
                return found;
            }
            day += right;
            period += down;
        }
    }

    focusOn(slot) {
        this.table.el?.querySelector(`input[value="${slot.id}"]`)?.focus();
    }

    get title() {
        return _t("Move %s", this.props.event.class_name);
    }

    get days() {
        return this.props.model.grid.days;
    }

    get periods() {
        return this.props.model.grid.periods;
    }

    slotAt(day, period) {
        return this.props.model.grid.timeslots.find(
            (slot) => slot.day === day && slot.period === period
        );
    }

    verdict(slot) {
        return slot && this.state.cells[slot.id];
    }

    isHere(slot) {
        return slot && slot.id === this.props.event.timeslot_id;
    }

    label(slot) {
        const verdict = this.verdict(slot);
        const where = this.props.model.slotLabel(slot.id);
        return verdict.ok
            ? _t("%(where)s: possible", { where })
            : _t("%(where)s: not possible. %(reason)s", { where, reason: verdict.reason });
    }

    get effect() {
        return effectSentence(this.chosen.effect);
    }

    get chosen() {
        return this.state.slotId && this.state.cells[this.state.slotId];
    }

    async choose(slot) {
        this.state.slotId = slot.id;
        this.state.error = "";
        this.state.rooms = [];
        this.state.roomId = false;
        const verdict = this.verdict(slot);
        if (verdict.ok && this.props.event.needs_room) {
            const rooms = await this.props.model.rooms(this.props.event, slot.id);
            if (this.state.slotId === slot.id) {
                this.state.rooms = rooms;
                this.state.roomId = verdict.room_id;
            }
        }
    }

    onRoom(ev) {
        this.state.roomId = Number(ev.target.value);
    }

    async confirm() {
        this.state.saving = true;
        try {
            await this.props.onMove(this.state.slotId, this.state.roomId, this.chosen.effect);
            this.props.close();
        } catch (error) {
            this.state.error = error.data?.message || error.message;
        } finally {
            this.state.saving = false;
        }
    }
}
