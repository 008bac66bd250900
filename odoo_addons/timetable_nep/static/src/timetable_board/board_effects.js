import { _t } from "@web/core/l10n/translation";

function idle(count, one, more, fewerOne, fewer) {
    if (!count) {
        return "";
    }
    const size = Math.abs(count);
    if (size === 1) {
        return count > 0 ? one : fewerOne;
    }
    return count > 0 ? more(size) : fewer(size);
}

/** What a place means for people, in short phrases; none where all stays as it is. */
export function effectPhrases(effect) {
    if (!effect) {
        return [];
    }
    return [
        idle(
            effect.student_idle,
            _t("one idle period of students more"),
            (size) => _t("%s idle periods of students more", size),
            _t("one idle period of students fewer"),
            (size) => _t("%s idle periods of students fewer", size)
        ),
        idle(
            effect.faculty_idle,
            _t("one idle period of faculty more"),
            (size) => _t("%s idle periods of faculty more", size),
            _t("one idle period of faculty fewer"),
            (size) => _t("%s idle periods of faculty fewer", size)
        ),
        idle(
            effect.faculty_days,
            _t("one teaching day more"),
            (size) => _t("%s teaching days more", size),
            _t("one teaching day fewer"),
            (size) => _t("%s teaching days fewer", size)
        ),
        effect.wish === "avoid" ? _t("against the faculty's wish") : "",
        effect.wish === "prefer" ? _t("the faculty's wish") : "",
        effect.last ? _t("last period of the day") : "",
        effect.other_room ? _t("another room") : "",
    ]
        .filter(Boolean)
        .map((phrase) => phrase.toString());
}

/** The same as one sentence, with its full stop; empty where nothing changes. */
export function effectSentence(effect) {
    const text = effectPhrases(effect).join(", ");
    return text && `${text[0].toLocaleUpperCase()}${text.slice(1)}.`;
}

/** Whether a place is better or worse for people, for a mark beside it. */
export function effectMark(effect) {
    return !effect?.balance ? "" : effect.balance < 0 ? "better" : "worse";
}
