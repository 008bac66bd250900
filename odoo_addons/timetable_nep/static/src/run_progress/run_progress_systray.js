import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { barHue } from "./run_stages";

/** Ring in the navigation bar: how far the jobs are, and the panel's switch. */
export class RunProgressSystray extends Component {
    static template = "timetable_nep.RunProgressSystray";
    static props = {};

    setup() {
        this.progress = useState(useService("timetable_nep.run_progress"));
    }

    get percent() {
        return Math.floor(this.progress.overall);
    }

    get count() {
        return this.progress.active.length;
    }

    get failed() {
        return this.progress.list.some((run) => run.state === "failed");
    }

    get ready() {
        return this.progress.list.some((run) => run.state === "completed");
    }

    get ringStyle() {
        return `--tt-progress: ${this.percent}%; --tt-hue: ${barHue(this.percent)};`;
    }

    get label() {
        if (this.count) {
            return _t("Timetable generation: %(count)s active, %(percent)s percent", {
                count: this.count,
                percent: this.percent,
            }).toString();
        }
        return _t("Timetable generation: nothing running").toString();
    }

    toggle() {
        const open = !this.progress.panelOpen;
        this.progress.focusPanel = open;
        this.progress.setPanelOpen(open);
    }
}

registry.category("systray").add(
    "timetable_nep.RunProgress",
    { Component: RunProgressSystray },
    { sequence: 40 }
);
