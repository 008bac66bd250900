import { Component } from "@odoo/owl";
import { effectPhrases } from "./board_effects";

/** What taking a suggested place means, as the server takes places of several events. */
export function placesToTake(event, { timeslot_id, room_id, other }) {
    const places = [[event.id, timeslot_id, room_id]];
    if (other) {
        places.push([other.event_id, other.timeslot_id, other.room_id]);
    }
    return places;
}

/** A suggested place in words: where, what it means, and what else has to move. */
export class SuggestedPlace extends Component {
    static template = "timetable_nep.SuggestedPlace";
    static props = { place: Object };

    phrases(place) {
        return effectPhrases(place.effect).join(", ");
    }
}
