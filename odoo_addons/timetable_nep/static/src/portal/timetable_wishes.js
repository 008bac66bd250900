import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** The grid of teaching times. Each period is an ordinary select, so that keyboard and
 * screen readers work as everywhere; a chosen mark paints by touch or mouse. */
export class TimetableWishes extends Interaction {
    static selector = ".o_tt_wishes";
    dynamicContent = {
        _root: { "t-on-submit": () => (this.saved = true) },
        _window: { "t-on-beforeunload": this.onLeave },
        "input[name=brush]": { "t-on-click": this.onBrush },
        ".o_tt_cell": { "t-on-click": this.onPaint },
        ".o_tt_cell select": {
            "t-on-change": (ev) => this.show(ev.currentTarget),
        },
        "th[data-day]": { "t-on-click": this.onDay },
    };

    setup() {
        this.brush = "";
        this.saved = false;
        this.changed = false;
        this.most = Number(this.el.dataset.most);
        this.count();
    }

    onBrush(ev) {
        // A second click on the same mark puts it away: periods open their list again.
        const input = ev.currentTarget;
        input.checked = this.brush !== input.value;
        this.brush = input.checked ? input.value : "";
        this.el.classList.toggle("o_tt_painting", Boolean(this.brush));
    }

    onPaint(ev) {
        // While painting, the list below does not take the touch (see the styles);
        // what reaches it comes from the keyboard or a screen reader.
        if (this.brush && ev.target.tagName !== "SELECT") {
            this.set(ev.currentTarget.querySelector("select"), this.brush);
        }
    }

    onDay(ev) {
        if (this.brush) {
            const day = ev.currentTarget.dataset.day;
            for (const select of this.el.querySelectorAll(
                `.o_tt_cell[data-day="${day}"] select`
            )) {
                this.set(select, this.brush);
            }
        }
    }

    set(select, level) {
        select.value = level;
        this.show(select);
    }

    show(select) {
        this.changed = true;
        select.closest(".o_tt_cell").dataset.level = select.value;
        this.count();
    }

    count() {
        const cannot = this.el.querySelectorAll(".o_tt_cell[data-level=cannot]").length;
        const label = this.el.querySelector(".o_tt_count");
        if (label) {
            label.querySelector(".o_tt_cannot").textContent = cannot;
            label.classList.toggle("o_tt_too_many", cannot > this.most);
        }
    }

    onLeave(ev) {
        if (this.changed && !this.saved) {
            ev.preventDefault();
        }
    }
}

registry.category("public.interactions").add("timetable_nep.wishes", TimetableWishes);
