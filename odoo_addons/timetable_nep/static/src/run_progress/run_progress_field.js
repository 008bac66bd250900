import { Component, useEffect, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { RunProgressBar } from "./run_progress_bar";
import { formatEta, isActive, shortfallSentence, stageSentence } from "./run_stages";

const READ_EVERY_MS = 3000;

/** The live bar on the run's own form: `<field name="overall_progress" widget="…"/>`. */
export class RunProgressField extends Component {
    static template = "timetable_nep.RunProgressField";
    static components = { RunProgressBar };
    static props = { ...standardFieldProps };

    setup() {
        this.progress = useState(useService("timetable_nep.run_progress"));
        this.known = this.live && { state: this.live.state, version: this.live.version };
        this.readAt = Date.now();
        useEffect(
            () => this.follow(),
            () => [this.live?.version]
        );
    }

    /**
     * The other fields of the form follow: at once with a new state, which brings
     * other buttons and variants, and otherwise now and then.
     */
    follow() {
        const { live, known } = this;
        if (!live || this.props.record.dirty) {
            return;
        }
        this.known = { state: live.state, version: live.version };
        const changed = known && known.state !== live.state;
        const newer = !known || known.version !== live.version;
        if (changed || (newer && Date.now() - this.readAt > READ_EVERY_MS)) {
            this.readAt = Date.now();
            this.props.record.load();
        }
    }

    get live() {
        return this.progress.get(this.props.record.resId);
    }

    get run() {
        if (this.live) {
            return this.live;
        }
        const { data } = this.props.record;
        return {
            name: data.display_name || data.name || "",
            state: data.state,
            stage: data.stage,
            placed: data.placed || 0,
            total: data.total || 0,
            shortfall: data.shortfall,
            overall_progress: data[this.props.name] || 0,
        };
    }

    get percent() {
        return Math.floor(this.run.shown ?? this.run.overall_progress);
    }

    get headline() {
        return stageSentence(this.run);
    }

    get eta() {
        return this.live && isActive(this.live) ? formatEta(this.progress.eta(this.live)) : "";
    }

    get shortfall() {
        return shortfallSentence(this.run);
    }

    get placed() {
        const { placed, total } = this.run;
        return total ? _t("%(placed)s of %(total)s events placed", { placed, total }) : "";
    }
}

export const runProgressField = {
    component: RunProgressField,
    displayName: _t("Timetable progress"),
    supportedTypes: ["float", "integer"],
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "stage", type: "selection" },
        { name: "placed", type: "integer" },
        { name: "total", type: "integer" },
        { name: "shortfall", type: "json" },
    ],
    extractProps: () => ({}),
};

registry.category("fields").add("timetable_run_progress", runProgressField);
