import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { CATEGORY_MARKS } from "./board_categories";

/** From how many pixels on a press is a drag. */
const DRAG_FROM = 8;

/** One event on the grid or in the tray. */
export class EventCard extends Component {
    static template = "timetable_nep.EventCard";
    static props = {
        event: Object,
        viewBy: String,
        draggable: Boolean,
        picked: { type: Boolean, optional: true },
        compact: { type: Boolean, optional: true },
        style: { type: String, optional: true },
        onOpen: Function,
        onShortcut: Function,
        onLookAt: Function,
        onStuck: Function,
        swapping: { type: Boolean, optional: true },
        dimmed: { type: Boolean, optional: true },
    };

    get mark() {
        return CATEGORY_MARKS[this.props.event.category] || "";
    }

    get faculty() {
        return this.props.event.faculty.map((person) => person.name).join(", ");
    }

    get lines() {
        const { event, viewBy } = this.props;
        const lines = [];
        if (viewBy !== "room" && event.room) {
            lines.push({
                key: "room",
                icon: "fa-map-marker",
                text: event.room_code || event.room,
                title: event.room,
            });
        }
        if (viewBy !== "faculty" && event.faculty.length) {
            lines.push({ key: "faculty", icon: "fa-user", text: this.faculty });
        }
        if (event.weeks) {
            lines.push({ key: "weeks", icon: "fa-calendar-o", text: event.weeks.name });
        }
        return lines;
    }

    get broken() {
        return this.props.event.broken || [];
    }

    get label() {
        const { event } = this.props;
        return [
            event.class_name,
            event.course,
            this.faculty,
            event.room,
            event.weeks ? event.weeks.name : "",
            event.duration > 1 ? _t("%s periods", event.duration) : "",
            event.pinned ? _t("pinned: key P unpins it") : "",
            this.broken.length ? _t("breaks a rule: %s", this.broken.join(" ")) : "",
        ]
            .filter(Boolean)
            .join(", ");
    }

    /** Cards that are pinned cannot be dragged; whoever tries is told. */
    onPointerDown(ev) {
        if (!this.props.event.pinned || !this.props.draggable) {
            return;
        }
        const from = [ev.clientX, ev.clientY];
        const onMove = (move) => {
            if (Math.hypot(move.clientX - from[0], move.clientY - from[1]) > DRAG_FROM) {
                stop();
                this.props.onStuck(this.props.event);
            }
        };
        const stop = () => {
            document.removeEventListener("pointermove", onMove);
            document.removeEventListener("pointerup", stop);
        };
        document.addEventListener("pointermove", onMove);
        document.addEventListener("pointerup", stop);
    }

    onKeydown(ev) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.preventDefault();
            this.props.onOpen(this.props.event, ev.currentTarget);
        } else if (!ev.ctrlKey && !ev.metaKey && !ev.altKey && /^[mps]$/i.test(ev.key)) {
            ev.preventDefault();
            this.props.onShortcut(this.props.event, ev.key.toLowerCase());
        }
    }
}
