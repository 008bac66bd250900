import { Component, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";

const STEPS = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
};
const ERASE = ["Delete", "Backspace", "0"];

/**
 * A week whose periods are painted, by mouse, finger or keyboard.
 *
 * `value` maps timeslots to the key of a layer; `onChange` gets what a stroke, a key or a
 * copy changed, `{timeslot id: key or ""}`, once for each. Where `single` is set, one
 * timeslot at most has a mark.
 *
 * Rows and columns are counted with their heads, so that the arrow keys reach them too:
 * row 0 has the days, column 0 the periods.
 */
export class WeekGrid extends Component {
    static template = "timetable_nep.WeekGrid";
    static components = { Dropdown, DropdownItem };
    static props = {
        shapes: Array,
        value: Object,
        layers: Array, // [{key, label, icon, color}]
        label: String,
        single: { type: Boolean, optional: true },
        readonly: { type: Boolean, optional: true },
        onChange: Function,
    };

    setup() {
        this.table = useRef("table");
        this.state = useState({
            shapeId: false,
            brush: this.props.layers[0].key,
            stroke: null, // {from: slot, to: slot, level}
            focus: { row: 1, col: 1 },
        });
        this.wantsFocus = false;
        useEffect(() => {
            if (this.wantsFocus) {
                this.wantsFocus = false;
                this.table.el
                    ?.querySelector(
                        `[data-row="${this.state.focus.row}"][data-col="${this.state.focus.col}"]`
                    )
                    ?.focus();
            }
        });
        this.onMove = this.onMove.bind(this);
        this.onUp = this.onUp.bind(this);
        this.onCancel = this.onCancel.bind(this);
        onWillUnmount(() => this.letGo());
    }

    // ---- The week
    get shape() {
        const { shapes, value } = this.props;
        return (
            shapes.find((shape) => shape.id === this.state.shapeId) ||
            shapes.find((shape) => shape.slots.some((slot) => value[slot.id])) ||
            shapes[0]
        );
    }

    chooseShape(ev) {
        this.state.shapeId = Number(ev.target.value);
        this.state.focus = { row: 1, col: 1 };
    }

    shapeName(shape) {
        const marked = shape.slots.filter((slot) => this.props.value[slot.id]).length;
        return marked ? `${shape.name} (${marked})` : shape.name;
    }

    slotAt(row, col) {
        const day = this.shape.days[col - 1];
        const period = this.shape.periods[row - 1];
        return (
            day &&
            period &&
            this.shape.slots.find(
                (slot) => slot.day === day.day && slot.period === period.period
            )
        );
    }

    slotsOfDay(day) {
        return this.shape.slots.filter((slot) => slot.day === day.day);
    }

    slotsOfPeriod(period) {
        return this.shape.slots.filter((slot) => slot.period === period.period);
    }

    /** The hours a period has; its number where the grid has no clock. */
    periodName(period) {
        return period.from || _t("Period %s", period.period);
    }

    // ---- Marks
    /** Key of the layer of a timeslot, as it is or as the stroke would leave it. */
    level(slot) {
        const { stroke } = this.state;
        if (stroke && this.inStroke(slot)) {
            return stroke.level;
        }
        if (stroke && this.props.single && stroke.level) {
            return "";
        }
        return this.props.value[slot.id] || "";
    }

    layer(slot) {
        const level = this.level(slot);
        return this.props.layers.find((layer) => layer.key === level);
    }

    spoken(slot) {
        return `${slot.name}: ${this.layer(slot)?.label || _t("no mark")}`;
    }

    get summary() {
        const all = this.shape.slots.length;
        const marks = this.props.layers
            .map((layer) => ({
                layer,
                count: this.shape.slots.filter((slot) => this.level(slot) === layer.key)
                    .length,
            }))
            .filter((mark) => mark.count)
            .map((mark) => `${mark.layer.label}: ${mark.count}`);
        if (this.props.single) {
            const chosen = this.shape.slots.find((slot) => this.level(slot));
            return chosen ? chosen.name : _t("No time chosen");
        }
        return marks.length
            ? _t("%(marks)s of %(all)s periods", { marks: marks.join(", "), all })
            : _t("No period marked");
    }

    get hasMarks() {
        return this.shape.slots.some((slot) => this.props.value[slot.id]);
    }

    /** What is said of a key or a click: the same mark again takes it away. */
    toggled(slots) {
        const all = slots.every((slot) => this.props.value[slot.id] === this.state.brush);
        return all ? "" : this.state.brush;
    }

    paint(slots, level) {
        if (this.props.readonly) {
            return;
        }
        const changes = {};
        if (this.props.single && level) {
            for (const id of Object.keys(this.props.value)) {
                changes[id] = "";
            }
        }
        for (const slot of slots) {
            if ((this.props.value[slot.id] || "") !== level) {
                changes[slot.id] = level;
            } else {
                delete changes[slot.id];
            }
        }
        if (Object.keys(changes).length) {
            this.props.onChange(changes);
        }
    }

    paintDay(day) {
        const slots = this.slotsOfDay(day);
        if (!this.props.single) {
            this.paint(slots, this.toggled(slots));
        }
    }

