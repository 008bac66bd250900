import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { RunProgressBar } from "./run_progress_bar";
import { formatEta, isActive, isFinal, shortfallSentence, stageSentence } from "./run_stages";

/** The floating panel: every job of the last day, on every page of the backend. */
export class RunProgressPanel extends Component {
    static template = "timetable_nep.RunProgressPanel";
    static components = { RunProgressBar };
    static props = {};

    setup() {
        this.progress = useState(useService("timetable_nep.run_progress"));
        this.dialog = useService("dialog");
        this.action = useService("action");
        this.root = useRef("root");
        useEffect(
            (open, asked) => {
                if (open && asked) {
                    this.root.el?.focus();
                    this.progress.focusPanel = false;
                }
            },
            () => [this.progress.panelOpen, this.progress.focusPanel]
        );
    }

    get runs() {
        return this.progress.list;
    }

    get connection() {
        const kinds = {
            live: { icon: "fa-circle", text: _t("Live") },
            asking: { icon: "fa-refresh", text: _t("Asking the server") },
            offline: { icon: "fa-exclamation-triangle", text: _t("No connection") },
        };
        return { key: this.progress.connection, ...kinds[this.progress.connection] };
    }

    /** Read out by screen readers: changes with stage and state, not with each percent. */
    get announcement() {
        return this.runs
            .map((run) => `${run.name}: ${stageSentence(run)}`)
            .join(". ");
    }

    get canAskDesktop() {
        return this.progress.desktopPermission === "default";
    }

    isActive(run) {
        return isActive(run);
    }

    isFinal(run) {
        return isFinal(run);
    }

    headline(run) {
        return stageSentence(run);
    }

    shortfall(run) {
        return shortfallSentence(run);
    }

    icon(run) {
        return {
            draft: "fa-hourglass-start",
            queued: "fa-hourglass-half",
            running: "fa-cogs",
            paused: "fa-pause-circle",
            cancelling: "fa-stop-circle",
            cancelled: "fa-ban",
            completed: "fa-check-circle",
            failed: "fa-times-circle",
        }[run.state];
    }

    percent(run) {
        return Math.floor(run.shown);
    }

    eta(run) {
        return formatEta(this.progress.eta(run));
    }

    placed(run) {
        return run.total
            ? _t("%(placed)s of %(total)s events placed", {
                  placed: run.placed.toLocaleString(),
                  total: run.total.toLocaleString(),
              })
            : "";
    }

    /** What is said of hard rules: nothing while events still wait for their place. */
    rules(run) {
        if (run.placed < run.total || ["failed", "queued"].includes(run.state)) {
            return "";
        }
        return run.hard ? _t("%s rules broken", run.hard) : _t("no rule broken");
    }

    isBusy(run) {
        return Boolean(this.progress.busy[run.id]);
    }

    onKeydown(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.close();
        }
    }

    close() {
        this.progress.setPanelOpen(false);
        document.querySelector(".o_tt_systray > button")?.focus();
    }

    cancel(run) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Stop this generation?"),
            body: _t("The best timetables found so far are kept."),
            confirmLabel: _t("Stop it"),
            cancelLabel: _t("Keep running"),
            confirm: () => this.progress.act(run, "cancel"),
            cancel: () => {},
        });
    }

    generate() {
        return this.action.doAction("timetable_nep.timetable_generate_wizard_action");
    }
}

registry
    .category("main_components")
    .add("timetable_nep.RunProgressPanel", { Component: RunProgressPanel, props: {} });
