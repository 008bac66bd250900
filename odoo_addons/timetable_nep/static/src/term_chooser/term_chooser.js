import { Component, onWillStart, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useBus, useService } from "@web/core/utils/hooks";

const APP = "timetable_nep.menu_timetable";
const ROLES = ["coordinator", "approver", "officer"].map(
    (role) => `timetable_nep.group_timetable_${role}`
);

/** The term one works on, in the top bar of the app: chosen once, it filters all pages. */
export class TermChooser extends Component {
    static template = "timetable_nep.TermChooser";
    static components = { Dropdown, DropdownItem };
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.menu = useService("menu");
        this.state = useState({ terms: [], chosen: false, isHere: false });
        useBus(this.env.bus, "MENUS:APP-CHANGED", () => this.enter());
        onWillStart(async () => {
            const roles = await Promise.all(ROLES.map((role) => user.hasGroup(role)));
            this.isAllowed = roles.some(Boolean);
            if (this.isAllowed) {
                await this.enter();
            }
        });
    }

    /** Show it within our app only, with the terms as they are now. */
    async enter() {
        this.state.isHere = this.isAllowed && this.menu.getCurrentApp()?.xmlid === APP;
        if (this.state.isHere) {
            await this.load();
        }
    }

    async load() {
        Object.assign(this.state, await this.orm.call("timetable.term", "chooser_data", []));
    }

    get label() {
        const chosen = this.state.terms.find((term) => term.id === this.state.chosen);
        return chosen ? chosen.name : _t("Newest terms");
    }

    async choose(termId) {
        await this.orm.call("timetable.term", "choose", [termId]);
        await this.load();
        await this.action.doAction("soft_reload");
    }
}

registry
    .category("systray")
    .add("timetable_nep.TermChooser", { Component: TermChooser }, { sequence: 45 });
