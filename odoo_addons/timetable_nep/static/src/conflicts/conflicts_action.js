import { Component, onMounted, onWillStart, onWillUnmount, useEffect, useState } from "@odoo/owl";
import { router } from "@web/core/browser/router";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SelectMenu } from "@web/core/select_menu/select_menu";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatInteger } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { BOARD_BUS_TYPE } from "../timetable_board/board_action";
import { SuggestedPlace } from "../timetable_board/suggested_place";
import { ConflictsModel } from "./conflicts_model";

/** Broken rules and costly wishes of a timetable, with the ways out. */
export class ConflictsAction extends Component {
    static template = "timetable_nep.ConflictsAction";
    static components = { Layout, SelectMenu, SuggestedPlace };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.notification = useService("notification");
        this.model = useState(new ConflictsModel(useService("orm")));
        this.state = useState({ newer: false });
        const params = { ...router.current, ...this.props.action.params };
        onWillStart(() => {
            // Not awaited: the page shows its own loading state.
            this.model.open(Number(params.variant_id) || false);
        });
        useEffect(
            (variantId) => {
                if (variantId) {
                    this.props.updateActionState?.({ variant_id: variantId });
                }
            },
            () => [this.model.variantId]
        );
        const bus = useService("bus_service");
        const onChanged = (change) => this.onChangedElsewhere(change);
        onMounted(() => bus.subscribe(BOARD_BUS_TYPE, onChanged));
        onWillUnmount(() => bus.unsubscribe(BOARD_BUS_TYPE, onChanged));
    }

    /** Offered, not done: the list does not jump under somebody who reads it. */
    onChangedElsewhere(change) {
        const shown = this.model.data?.variant;
        if (
            shown &&
            shown.id === change.variant_id &&
            !this.model.busy &&
            (change.revision !== shown.revision ||
                change.scored_revision !== shown.scored_revision)
        ) {
            this.state.newer = true;
        }
    }

    get display() {
        return { controlPanel: {} };
    }

    get choices() {
        const rows = this.model.variants.map((row) => ({ value: row.id, label: row.name }));
        const shown = this.model.data?.variant;
        if (shown && !rows.some((row) => row.value === shown.id)) {
            rows.unshift({ value: shown.id, label: shown.name });
        }
        return rows;
    }

    number(value) {
        return formatInteger(value);
    }

    onVariant(id) {
        return this.model.open(id);
    }

    async refresh() {
        this.state.newer = false;
        await this.model.read();
    }

    async take(event, place) {
        await this.model.take(event, place);
        this.notification.add(
            _t("%(event)s moved to %(where)s.", { event: event.name, where: place.where }),
            { type: "success" }
        );
    }

    openBoard(viewBy, resourceId) {
        return this.action.doAction({
            type: "ir.actions.client",
            tag: "timetable_nep.board",
            path: "timetable-board",
            params: {
                variant_id: this.model.variantId,
                view_by: viewBy,
                resource_id: resourceId,
            },
        });
    }

    openRecord(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("timetable_nep.conflicts", ConflictsAction);
