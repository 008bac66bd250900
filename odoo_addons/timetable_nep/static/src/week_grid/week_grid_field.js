import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useSpecialData } from "@web/views/fields/relational_utils";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { WeekGrid } from "./week_grid";

/** Marks of a week, by the name that a view gives them. */
const LAYERS = {
    closed: () => [{ key: "closed", label: _t("closed"), icon: "fa-times", color: "danger" }],
    allowed: () => [
        { key: "allowed", label: _t("allowed"), icon: "fa-check", color: "success" },
    ],
    band: () => [{ key: "band", label: _t("in the band"), icon: "fa-check", color: "info" }],
    pin: () => [{ key: "pin", label: _t("pinned"), icon: "fa-thumb-tack", color: "info" }],
    shift: () => [
        { key: "shift", label: _t("in the shift"), icon: "fa-check", color: "success" },
    ],
    teaching: () => [
        { key: "cannot", label: _t("cannot"), icon: "fa-times", color: "danger" },
        { key: "avoid", label: _t("rather not"), icon: "fa-minus", color: "warning" },
        { key: "prefer", label: _t("prefers"), icon: "fa-star", color: "success" },
    ],
};

/**
 * Hours on a week. A many2many or many2one to timeslots has one mark, `options.mark`; a
 * JSON field `{timeslot id: key}` as many as its mark has layers. `options.grid` names the
 * field with the weekly grid; without it all grids are offered, one at a time.
 */
export class WeekGridField extends Component {
    static template = "timetable_nep.WeekGridField";
    static components = { WeekGrid };
    static props = {
        ...standardFieldProps,
        mark: { type: String, optional: true },
        gridField: { type: String, optional: true },
        label: { type: String, optional: true },
    };
    static defaultProps = { mark: "closed" };

    setup() {
        this.shapesData = useSpecialData(async (orm, props) => {
            const grid = props.gridField && props.record.data[props.gridField];
            if (props.gridField && !grid) {
                return { shapes: [] };
            }
            const ids = grid ? [grid.id] : false;
            return {
                shapes: await orm.call("timetable.grid", "week_shapes", [ids]),
            };
        });
        this.layers = LAYERS[this.props.mark]();
    }

    get shapes() {
        return this.shapesData.data.shapes || [];
    }

    get isWaiting() {
        const { gridField, record } = this.props;
        return Boolean(gridField && !record.data[gridField]);
    }

    get type() {
        return this.props.record.fields[this.props.name].type;
    }

    get isSingle() {
        return this.type === "many2one";
    }

    get label() {
        return this.props.label || this.props.record.fields[this.props.name].string;
    }

    get value() {
        const data = this.props.record.data[this.props.name];
        if (this.type === "json") {
            return data || {};
        }
        const ids = this.isSingle ? (data ? [data.id] : []) : data.currentIds;
        return Object.fromEntries(ids.map((id) => [id, this.layers[0].key]));
    }

    onChange(changes) {
        const { name, record } = this.props;
        const ids = Object.keys(changes).map(Number);
        if (this.type === "json") {
            const levels = { ...this.value, ...changes };
            for (const id of ids.filter((id) => !levels[id])) {
                delete levels[id];
            }
            return record.update({ [name]: levels });
        }
        const add = ids.filter((id) => changes[id]);
        if (this.isSingle) {
            const slot = this.shapes
                .flatMap((shape) => shape.slots)
                .find((one) => one.id === add[0]);
            return record.update({
                [name]: slot ? { id: slot.id, display_name: slot.name } : false,
            });
        }
        const remove = ids.filter((id) => !changes[id]);
        return record.data[name].addAndRemove({ add, remove });
    }
}

registry.category("fields").add("timetable_week_grid", {
    component: WeekGridField,
    displayName: _t("Hours on a week"),
    supportedTypes: ["many2many", "many2one", "json"],
    isEmpty: () => false,
    supportedOptions: [
        { label: _t("Mark"), name: "mark", type: "string" },
        { label: _t("Field of the weekly grid"), name: "grid", type: "string" },
    ],
    fieldDependencies: ({ options }) =>
        options.grid ? [{ name: options.grid, type: "many2one" }] : [],
    extractProps: ({ options, string }) => ({
        mark: options.mark,
        gridField: options.grid,
        label: string,
    }),
});
