import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Three bars: how near a timetable comes to the best one for each kind of people. */
export class AxesField extends Component {
    static template = "timetable_nep.AxesField";
    static props = { ...standardFieldProps };

    get axes() {
        return this.props.record.data[this.props.name] || [];
    }

    label(axis) {
        return axis.percent === 100
            ? _t("%s: the best of this term", axis.label)
            : _t("%(axis)s: %(percent)s of the best", {
                  axis: axis.label,
                  percent: `${axis.percent} %`,
              });
    }
}

registry.category("fields").add("timetable_axes", {
    component: AxesField,
    displayName: _t("Strengths as bars"),
    supportedTypes: ["json"],
});
