import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** The page of one's own week: print, and copy the calendar's address. */
export class TimetableWeek extends Interaction {
    static selector = ".o_tt_portal";
    dynamicContent = {
        ".o_tt_print": { "t-on-click": () => window.print() },
        ".o_tt_filter select, .o_tt_filter input[type=date]": {
            "t-on-change": (ev) => ev.currentTarget.form.requestSubmit(),
        },
        ".o_tt_copy input": { "t-on-focus": (ev) => ev.currentTarget.select() },
        ".o_tt_copy button": { "t-on-click": this.onCopy },
    };

    start() {
        // On a telephone the tabs are wider than the page: the own one is to be seen.
        this.el
            .querySelector(".o_tt_tabs .nav-link.active")
            ?.scrollIntoView({ inline: "center", block: "nearest" });
    }

    async onCopy(ev) {
        const button = ev.currentTarget;
        const input = button.parentElement.querySelector("input");
        input.select();
        try {
            await this.waitFor(navigator.clipboard.writeText(input.value));
        } catch {
            // No clipboard without https: the text is selected, for the keyboard.
            return;
        }
        button.querySelector(".o_tt_before").classList.add("d-none");
        button.querySelector(".o_tt_after").classList.remove("d-none");
    }
}

registry.category("public.interactions").add("timetable_nep.week", TimetableWeek);
