import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Stops of a slider: even steps for the eye, from a whisper to a shout. */
export const STOPS = [
    0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 500, 750, 1000,
];
const MAX_WEIGHT = 1000000;

/** Index of the stop nearest to a weight, which may lie between two of them. */
export function nearestStop(weight) {
    let best = 0;
    STOPS.forEach((stop, index) => {
        if (Math.abs(stop - weight) < Math.abs(STOPS[best] - weight)) {
            best = index;
        }
    });
    return best;
}

/**
 * Weights of all wishes on sliders. The field holds only what differs from the aim, so
 * that an empty one is the aim itself; `wishes` tells the labels and the aim's weights.
 */
export class WeightSliders extends Component {
    static template = "timetable_nep.WeightSliders";
    static props = { ...standardFieldProps };

    setup() {
        this.lastStop = STOPS.length - 1;
        this.maxWeight = MAX_WEIGHT;
    }

    get own() {
        return this.props.record.data[this.props.name] || {};
    }

    get isChanged() {
        return Object.keys(this.own).length > 0;
    }

    get groups() {
        const groups = [];
        for (const wish of this.props.record.data.wishes || []) {
            if (groups.at(-1)?.name !== wish.group) {
                groups.push({ name: wish.group, rows: [] });
            }
            groups.at(-1).rows.push(this.row(wish));
        }
        return groups;
    }

    row(wish) {
        const value = this.own[wish.name] ?? wish.weight;
        return {
            ...wish,
            value,
            stop: nearestStop(value),
            isOwn: value !== wish.weight,
            id: `o_tt_weight_${wish.name}`,
            reset: _t("Back to the aim's weight, %s", wish.weight),
            spoken: value
                ? _t("%(value)s, the aim gives %(aim)s", { value, aim: wish.weight })
                : _t("off, the aim gives %(aim)s", { aim: wish.weight }),
        };
    }

    setWeight(wish, weight) {
        if (!Number.isFinite(weight)) {
            return;
        }
        const whole = Math.min(MAX_WEIGHT, Math.max(0, Math.round(weight)));
        const own = { ...this.own };
        delete own[wish.name];
        if (whole !== wish.weight) {
            own[wish.name] = whole;
        }
        return this.props.record.update({ [this.props.name]: own });
    }

    onSlide(wish, ev) {
        return this.setWeight(wish, STOPS[Number(ev.target.value)]);
    }

    async onType(wish, ev) {
        const text = ev.target.value.trim();
        await this.setWeight(wish, text ? Number(text) : wish.weight);
        // What was typed may be what was there, once brought into the range.
        ev.target.value = this.own[wish.name] ?? wish.weight;
    }

    resetAll() {
        return this.props.record.update({ [this.props.name]: {} });
    }
}

registry.category("fields").add("timetable_weight_sliders", {
    component: WeightSliders,
    displayName: _t("Weights of wishes"),
    supportedTypes: ["json"],
    fieldDependencies: [{ name: "wishes", type: "json" }],
});
