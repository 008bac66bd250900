import {
    Component,
    onMounted,
    onWillStart,
    onWillUnmount,
    useEffect,
    useState,
} from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { router } from "@web/core/browser/router";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDate, formatDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { SelectMenu } from "@web/core/select_menu/select_menu";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatInteger } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { CATEGORY_MARKS, VIEWS } from "./board_categories";
import { effectSentence } from "./board_effects";
import { TimetableBoardModel } from "./board_model";
import { TimetableBoardRenderer, TRAY } from "./board_renderer";
import { EventPopover } from "./event_popover";
import { MoveDialog } from "./move_dialog";

const SAID_MS = 4000;
export const BOARD_BUS_TYPE = "timetable_nep.board";

/** Whether an address names a day that exists, as the server writes days. */
function isDate(text) {
    return /^\d{4}-\d{2}-\d{2}$/.test(text) && deserializeDate(text).isValid;
}

/** The board as a client action: what is looked at, and what users do with it. */
export class TimetableBoardAction extends Component {
    static template = "timetable_nep.BoardAction";
    static components = { DateTimeInput, Layout, SelectMenu, TimetableBoardRenderer };
    static props = { ...standardActionServiceProps };

    setup() {
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.action = useService("action");
        this.ui = useState(useService("ui"));
        this.orm = useService("orm");
        this.model = useState(new TimetableBoardModel(this.orm));
        this.state = useState({ day: 0, hover: false, said: "", saidShown: false, swap: null });
        onWillUnmount(() => browser.clearTimeout(this.saidTimeout));
        this.popover = usePopover(EventPopover, {
            position: "right",
            useBottomSheet: this.ui.isSmall,
        });
        this.views = VIEWS;
        // A link or a reload carries the view in its address; a button in its params.
        const params = { ...router.current, ...this.props.action.params };
        onWillStart(() => {
            // Not awaited: the page shows its own loading state.
            this.opening = this.model.open({
                variantId: Number(params.variant_id) || false,
                viewBy: VIEWS.some((view) => view.key === params.view_by)
                    ? params.view_by
                    : undefined,
                resourceId: Number(params.resource_id) || false,
                week: isDate(params.week) ? params.week : "",
            });
            this.opening.then(() => this.onOpened());
        });
        const bus = useService("bus_service");
        const onChanged = (change) => this.model.onChangedElsewhere(change);
        onMounted(() => bus.subscribe(BOARD_BUS_TYPE, onChanged));
        onWillUnmount(() => bus.unsubscribe(BOARD_BUS_TYPE, onChanged));
        useEffect(
            (variantId, viewBy, resourceId, week) => {
                if (variantId) {
                    this.props.updateActionState?.({
                        variant_id: variantId,
                        view_by: viewBy,
                        resource_id: resourceId,
                        week: week || undefined,
                    });
                }
            },
            () => [
                this.model.variant?.id,
                this.model.viewBy,
                this.model.resource?.id || false,
                this.model.week,
            ]
        );
        useHotkey("escape", () => this.stopSwap(), {
            isAvailable: () => Boolean(this.model.swapping),
        });
        useHotkey("control+z", () => this.undo(), { allowRepeat: false });
        useHotkey("control+shift+z", () => this.redo(), { allowRepeat: false });
    }

    /** A phone shows one day: today, if there is teaching and something to see. */
    onOpened() {
        const days = this.model.grid.days.map((item) => item.day);
        const busy = new Set(this.model.events.map((event) => event.day));
        const today = luxon.DateTime.now().weekday - 1;
        this.state.day = busy.has(today)
            ? today
            : days.find((day) => busy.has(day)) ?? days[0] ?? 0;
    }

    number(value) {
        return formatInteger(value);
    }

    get display() {
        return { controlPanel: {} };
    }

    get shownDays() {
        return this.ui.isSmall
            ? [this.state.day]
            : this.model.grid.days.map((day) => day.day);
    }

    titleOf(variant) {
        return variant.name.includes(variant.term)
            ? variant.name
            : `${variant.name} · ${variant.term}`;
    }

    get printTitle() {
        const title = this.titleOf(this.model.variant);
        return this.week
            ? _t("%(title)s · week of %(day)s", { title, day: formatDate(this.week) })
            : title;
    }

    onPattern(value) {
        this.model.pattern = value && Number(value);
    }

    /** Monday of the week that is shown, where weeks differ. */
    get week() {
        return this.model.week ? deserializeDate(this.model.week) : false;
    }

    onWeek(day) {
        if (day) {
            return this.model.showWeek(serializeDate(day));
        }
    }

    get variantChoices() {
        return this.model.variants.map((variant) => ({
            value: variant.id,
            label: this.titleOf(variant),
        }));
    }

