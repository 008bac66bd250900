import { Component } from "@odoo/owl";

/** What one event is, and what can be done with it. */
export class EventPopover extends Component {
    static template = "timetable_nep.EventPopover";
    static props = {
        event: Object,
        when: String,
        category: String,
        canEdit: Boolean,
        onMove: Function,
        onPin: Function,
        onRemove: Function,
        close: Function,
    };

    get faculty() {
        return this.props.event.faculty.map((person) => person.name).join(", ");
    }

    run(callback) {
        this.props.close();
        callback();
    }
}
