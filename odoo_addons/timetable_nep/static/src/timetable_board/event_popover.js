import { Component, useState } from "@odoo/owl";
import { SuggestedPlace } from "./suggested_place";

/** What one event is, and what can be done with it. */
export class EventPopover extends Component {
    static template = "timetable_nep.EventPopover";
    static components = { SuggestedPlace };
    static props = {
        event: Object,
        when: String,
        category: String,
        canEdit: Boolean,
        onMove: Function,
        onSwap: Function,
        onTake: Function,
        suggest: Function,
        onPin: Function,
        onRemove: Function,
        close: Function,
    };

    setup() {
        this.state = useState({ loading: false, answer: null });
    }

    /** The best free places, asked for only when somebody wants them. */
    async suggest() {
        this.state.loading = true;
        try {
            this.state.answer = await this.props.suggest();
        } finally {
            this.state.loading = false;
        }
    }

    get faculty() {
        return this.props.event.faculty.map((person) => person.name).join(", ");
    }

    run(callback) {
        this.props.close();
        callback();
    }
}
