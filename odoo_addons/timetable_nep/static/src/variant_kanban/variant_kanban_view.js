import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { RelationalModel } from "@web/model/relational_model/relational_model";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";

/** Columns of the approval: dropping a card asks the server for the step. */
export class VariantGroupList extends RelationalModel.DynamicGroupList {
    async moveRecord(dataRecordId, dataGroupId, refId, targetGroupId) {
        const target = this.groups.find((group) => group.id === targetGroupId);
        if (dataGroupId === targetGroupId || !target || this.groupByField.name !== "state") {
            return;
        }
        const source = this.groups.find((group) => group.id === dataGroupId);
        const record = source.list.records.find((row) => row.id === dataRecordId);
        // The card stays where it was until the server has agreed.
        let answer;
        try {
            answer = await this.model.orm.call("timetable.variant", "move_to", [
                [record.resId],
                target.value,
            ]);
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            this.model.notification.add(error.data?.message || error.message, {
                type: "danger",
                title: _t("%s stays where it is", record.data.name),
            });
            return;
        }
        if (answer && answer.type) {
            await this.model.action.doAction(answer, { onClose: () => this.model.load() });
            return;
        }
        await this.model.load();
    }
}

export class VariantKanbanModel extends RelationalModel {
    static DynamicGroupList = VariantGroupList;
}

export class VariantKanbanRenderer extends KanbanRenderer {
    /** The state is read-only for forms; here a drop is a step, not a write. */
    get canMoveRecords() {
        return this.canResequenceRecords && this.props.list.groupByField?.name === "state";
    }
}

export const variantKanbanView = {
    ...kanbanView,
    Model: VariantKanbanModel,
    Renderer: VariantKanbanRenderer,
};

registry.category("views").add("timetable_variant_kanban", variantKanbanView);
