import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/views/fields/formatters";
import { CompareChart } from "./compare_chart";

/** Figures side by side, what moved, and whom it concerns. */
export class VariantCompareRenderer extends Component {
    static template = "timetable_nep.VariantCompareRenderer";
    static components = { CompareChart };
    static props = { model: Object, onSearch: Function, onOpen: Function };

    setup() {
        this.changes = [
            { key: "", label: _t("All changes") },
            { key: "time", label: _t("Other time") },
            { key: "room", label: _t("Only another room") },
            { key: "placed", label: _t("Newly placed") },
            { key: "removed", label: _t("No longer placed") },
        ];
        this.groups = [
            { kind: "faculty", label: _t("Faculty"), none: _t("Nobody's week changes.") },
            { kind: "batch", label: _t("Batches"), none: _t("No batch's week changes.") },
        ];
    }

    get names() {
        return this.props.model.data.variants.map((row) => row.name);
    }

    /** "A" and "B" where they are the keys, else the first and the second. */
    get short() {
        const keys = this.props.model.data.variants.map((row) => row.key);
        return keys[0] && keys[1] && keys[0] !== keys[1] ? keys : ["1", "2"];
    }

    number(value) {
        if (value === null) {
            return "–";
        }
        return formatFloat(value, { digits: [16, 2], trailingZeros: false });
    }

    count(change) {
        const { moved } = this.props.model.data;
        return change ? moved[change] : moved.changed;
    }

    share(row) {
        return `${Math.round((100 * (row.moved + row.rooms)) / row.events)}%`;
    }
}
