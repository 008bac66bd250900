import { reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { session } from "@web/session";
import { isActive, isFinal, shortfallSentence } from "./run_stages";

export const BUS_TYPE = "timetable_nep.run";
export const DISMISSED_KEY = "timetable_nep.dismissed_runs";
export const PANEL_KEY = "timetable_nep.panel_open";
/** Without a message for so long, a running job is asked for. */
export const SILENCE_MS = 10000;
export const POLL_MS = 4000;
/** A paused or queued job changes seldom. */
export const POLL_IDLE_MS = 20000;
const TICK_MS = 1000;

function readJson(key, fallback) {
    const text = browser.localStorage.getItem(key);
    if (!text) {
        return fallback;
    }
    try {
        return JSON.parse(text);
    } catch (error) {
        console.warn(`Ignoring the unreadable browser setting ${key}`, error);
        return fallback;
    }
}

/**
 * What the browser knows of the timetable jobs: fed by the bus, by the server's answer
 * at the start and after a reconnection, and by polling when the bus is silent.
 */
export class RunProgress {
    constructor(env, { action, bus_service: bus, notification, orm }) {
        this.env = env;
        this.action = action;
        this.bus = bus;
        this.notification = notification;
        this.orm = orm;
        /** Set by ``reactive`` below; components subscribe to it by ``useState``. */
        this.enabled = false;
        /** Whether cancel, pause, resume and retry are offered at all. */
        this.mayAct = false;
        this.loaded = false;
        this.runs = {};
        /** "live": by the bus; "asking": by polling; "offline": neither answers. */
        this.connection = "live";
        this.down = false;
        this.panelOpen = false;
        this.now = Date.now();
        this.dismissed = {};
        this.busy = {};
    }

    /** Begin, for those who may see jobs; others never cause a request of ours. */
    async start() {
        const rights = session.timetable_nep;
        if (!rights?.follow) {
            return;
        }
        this.mayAct = rights.act;
        this.enabled = true;
        this.dismissed = readJson(DISMISSED_KEY, {});
        this.panelOpen = Boolean(readJson(PANEL_KEY, false));
        this.lastMessageAt = Date.now();
        this.lastPollAt = Date.now();
        this.bus.subscribe(BUS_TYPE, (payload) => this.onMessage(payload));
        this.bus.addEventListener("BUS:DISCONNECT", () => this.onDisconnect());
        this.bus.addEventListener("BUS:RECONNECTING", () => this.onDisconnect());
        this.bus.addEventListener("BUS:RECONNECT", () => this.onReconnect());
        this.bus.addEventListener("BUS:CONNECT", () => this.onReconnect());
        this.bus.start();
        await this.load();
        this.timer = browser.setInterval(() => this.tick(), TICK_MS);
    }

    // ------------------------------------------------------------------ reading

    get list() {
        const weight = (run) => (isActive(run) ? 0 : 1);
        return Object.values(this.runs)
            .filter((run) => !this.isDismissed(run))
            .sort((a, b) => weight(a) - weight(b) || b.id - a.id);
    }

    get active() {
        return this.list.filter(isActive);
    }

    /** Mean of the active jobs, for the ring in the navigation bar. */
    get overall() {
        const runs = this.active;
        if (!runs.length) {
            return 0;
        }
        return runs.reduce((sum, run) => sum + run.shown, 0) / runs.length;
    }

    get(id) {
        return this.runs[id];
    }

    isDismissed(run) {
        return isFinal(run) && this.dismissed[run.id] === run.state;
    }

    /** Seconds left, counted down between two reports. */
    eta(run) {
        if (run.state !== "running" || typeof run.eta_seconds !== "number") {
            return null;
        }
        return Math.max(0, run.eta_seconds - (this.now - run.receivedAt) / 1000);
    }

    // ------------------------------------------------------------------ feeding

    /**
     * @param {boolean} [refresh] have the server ask the solver first, since no
     *  message came for a while
     */
    async load(refresh = false) {
        this.lastPollAt = Date.now();
        let runs;
        try {
            runs = await this.orm.silent.call("timetable.run", "panel_data", [], { refresh });
        } catch (error) {
            // The light tells the user; the next tick tries again.
            this.connection = "offline";
            console.warn("Timetable jobs could not be read", error);
            return;
        }
        if (this.connection === "offline") {
            this.connection = "asking";
        }
        const seen = new Set();
        for (const run of runs) {
            seen.add(run.id);
            this.merge(run);
        }
        for (const id of Object.keys(this.runs)) {
            if (!seen.has(Number(id))) {
                delete this.runs[id];
            }
        }
        this.forgetDismissed(seen);
        this.loaded = true;
    }

    onMessage(payload) {
        this.lastMessageAt = Date.now();
        this.connection = "live";
        this.merge(payload);
    }

    onDisconnect() {
        this.down = true;
        this.connection = "asking";
        this.lastMessageAt = 0;
    }

    /** What was said while the line was down is asked for. */
    async onReconnect() {
        if (!this.down) {
            return;
        }
        this.down = false;
        this.lastMessageAt = Date.now();
        await this.load();
        if (this.connection !== "offline") {
            this.connection = "live";
        }
    }

    /** Keep the newer of two reports on a run; the bar never moves back. */
    merge({ says = {}, ...told }) {
        // A message of the bus is for readers of every language.
        const run = { ...told, ...says[user.context.lang] };
        const old = this.runs[run.id];
        if (old && run.version < old.version) {
            return;
        }
        const restarted =
            old && (isFinal(old) || (run.attempt ?? 1) > (old.attempt ?? 1)) && isActive(run);
        const floor = old && !restarted ? old.shown : 0;
        const shown =
            run.state === "completed" ? 100 : Math.max(floor, run.overall_progress || 0);
        this.runs[run.id] = { ...run, shown, receivedAt: Date.now() };
        if (run.term && !old && isActive(run) && run.user_id === user.userId && this.loaded) {
            this.setPanelOpen(true);
        }
        if (old && isActive(old) && isFinal(run)) {
            this.announce(run);
        }
    }

    tick() {
        this.now = Date.now();
        const active = this.active;
        if (!active.length && this.connection === "live") {
            return;
        }
        const silentFor = this.now - (this.lastMessageAt || 0);
        const pollEvery =
            browser.document?.hidden ||
            active.every((run) => ["paused", "queued"].includes(run.state))
                ? POLL_IDLE_MS
                : POLL_MS;
        if (silentFor > SILENCE_MS && this.now - this.lastPollAt >= pollEvery) {
            if (this.connection === "live" && active.some((run) => run.state === "running")) {
                this.connection = "asking";
            }
            return this.load(true);
        }
    }

    // ------------------------------------------------------------------ telling

    announce(run) {
        const messages = {
            completed: {
                type: "success",
                title: _t("Timetables are ready"),
                text: _t("%(name)s: %(placed)s of %(total)s events placed.", run),
            },
            cancelled: {
                type: "warning",
                title: _t("Generation cancelled"),
                text: run.variant_count
                    ? _t("%s: the best timetables so far are kept.", run.name)
                    : _t("%s was stopped before it had a timetable.", run.name),
            },
            failed: {
                type: "danger",
                title: _t("Generation failed"),
                text: run.reason || _t("%s ended without a result.", run.name),
            },
        };
        const { type, title } = messages[run.state];
        const text = [messages[run.state].text, shortfallSentence(run)].filter(Boolean).join(" ");
        this.notification.add(text, {
            type,
            title,
            // What a person has to do something about waits for that person.
            sticky: run.state === "failed" || !!run.shortfall,
            buttons: [
                {
                    name: run.variant_count ? _t("View timetables") : _t("View job"),
                    primary: true,
                    onClick: () => this.view(run),
                },
            ],
        });
        this.notifyDesktop(run, title.toString(), text.toString());
    }

    get desktopPermission() {
        return browser.Notification ? browser.Notification.permission : "unsupported";
    }

    async askDesktopPermission() {
        await browser.Notification.requestPermission();
        this.now = Date.now();
    }

    notifyDesktop(run, title, body) {
        if (this.desktopPermission !== "granted") {
            return;
        }
        const notification = new browser.Notification(title, {
            body,
            icon: "/timetable_nep/static/description/icon.png",
            // Several tabs of one browser make one notification.
            tag: `timetable_nep.run.${run.id}`,
        });
        notification.addEventListener("click", () => {
            window.focus();
            notification.close();
            this.view(run);
        });
    }

    // ------------------------------------------------------------------ doing

    setPanelOpen(open) {
        this.panelOpen = open;
        browser.localStorage.setItem(PANEL_KEY, JSON.stringify(open));
    }

    dismiss(run) {
        this.dismissed[run.id] = run.state;
        this.saveDismissed();
    }

    forgetDismissed(known) {
        const stale = Object.keys(this.dismissed).filter((id) => !known.has(Number(id)));
        if (stale.length) {
            for (const id of stale) {
                delete this.dismissed[id];
            }
            this.saveDismissed();
        }
    }

    saveDismissed() {
        browser.localStorage.setItem(DISMISSED_KEY, JSON.stringify(this.dismissed));
    }

    /** Cancel, pause, resume or retry; errors show as Odoo's own dialog. */
    async act(run, verb) {
        if (this.busy[run.id]) {
            return;
        }
        this.busy[run.id] = verb;
        try {
            await this.orm.call("timetable.run", `action_${verb}`, [[run.id]]);
        } finally {
            delete this.busy[run.id];
            await this.load();
        }
    }

    async view(run) {
        if (run.variant_count) {
            const action = await this.orm.call("timetable.run", "action_open_variants", [
                [run.id],
            ]);
            return this.action.doAction(action);
        }
        return this.viewRun(run);
    }

    viewRun(run) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: run.name,
            res_model: "timetable.run",
            res_id: run.id,
            views: [[false, "form"]],
        });
    }
}

export const runProgressService = {
    dependencies: ["action", "bus_service", "notification", "orm"],
    start(env, services) {
        const progress = reactive(new RunProgress(env, services));
        progress.start();
        return progress;
    },
};

registry.category("services").add("timetable_nep.run_progress", runProgressService);
