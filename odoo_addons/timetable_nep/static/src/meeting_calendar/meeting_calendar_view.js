import { serializeDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { CalendarCommonRenderer } from "@web/views/calendar/calendar_common/calendar_common_renderer";
import { CalendarModel } from "@web/views/calendar/calendar_model";
import { CalendarRenderer } from "@web/views/calendar/calendar_renderer";
import { calendarView } from "@web/views/calendar/calendar_view";

const MOVERS = ["timetable_nep.group_timetable_officer", "timetable_nep.group_timetable_coordinator"];

/** Meetings on their dates: a drop asks the server, which answers with the move's form. */
export class MeetingCalendarModel extends CalendarModel {
    static services = [...CalendarModel.services, "action"];

    setup(params, services) {
        super.setup(params, services);
        this.action = services.action;
        this.mayMove = false;
    }

    async load(params) {
        const may = await Promise.all(MOVERS.map((group) => user.hasGroup(group)));
        this.mayMove = may.some(Boolean);
        return super.load(params);
    }

    /** The card goes back to its place: it moves when the form has been agreed to. */
    async updateRecord(record) {
        let form;
        try {
            form = await this.orm.call("timetable.meeting", "drag_to", [
                [record.id],
                serializeDateTime(record.start),
            ]);
        } finally {
            await this.load();
        }
        await this.action.doAction(form, { onClose: () => this.load() });
    }
}

class MeetingCommonRenderer extends CalendarCommonRenderer {
    get options() {
        return {
            ...super.options,
            editable: this.props.model.mayMove,
            // How long a class is, is its own affair.
            eventDurationEditable: false,
        };
    }
}

class MeetingCalendarRenderer extends CalendarRenderer {
    static components = {
        ...CalendarRenderer.components,
        day: MeetingCommonRenderer,
        week: MeetingCommonRenderer,
        month: MeetingCommonRenderer,
    };
}

registry.category("views").add("timetable_meeting_calendar", {
    ...calendarView,
    Model: MeetingCalendarModel,
    Renderer: MeetingCalendarRenderer,
});