    paintPeriod(period) {
        const slots = this.slotsOfPeriod(period);
        if (!this.props.single) {
            this.paint(slots, this.toggled(slots));
        }
    }

    clear() {
        this.paint(this.shape.slots, "");
    }

    /** The marks of one day on all others, period by period. */
    copyDay(day) {
        const changes = {};
        for (const slot of this.shape.slots) {
            const source = this.shape.slots.find(
                (one) => one.day === day.day && one.period === slot.period
            );
            const level = (source && this.props.value[source.id]) || "";
            if (source && (this.props.value[slot.id] || "") !== level) {
                changes[slot.id] = level;
            }
        }
        if (Object.keys(changes).length) {
            this.props.onChange(changes);
        }
    }

    // ---- Mouse and finger: a rectangle from where it began
    slotOf(element) {
        const cell = element?.closest?.("td[data-slot]");
        return cell && this.table.el.contains(cell)
            ? this.shape.slots.find((slot) => slot.id === Number(cell.dataset.slot))
            : undefined;
    }

    inStroke(slot) {
        const { from, to } = this.state.stroke;
        const between = (value, one, other) =>
            value >= Math.min(one, other) && value <= Math.max(one, other);
        return (
            between(slot.day, from.day, to.day) &&
            between(slot.period, from.period, to.period)
        );
    }

    onDown(ev) {
        const slot = this.slotOf(ev.target);
        if (!slot || this.props.readonly || ev.button) {
            return;
        }
        // A finger would keep its events with the cell that it touched first.
        ev.target.releasePointerCapture?.(ev.pointerId);
        this.state.focus = this.placeOf(slot);
        this.state.stroke = { from: slot, to: slot, level: this.toggled([slot]) };
        window.addEventListener("pointermove", this.onMove);
        window.addEventListener("pointerup", this.onUp);
        window.addEventListener("pointercancel", this.onCancel);
    }

    onMove(ev) {
        const slot = this.slotOf(document.elementFromPoint(ev.clientX, ev.clientY));
        if (slot && this.state.stroke) {
            this.state.stroke.to = slot;
            if (this.props.single) {
                this.state.stroke.from = slot;
            }
        }
    }

    onUp() {
        const { stroke } = this.state;
        const slots = this.shape.slots.filter((slot) => this.inStroke(slot));
        this.letGo();
        this.paint(slots, stroke.level);
    }

    onCancel() {
        this.letGo();
    }

    letGo() {
        this.state.stroke = null;
        window.removeEventListener("pointermove", this.onMove);
        window.removeEventListener("pointerup", this.onUp);
        window.removeEventListener("pointercancel", this.onCancel);
    }

    // ---- Keyboard
    placeOf(slot) {
        return {
            row: this.shape.periods.findIndex((one) => one.period === slot.period) + 1,
            col: this.shape.days.findIndex((one) => one.day === slot.day) + 1,
        };
    }

    tabindex(row, col) {
        const { focus } = this.state;
        return focus.row === row && focus.col === col ? 0 : -1;
    }

    onFocus(row, col) {
        this.state.focus = { row, col };
    }

    exists(row, col) {
        const inside = row <= this.shape.periods.length && col <= this.shape.days.length;
        if (!inside || row < 0 || col < 0 || (!row && !col)) {
            return false;
        }
        // Heads are buttons only where they paint.
        return row && col ? Boolean(this.slotAt(row, col)) : !this.isPlain;
    }

    get isPlain() {
        return Boolean(this.props.single || this.props.readonly);
    }

    go(row, col) {
        this.state.focus = { row, col };
        this.wantsFocus = true;
    }

    onKeydown(ev) {
        const { row, col } = this.state.focus;
        const slot = row && col ? this.slotAt(row, col) : undefined;
        if (STEPS[ev.key]) {
            let [down, right] = STEPS[ev.key];
            right = localization.direction === "rtl" ? -right : right;
            let [nextRow, nextCol] = [row + down, col + right];
            while (
                nextRow >= 0 &&
                nextCol >= 0 &&
                nextRow <= this.shape.periods.length &&
                nextCol <= this.shape.days.length &&
                !this.exists(nextRow, nextCol)
            ) {
                nextRow += down;
                nextCol += right;
            }
            if (this.exists(nextRow, nextCol)) {
                this.go(nextRow, nextCol);
                const next = nextRow && nextCol && this.slotAt(nextRow, nextCol);
                if (ev.shiftKey && slot && next && !this.props.single) {
                    this.paint([next], this.props.value[slot.id] || "");
                }
            }
        } else if (ev.key === "Home" || ev.key === "End") {
            const cols = this.shape.days
                .map((day, index) => index + 1)
                .filter((one) => this.exists(row, one));
            this.go(row, ev.key === "Home" ? cols[0] : cols.at(-1));
        } else if (slot && (ev.key === " " || ev.key === "Enter")) {
            this.paint([slot], this.toggled([slot]));
        } else if (slot && ERASE.includes(ev.key)) {
            this.paint([slot], "");
        } else if (slot && this.props.layers[Number(ev.key) - 1]) {
            this.state.brush = this.props.layers[Number(ev.key) - 1].key;
            this.paint([slot], this.state.brush);
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }
}
