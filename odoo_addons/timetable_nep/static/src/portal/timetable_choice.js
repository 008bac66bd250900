import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";

/** Ranked wishes. Ordinary selects, so that keyboards and screen readers work as
 * everywhere; a course ranked in one place is not offered in another, and the rules
 * are asked after each change. */
export class TimetableChoice extends Interaction {
    static selector = ".o_tt_choose";
    dynamicContent = {
        _root: { "t-on-submit": () => (this.saved = true) },
        _window: { "t-on-beforeunload": this.onLeave },
        "section[data-basket] select": { "t-on-change": this.onChange },
    };

    setup() {
        this.saved = false;
        this.changed = false;
        this.asked = 0;
        this.disableTaken();
    }

    get wishes() {
        const wishes = {};
        for (const section of this.el.querySelectorAll("section[data-basket]")) {
            wishes[section.dataset.basket] = [...section.querySelectorAll("select")]
                .map((select) => Number(select.value))
                .filter(Boolean);
        }
        return wishes;
    }

    disableTaken() {
        const selects = [...this.el.querySelectorAll("section[data-basket] select")];
        const taken = new Map(
            selects.filter((select) => select.value).map((one) => [one.value, one])
        );
        for (const select of selects) {
            for (const option of select.options) {
                const holder = taken.get(option.value);
                option.disabled = Boolean(holder) && holder !== select;
            }
        }
    }

    async onChange() {
        this.changed = true;
        this.disableTaken();
        const turn = ++this.asked;
        const said = await this.waitFor(
            rpc(`/my/choices/${this.el.dataset.window}/check`, { wishes: this.wishes })
        );
        // An answer that comes late must not speak about wishes of before.
        if (turn === this.asked) {
            this.show(said);
        }
    }

    show({ refused, notes }) {
        const place = this.el.querySelector(".o_tt_verdict");
        place.replaceChildren(
            ...[...refused, ...notes].map((sentence, index) => {
                const line = document.createElement("div");
                line.className =
                    index < refused.length ? "o_tt_refused" : "o_tt_noted";
                line.textContent = sentence;
                return line;
            })
        );
        place.dataset.turn = this.asked;
    }

    onLeave(ev) {
        if (this.changed && !this.saved) {
            ev.preventDefault();
        }
    }
}

registry.category("public.interactions").add("timetable_nep.choice", TimetableChoice);
