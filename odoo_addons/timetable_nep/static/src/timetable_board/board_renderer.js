import { Component, useRef } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useBoardDraggable } from "./board_draggable";
import { effectMark } from "./board_effects";
import { buildLayout } from "./board_layout";
import { EventCard } from "./event_card";

export const TRAY = "tray";

/** The week, its cards, and the tray of what is not placed. */
export class TimetableBoardRenderer extends Component {
    static template = "timetable_nep.BoardRenderer";
    static components = { EventCard };
    static props = {
        model: Object,
        shownDays: Array,
        hover: [Number, String, Boolean],
        onHover: Function,
        onOpenEvent: Function,
        onShortcut: Function,
        onPickUp: Function,
        onLetGo: Function,
        onDrop: Function,
        onLookAt: Function,
        onStuck: Function,
    };

    setup() {
        this.root = useRef("root");
        useBoardDraggable({
            ref: this.root,
            elements: ".o_tt_draggable",
            cells: ".o_tt_cell[data-timeslot-id], .o_tt_tray",
            enable: () => this.props.model.canEdit,
            cursor: "grabbing",
            onDragStart: ({ element }) => this.props.onPickUp(this.eventOf(element)),
            onElementEnter: ({ cell }) => this.props.onHover(this.targetOf(cell)),
            onElementLeave: () => this.props.onHover(false),
            onDrop: ({ element, cell }) =>
                this.props.onDrop(this.eventOf(element), this.targetOf(cell)),
            onDragEnd: () => this.props.onLetGo(),
        });
    }

    computeLayout() {
        const { model, shownDays } = this.props;
        return buildLayout(model.grid, model.shownEvents, shownDays);
    }

    gridStyle(layout) {
        const width = layout.lanes > 8 ? 5.25 : 6.75;
        return `--tt-lanes: ${layout.lanes}; --tt-lane-width: ${width}rem;`;
    }

    eventOf(element) {
        return this.props.model.find(Number(element.dataset.eventId));
    }

    targetOf(cell) {
        return cell.dataset.timeslotId ? Number(cell.dataset.timeslotId) : TRAY;
    }

    verdict(cell) {
        return this.props.model.cell(cell.slotId);
    }

    cellClass(cell) {
        const verdict = this.verdict(cell);
        return {
            o_tt_cell_none: !cell.slotId,
            o_tt_checking: this.props.model.picked && cell.slotId && !verdict,
            o_tt_ok: verdict?.ok,
            o_tt_no: verdict && !verdict.ok,
            o_tt_hover: cell.slotId && this.props.hover === cell.slotId,
            [`o_tt_hours_${this.hours(cell)}`]: this.hours(cell),
        };
    }

    /** What the owner of the week said of the hour, where it is any. */
    hours(cell) {
        return (cell.slotId && this.props.model.hours[cell.slotId]) || "";
    }

    /** Of a possible place: the sign and the mark of what it means for people. */
    mark(cell) {
        return effectMark(this.verdict(cell)?.effect);
    }

    cellTitle(cell) {
        if (!cell.slotId) {
            return _t("No teaching");
        }
        const name = `${cell.dayName} ${cell.from || cell.period}`;
        const said = {
            closed: _t("%s: not available", name),
            avoid: _t("%s: rather not", name),
            prefer: _t("%s: preferred", name),
        };
        return said[this.hours(cell)] || name;
    }

    isSwapping(event) {
        return this.props.model.swapping?.id === event.id;
    }

    isPicked(event) {
        return this.props.model.picked?.event.id === event.id;
    }
}