    get resourceChoices() {
        const choices = this.model.resources.map((resource) => ({
            value: resource.id,
            label: resource.name,
        }));
        const { resource } = this.model;
        if (resource && !choices.some((choice) => choice.value === resource.id)) {
            choices.unshift({ value: resource.id, label: resource.name });
        }
        return choices;
    }

    get legend() {
        const shown = new Set(
            [...this.model.events, ...this.model.unplaced].map((event) => event.category)
        );
        return this.model.categories
            .filter((category) => shown.has(category.key))
            .map((category) => ({ ...category, mark: CATEGORY_MARKS[category.key] }));
    }

    /** One sentence on the cell under the pointer, while something is dragged. */
    get hint() {
        const { picked } = this.model;
        if (this.model.swapping && this.state.swap) {
            return this.state.swap;
        }
        if (!picked) {
            return { kind: "", text: this.state.said };
        }
        if (this.state.hover === TRAY) {
            return { kind: "ok", text: _t("Take it off the grid").toString() };
        }
        if (!picked.cells) {
            return { kind: "", text: _t("Checking where it can go…").toString() };
        }
        const verdict = this.state.hover && picked.cells[this.state.hover];
        if (!verdict) {
            const free = Object.values(picked.cells).filter((cell) => cell.ok).length;
            return {
                kind: "",
                text: _t("%(event)s can go to %(free)s times.", {
                    event: picked.event.class_name,
                    free,
                }),
            };
        }
        const where = this.model.slotLabel(this.state.hover);
        const possible = verdict.room
            ? _t("%(where)s is possible, in %(room)s.", { where, room: verdict.room })
            : _t("%(where)s is possible.", { where });
        return verdict.ok
            ? { kind: "ok", text: `${possible} ${effectSentence(verdict.effect)}` }
            : {
                  kind: "no",
                  text: _t("%(where)s is not possible. %(reason)s", {
                      where,
                      reason: verdict.reason,
                  }),
              };
    }

    // ------------------------------------------------------------------ looking

    async onVariant(id) {
        await this.model.open({
            variantId: id,
            viewBy: this.model.viewBy,
            resourceId: this.model.resource && this.model.resource.id,
        });
        this.onOpened();
    }

    async onView(viewBy) {
        if (viewBy === this.model.viewBy) {
            return;
        }
        await this.model.show(viewBy, false);
        await this.model.searchResources();
    }

    onResource(id) {
        return this.model.show(this.model.viewBy, id);
    }

    onSearch(query) {
        return this.model.searchResources(query);
    }

    retry() {
        return this.model.open({}).then(() => this.onOpened());
    }

    print() {
        window.print();
    }

    generate() {
        return this.action.doAction("timetable_nep.timetable_generate_wizard_action");
    }

    openConflicts() {
        return this.action.doAction({
            type: "ir.actions.client",
            tag: "timetable_nep.conflicts",
            path: "timetable-conflicts",
            params: { variant_id: this.model.variant.id },
        });
    }

