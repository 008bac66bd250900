import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const WIDTH = 120;
const HEIGHT = 24;
const EDGE = 2;
/** Share of the height for the time in which rules are still broken. */
const UPPER = 0.5;

/**
 * Places of ``[seconds, rules broken, cost]`` in a box of ``WIDTH`` by ``HEIGHT``.
 *
 * A timetable is better with fewer rules broken, whatever it costs: as long as their
 * number falls, the line is in the upper half; cost counts below. So it never rises
 * when the timetable gets better.
 */
export function placePoints(trace) {
    const [, finalHard] = trace[trace.length - 1];
    const hards = trace.map((point) => point[1]);
    const settled = trace.filter((point) => point[1] === finalHard).map((point) => point[2]);
    const [low, high] = [Math.min(...settled), Math.max(...settled)];
    const most = Math.max(...hards);
    const split = most > finalHard ? UPPER : 1;
    const end = trace[trace.length - 1][0] || 1;
    return trace.map(([seconds, hard, soft]) => {
        const share =
            hard > finalHard
                ? split + ((1 - split) * (hard - finalHard)) / (most - finalHard)
                : split * (high > low ? (soft - low) / (high - low) : 0);
        return {
            x: EDGE + (WIDTH - 2 * EDGE) * Math.min(1, seconds / end),
            y: HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * Math.min(1, Math.max(0, share)),
        };
    });
}

/** How the best timetable came about: a line that falls as it gets better. */
export class SparklineField extends Component {
    static template = "timetable_nep.SparklineField";
    static props = { ...standardFieldProps };

    get trace() {
        return this.props.record.data[this.props.name] || [];
    }

    get box() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get points() {
        return placePoints(this.trace);
    }

    /** Steps: between two finds the best stays what it was. */
    get path() {
        return this.points
            .map(({ x, y }, place) =>
                place ? `H${x.toFixed(1)}V${y.toFixed(1)}` : `M${x.toFixed(1)} ${y.toFixed(1)}`
            )
            .join("");
    }

    get label() {
        const [, hard, soft] = this.trace[0];
        const [seconds, lastHard, lastSoft] = this.trace[this.trace.length - 1];
        const figures = {
            seconds: Math.round(seconds).toLocaleString(),
            hard: hard.toLocaleString(),
            lastHard: lastHard.toLocaleString(),
            soft: soft.toLocaleString(),
            lastSoft: lastSoft.toLocaleString(),
        };
        return _t(
            "The search, %(seconds)s s: rules broken from %(hard)s to %(lastHard)s, cost of wishes from %(soft)s to %(lastSoft)s",
            figures
        );
    }
}

registry.category("fields").add("timetable_sparkline", {
    component: SparklineField,
    displayName: _t("Search as a line"),
    supportedTypes: ["json"],
});
