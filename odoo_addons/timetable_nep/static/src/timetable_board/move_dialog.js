import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";

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
            await this.props.onMove(this.state.slotId, this.state.roomId);
            this.props.close();
        } catch (error) {
            this.state.error = error.data?.message || error.message;
        } finally {
            this.state.saving = false;
        }
    }
}
