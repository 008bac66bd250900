import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/**
 * What to change: the page asks the server again, which knows what is possible. Whoever
 * goes through the choices by keys is not sent away at each of them: a button asks.
 */
export class TimetableAsk extends Interaction {
    static selector = ".o_tt_ask";
    dynamicContent = {
        _root: {
            "t-on-keydown": () => (this.byKeys = true),
            "t-on-pointerdown": () => (this.byKeys = false),
        },
        "select, input": {
            "t-on-change": (ev) => !this.byKeys && ev.currentTarget.form.requestSubmit(),
        },
        ".o_tt_noscript": { "t-att-class": () => ({ "d-none": !this.byKeys }) },
    };
}

/** The times of a week: the chosen one says at once whether it is possible. */
export class TimetableTimes extends Interaction {
    static selector = ".o_tt_send";
    dynamicContent = {
        "input[name=slot]": { "t-on-change": (ev) => this.tell(ev.currentTarget) },
    };

    start() {
        const chosen = this.el.querySelector("input[name=slot]:checked");
        if (chosen) {
            this.tell(chosen);
        }
    }

    tell(input) {
        const box = this.el.querySelector(".o_tt_verdict");
        const possible = input.dataset.kind === "yes";
        box.textContent = input.getAttribute("aria-label");
        box.classList.remove("d-none");
        box.classList.toggle("alert-success", possible);
        box.classList.toggle("alert-warning", !possible);
        // On a telephone the answer is below what one sees.
        box.scrollIntoView({ block: "nearest" });
    }
}

const interactions = registry.category("public.interactions");
interactions.add("timetable_nep.ask", TimetableAsk);
interactions.add("timetable_nep.times", TimetableTimes);
