import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { barHue, stageSentence, stageStates, STAGES } from "./run_stages";

/** The bar of one run, with a tick where each stage ends and, if wanted, their names. */
export class RunProgressBar extends Component {
    static template = "timetable_nep.RunProgressBar";
    static props = {
        run: Object,
        showStages: { type: Boolean, optional: true },
    };

    get ticks() {
        return STAGES.slice(0, -1).map((stage) => stage.to);
    }

    get stages() {
        return stageStates(this.props.run);
    }

    get percent() {
        const { run } = this.props;
        return Math.round((run.shown ?? run.overall_progress ?? 0) * 100) / 100;
    }

    get style() {
        return `--tt-progress: ${this.percent}%; --tt-hue: ${barHue(this.percent)};`;
    }

    get label() {
        return _t("Progress of %s", this.props.run.name).toString();
    }

    get valueText() {
        const { run } = this.props;
        return `${Math.floor(this.percent)} %, ${stageSentence(run)}`;
    }

    stageTitle(stage) {
        const words = {
            done: _t("%s: done", stage.label),
            current: _t("%s: now", stage.label),
            todo: _t("%s: to come", stage.label),
        };
        return words[stage.status].toString();
    }
}
