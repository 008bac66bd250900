import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** What the check found: each problem with the records that mend it, a click away. */
export class Findings extends Component {
    static template = "timetable_nep.Findings";
    static props = { ...standardFieldProps };

    setup() {
        this.dialog = useService("dialog");
        this.mended = useState(new Set());
    }

    get findings() {
        return this.props.record.data[this.props.name] || [];
    }

    /** The wizard stays open below: change the record, then check again. */
    open(index, record) {
        this.dialog.add(FormViewDialog, {
            resModel: record.model,
            resId: record.id,
            title: record.name,
            onRecordSaved: () => this.mended.add(index),
        });
    }
}

registry.category("fields").add("timetable_findings", {
    component: Findings,
    displayName: _t("Problems found"),
    supportedTypes: ["json"],
});
