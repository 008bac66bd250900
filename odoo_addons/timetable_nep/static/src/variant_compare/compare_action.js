import { Component, onWillStart, useEffect, useState } from "@odoo/owl";
import { router } from "@web/core/browser/router";
import { registry } from "@web/core/registry";
import { SelectMenu } from "@web/core/select_menu/select_menu";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { VariantCompareModel } from "./compare_model";
import { VariantCompareRenderer } from "./compare_renderer";

/** Two timetables of a term side by side, as a client action. */
export class VariantCompareAction extends Component {
    static template = "timetable_nep.VariantCompareAction";
    static components = { Layout, SelectMenu, VariantCompareRenderer };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.model = useState(new VariantCompareModel(useService("orm")));
        const params = { ...router.current, ...this.props.action.params };
        this.searchLater = useDebounced((values) => this.model.search(values), 250);
        onWillStart(() => {
            // Not awaited: the page shows its own loading state.
            this.model.open(Number(params.first_id) || false, Number(params.second_id) || false);
        });
        useEffect(
            (firstId, secondId) => {
                if (firstId) {
                    this.props.updateActionState?.({ first_id: firstId, second_id: secondId });
                }
            },
            () => [this.model.firstId, this.model.secondId]
        );
    }

    get display() {
        return { controlPanel: {} };
    }

    choices(other) {
        return this.model.choices
            .filter((row) => row.id !== other)
            .map((row) => ({ value: row.id, label: `${row.name} (${row.state_label})` }));
    }

    onFirst(id) {
        return this.model.open(id, this.model.secondId);
    }

    onSecond(id) {
        return this.model.open(this.model.firstId, id);
    }

    exchange() {
        return this.model.open(this.model.secondId, this.model.firstId);
    }

    onSearch(values, later) {
        return later ? this.searchLater(values) : this.model.search(values);
    }

    openForm(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "timetable.variant",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    /** The week of the class, in the timetable of that side. */
    openBoard(side, row) {
        return this.action.doAction({
            type: "ir.actions.client",
            tag: "timetable_nep.board",
            path: "timetable-board",
            params: {
                variant_id: side === "from" ? this.model.firstId : this.model.secondId,
                view_by: "class",
                resource_id: row.class_id,
            },
        });
    }
}

registry.category("actions").add("timetable_nep.variant_compare", VariantCompareAction);
