import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { DashboardChart } from "./dashboard_chart";

/** Key figures of a term on one page; each leads to the view with the details. */
export class TimetableDashboard extends Component {
    static template = "timetable_nep.Dashboard";
    static components = { DashboardChart, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ terms: [], data: null, loading: true });
        this.display = { controlPanel: {} };
        onWillStart(async () => {
            this.state.terms = await this.orm.call("timetable.term", "dashboard_terms", []);
            const wanted = this.props.action.params?.term_id;
            const term = this.state.terms.find((row) => row.id === wanted) || this.state.terms[0];
            await this.load(term?.id);
        });
    }

    async load(termId) {
        this.state.loading = true;
        try {
            this.state.data = termId
                ? await this.orm.call("timetable.term", "dashboard_data", [[termId]])
                : null;
        } finally {
            this.state.loading = false;
        }
    }

    onTerm(ev) {
        return this.load(Number(ev.target.value));
    }

    /** Colour of a cell of the heat map: the more in use, the stronger. At its
     *  strongest the figure in it still has a contrast of 4.5:1. */
    heat(value) {
        if (value === undefined || value === null) {
            return "";
        }
        const strength = Math.round(Math.min(100, value) * 0.8);
        return `background: color-mix(in srgb, var(--tt-heat) ${strength}%, transparent);`;
    }

    names(rows) {
        return rows.map((row) => row.name);
    }

    values(rows, label, key = "value") {
        return [{ label, values: rows.map((row) => row[key]) }];
    }

    get studentSets() {
        const rows = this.state.data.students.by_programme;
        return [
            { label: _t("Idle periods a week"), values: rows.map((row) => row.gaps) },
            { label: _t("Free days"), values: rows.map((row) => row.free_days) },
        ];
    }

    get runNames() {
        return this.state.data.runs.rows.map((row) => `#${row.id}`);
    }

    open(name) {
        this.action.doAction(`timetable_nep.timetable_${name}_action`, {
            additionalContext: { search_default_term_id: this.state.data.term.id },
        });
    }

    /** Which electives go together: the report asks for a basket or a category. */
    openPairs() {
        this.action.doAction("timetable_nep.timetable_choice_report_action", {
            additionalContext: { default_term_id: this.state.data.term.id },
        });
    }

    label(key) {
        return {
            use: _t("In use, %"),
            periods: _t("Periods a week"),
            people: _t("People"),
            minutes: _t("Minutes"),
        }[key];
    }
}

registry.category("actions").add("timetable_nep.dashboard", TimetableDashboard);
