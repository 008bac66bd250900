import { _t } from "@web/core/l10n/translation";

/**
 * The five stages of a run, in order, with their shares of the bar: the same figures
 * as the service uses, so that a tick on the bar is where a stage ends.
 */
export const STAGES = [
    { key: "loading", from: 0, to: 5, label: _t("Loading data") },
    { key: "clustering", from: 5, to: 15, label: _t("Grouping courses") },
    { key: "cpsat_solving", from: 15, to: 75, label: _t("Placing events") },
    { key: "ga_optimization", from: 75, to: 90, label: _t("Improving variants") },
    { key: "rl_refinement", from: 90, to: 100, label: _t("Fine-tuning") },
];

export const ACTIVE_STATES = ["queued", "running", "paused", "cancelling"];
export const FINAL_STATES = ["completed", "failed", "cancelled"];

const STATE_LABELS = {
    draft: _t("Not sent yet"),
    queued: _t("Waiting for its turn"),
    running: _t("Running"),
    paused: _t("Paused"),
    cancelling: _t("Stopping, keeping the best so far"),
    cancelled: _t("Cancelled"),
    completed: _t("Done"),
    failed: _t("Failed"),
};

export function stateLabel(state) {
    return STATE_LABELS[state] || state || "";
}

export function stageIndex(run) {
    return STAGES.findIndex((stage) => stage.key === run.stage);
}

export function isActive(run) {
    return ACTIVE_STATES.includes(run.state);
}

export function isFinal(run) {
    return FINAL_STATES.includes(run.state);
}

/** How far each stage is: ``done``, ``current`` or ``todo``. */
export function stageStates(run) {
    const current = stageIndex(run);
    return STAGES.map((stage, index) => {
        let status = "todo";
        if (run.state === "completed" || index < current) {
            status = "done";
        } else if (index === current) {
            status = "current";
        }
        const share =
            status === "current" && run.state === "running"
                ? Math.floor(run.stage_progress || 0)
                : undefined;
        return { ...stage, index, status, share };
    });
}

/** One phrase on where the run stands, e.g. “Step 3 of 5: Placing events”. */
export function stageSentence(run) {
    const index = stageIndex(run);
    if (run.state === "running" && index >= 0) {
        return _t("Step %(step)s of %(steps)s: %(stage)s", {
            step: index + 1,
            steps: STAGES.length,
            stage: STAGES[index].label,
        });
    }
    return stateLabel(run.state).toString();
}

/** Why fewer timetables came back than were asked for, and what to do; or nothing. */
export function shortfallSentence(run) {
    const { asked, came, missing, stopped } = run.shortfall || {};
    if (!missing?.length) {
        return "";
    }
    const figures = { asked, came, names: missing.join(", ") };
    return stopped
        ? _t(
              "%(came)s of %(asked)s timetables came back: the run was stopped before %(names)s could be told apart from the others.",
              figures
          )
        : _t(
              "%(came)s of %(asked)s timetables came back: there was no time to make %(names)s differ from the others. Generate again with more time, or when the server has less to do.",
              figures
          );
}

/** Remaining time as people say it; rounded so that it does not flicker. */
export function formatEta(seconds) {
    if (seconds === null || seconds === undefined || seconds === false || seconds < 0) {
        return "";
    }
    if (seconds < 5) {
        return _t("a few seconds left");
    }
    if (seconds < 60) {
        return _t("about %s s left", Math.ceil(seconds / 5) * 5);
    }
    if (seconds < 90) {
        return _t("about a minute left");
    }
    if (seconds < 3600) {
        return _t("about %s min left", Math.round(seconds / 60));
    }
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.round((seconds % 3600) / 60);
    return _t("about %(hours)s h %(minutes)s min left", { hours, minutes });
}

/**
 * Colour of the bar: blue at the start, teal on the way, green at the end. The hues
 * keep 4.5:1 against white text and against the track.
 */
export function barHue(percent) {
    return Math.round(222 - 0.72 * Math.min(100, Math.max(0, percent)));
}
