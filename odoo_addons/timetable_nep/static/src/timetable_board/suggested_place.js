import { Component } from "@odoo/owl";
import { effectPhrases } from "./board_effects";

/** A suggested place in words: where, what it means, and what else has to move. */
export class SuggestedPlace extends Component {
    static template = "timetable_nep.SuggestedPlace";
    static props = { place: Object };

    phrases(place) {
        return effectPhrases(place.effect).join(", ");
    }
}
