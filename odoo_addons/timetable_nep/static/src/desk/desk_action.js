import { Component, onWillStart, useState } from "@odoo/owl";
import { router } from "@web/core/browser/router";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** Classes of today and tomorrow whose teacher is away, each with who could take it. */
export class DeskAction extends Component {
    static template = "timetable_nep.DeskAction";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.state = useState({ status: "loading", data: null, busy: false, said: "" });
        onWillStart(() => {
            const params = { ...router.current, ...this.props.action.params };
            // Not awaited: the page shows its own loading state.
            this.load(params.day || false);
        });
    }

    get display() {
        return { controlPanel: {} };
    }

    async load(day = this.state.data?.day || false) {
        try {
            this.state.data = await this.orm.call("timetable.desk", "desk_data", [day]);
            this.state.status = "ready";
            this.props.updateActionState?.({ day: this.state.data.day });
        } catch (error) {
            this.state.status = "error";
            this.state.said = error.data?.message || error.message;
        }
    }

    onDay(ev) {
        if (ev.target.value) {
            this.load(ev.target.value);
        }
    }

    /** One step: done on the server, which checks and tells; then the page is read again. */
    async step(method, args, said) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            const answer = await this.orm.call("timetable.desk", method, args);
            if (answer?.type) {
                await this.action.doAction(answer, { onClose: () => this.load() });
            } else {
                this.state.said = said;
                this.notification.add(said, { type: "success" });
            }
            await this.load();
        } finally {
            this.state.busy = false;
        }
    }

    substitute(gap, person) {
        return this.step(
            "desk_substitute",
            [gap.id, person.id],
            _t("%(person)s takes %(class)s. Those concerned are told.", {
                person: person.name,
                class: gap.code,
            })
        );
    }

    cancel(gap) {
        return this.step(
            "desk_cancel",
            [gap.id],
            _t("%s is cancelled. Those concerned are told.", gap.code)
        );
    }

    undo(row) {
        return this.step("desk_undo", [row.id], _t("%s: undone.", row.code));
    }

    openForm(row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "timetable.meeting",
            res_id: row.id,
            views: [[false, "form"]],
        });
    }

    openAbsences() {
        return this.action.doAction("timetable_nep.timetable_absence_action");
    }
}

registry.category("actions").add("timetable_nep.desk", DeskAction);
