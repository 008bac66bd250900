import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** Steps from an empty database to a published timetable; they tick themselves. */
export class TimetableSetup extends Component {
    static template = "timetable_nep.Setup";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ steps: [], is_empty: false, can_load: false, loading: false });
        onWillStart(async () => {
            Object.assign(this.state, await this.orm.call("timetable.setup", "setup_data", []));
        });
    }

    get done() {
        return this.state.steps.filter((step) => step.done).length;
    }

    /** The first step that is open and that the reader may do. */
    get next() {
        return this.state.steps.find((step) => !step.done && step.mine);
    }

    open(step) {
        return this.action.doAction(step.action);
    }

    importUniversity() {
        return this.action.doAction("timetable_nep.timetable_import_wizard_action");
    }

    async load() {
        this.state.loading = true;
        try {
            const action = await this.orm.call("timetable.setup", "load_demonstration", []);
            await this.action.doAction(action);
        } finally {
            this.state.loading = false;
        }
    }
}

registry.category("actions").add("timetable_nep.setup", TimetableSetup);