    openVariant() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "timetable.variant",
            res_id: this.model.variant.id,
            views: [[false, "form"]],
        });
    }

    // ------------------------------------------------------------------ changing

    openEvent(event, target) {
        if (!target) {
            return;
        }
        if (this.model.swapping) {
            return this.swapWith(event);
        }
        this.popover.open(target, {
            event,
            when: this.model.slotLabel(event.timeslot_id),
            category:
                this.model.categories.find((item) => item.key === event.category)?.label || "",
            canEdit: this.model.canEdit,
            // A popover brings its own; a phone's bottom sheet does not.
            close: () => this.popover.close(),
            onMove: () => this.openMove(event),
            onSwap: () => this.startSwap(event),
            onTake: (place) => this.take(event, place),
            suggest: () => this.model.suggestions(event),
            onPin: () => this.pin(event),
            onRemove: () => this.drop(event, TRAY),
        });
    }

    openMove(event) {
        this.dialog.add(MoveDialog, {
            model: this.model,
            event,
            onMove: (slotId, roomId, effect) => this.move(event, slotId, roomId, effect),
        });
    }

    onShortcut(event, key) {
        if (!this.model.canEdit) {
            return;
        }
        if (key === "p" && event.timeslot_id) {
            return this.pin(event);
        }
        if (key === "s" && event.timeslot_id && !event.pinned) {
            return this.startSwap(event);
        }
        if (key === "m" && !event.pinned) {
            return this.openMove(event);
        }
    }

    /** The next card that is chosen changes places with this one. */
    startSwap(event) {
        this.model.swapping = event;
        this.state.swap = null;
        this.say(
            _t("Choose the event that changes places with %s. Escape stops.", event.class_name)
        );
    }

    stopSwap() {
        if (this.model.swapping) {
            this.model.swapping = null;
            this.state.swap = null;
            this.say("");
        }
    }

    /** While a swap waits for its partner: may this one be it, and why not? */
    async onLookAt(other) {
        const event = this.model.swapping;
        if (!event || event.id === other.id || !other.timeslot_id) {
            return;
        }
        const names = { event: event.class_name, other: other.class_name };
        this.lookedAt = other.id;
        const verdict = await this.model.swapVerdict(event, other);
        if (this.model.swapping !== event || this.lookedAt !== other.id) {
            return;
        }
        const text = verdict.ok
            ? _t("%(event)s and %(other)s can change places.", names)
            : _t("%(event)s and %(other)s cannot change places. %(reason)s", {
                  ...names,
                  reason: verdict.reason,
              });
        this.state.swap = { kind: verdict.ok ? "ok" : "no", text: text.toString() };
    }

    async swapWith(other) {
        const event = this.model.swapping;
        if (event.id === other.id) {
            return this.stopSwap();
        }
        const verdict = await this.model.swapVerdict(event, other);
        if (!verdict.ok) {
            // The search for a partner goes on: this one was not the right one.
            this.notification.add(verdict.reason, {
                type: "warning",
                title: _t("%s stays where it is", event.class_name),
            });
            return;
        }
        this.stopSwap();
        await this.model.swap(event, other);
        this.say(
            _t("%(event)s and %(other)s changed places.", {
                event: event.class_name,
                other: other.class_name,
            })
        );
    }

    async take(event, place) {
        if (!place.other) {
            return this.move(event, place.timeslot_id, place.room_id, place.effect);
        }
        await this.model.chain(event, place);
        this.say(
            _t("%(event)s moved to %(where)s, and %(other)s to %(there)s.", {
                event: event.class_name,
                where: place.where,
                other: place.other.class_name,
                there: place.other.where,
            })
        );
    }

    /** A pinned card that somebody tries to drag says why it stays. */
    onStuck(event) {
        this.say(_t("%s is pinned: unpin it to move it (key P).", event.class_name));
    }

    onHighlight(ev) {
        this.model.highlight.text = ev.target.value;
    }

    toggleCategory(category) {
        const { highlight } = this.model;
        highlight.category = highlight.category === category ? "" : category;
    }

    pickUp(event) {
        this.popover.close();
        this.stopSwap();
        return this.model.pickUp(event);
    }

    letGo() {
        this.model.letGo();
        this.state.hover = false;
    }

    async drop(event, target) {
        if (target === TRAY) {
            if (event.timeslot_id) {
                await this.move(event, false);
            }
            return;
        }
        if (target === event.timeslot_id) {
            return;
        }
        const verdict = this.model.cell(target);
        if (verdict && !verdict.ok) {
            this.notification.add(verdict.reason, {
                type: "warning",
                title: _t("%s stays where it is", event.class_name),
            });
            return;
        }
        await this.move(event, target, verdict?.room_id, verdict?.effect);
    }

    /** A draft like what is in force; published from a week on when it is ready. */
    async editCopy() {
        const action = await this.orm.call("timetable.variant", "action_edit_copy", [
            [this.model.variant.id],
        ]);
        return this.action.doAction(action, { stackPosition: "replaceCurrentAction" });
    }

    async move(event, slotId, roomId, effect) {
        const card = await this.model.move(event, slotId, roomId);
        if (!slotId) {
            this.say(_t("%s taken off the grid.", card.class_name));
            return card;
        }
        const moved = _t("%(event)s moved to %(where)s.", {
            event: card.class_name,
            where: [this.model.slotLabel(slotId), card.room].filter(Boolean).join(", "),
        });
        this.say(`${moved} ${effectSentence(effect)}`);
        return card;
    }

    async pin(event) {
        const pinned = !event.pinned;
        await this.model.pin(event, pinned);
        this.say(
            pinned ? _t("%s pinned.", event.class_name) : _t("%s unpinned.", event.class_name)
        );
    }

    async undo() {
        const step = await this.model.undo();
        if (step) {
            this.say(_t("Undone: %s.", step.label));
        }
    }

    async redo() {
        const step = await this.model.redo();
        if (step) {
            this.say(_t("Done again: %s.", step.label));
        }
    }

    /** Tell what was done: read out, and shown for a moment. */
    say(text) {
        this.state.said = text.toString();
        browser.clearTimeout(this.saidTimeout);
        this.state.saidShown = Boolean(this.state.said);
        this.saidTimeout = browser.setTimeout(() => (this.state.saidShown = false), SAID_MS);
    }
}

registry.category("actions").add("timetable_nep.board", TimetableBoardAction);
