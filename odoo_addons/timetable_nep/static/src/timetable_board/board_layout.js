/**
 * Where everything stands in the week's CSS grid: pure functions, tested alone.
 * Row 1 holds the day names; a break between two periods has a row of its own.
 */

/** Above so many side by side, cards are stacked within their cell instead. */
export const MAX_LANES = 3;

/** Rows of the grid: periods, and a break wherever a period number is left out. */
export function buildRows(periods) {
    const rows = [];
    let previous;
    for (const period of periods) {
        if (previous && period.period > previous.period + 1) {
            rows.push({
                key: `break_${previous.period}`,
                type: "break",
                from: previous.to,
                to: period.from,
            });
        }
        rows.push({ key: `period_${period.period}`, type: "period", ...period });
        previous = period;
    }
    return rows.map((row, index) => ({ ...row, gridRow: index + 2 }));
}

function overlap(one, other) {
    return (
        one.period < other.period + other.duration && other.period < one.period + one.duration
    );
}

/** Side-by-side lanes for the events of one day, so that none covers another. */
export function assignLanes(events) {
    const ends = [];
    const lanes = new Map();
    const sorted = [...events].sort(
        (a, b) => a.period - b.period || b.duration - a.duration || a.id - b.id
    );
    for (const event of sorted) {
        let lane = ends.findIndex((end) => end <= event.period);
        if (lane < 0) {
            lane = ends.length;
        }
        ends[lane] = event.period + event.duration;
        lanes.set(event.id, { lane, span: 1 });
    }
    const count = Math.max(1, ends.length);
    // Nobody to the right at that time: take the room that is there.
    for (const event of sorted) {
        const place = lanes.get(event.id);
        const taken = sorted
            .filter((other) => overlap(event, other) && lanes.get(other.id).lane > place.lane)
            .map((other) => lanes.get(other.id).lane);
        place.span = Math.min(count, ...taken) - place.lane;
    }
    return { lanes, count };
}

/**
 * @param {Object} grid days, periods and timeslots
 * @param {Object[]} events placed cards
 * @param {number[]} shownDays
 */
export function buildLayout(grid, events, shownDays) {
    const rows = buildRows(grid.periods);
    const rowOf = new Map(
        rows.filter((row) => row.type === "period").map((row) => [row.period, row.gridRow])
    );
    const days = grid.days.filter((day) => shownDays.includes(day.day));
    const byDay = new Map(days.map((day) => [day.day, []]));
    // In reading order, which is also the order of the Tab key.
    const ordered = [...events].sort(
        (a, b) => a.period - b.period || a.class_name.localeCompare(b.class_name)
    );
    for (const event of ordered) {
        byDay.get(event.day)?.push(event);
    }
    const laid = days.map((day) => ({ day, ...assignLanes(byDay.get(day.day)) }));
    const stacked = laid.some((item) => item.count > MAX_LANES);
    const slotAt = new Map(
        grid.timeslots.map((slot) => [`${slot.day}_${slot.period}`, slot.id])
    );
    const columns = [];
    const cells = [];
    const cards = [];
    const stacks = [];
    let column = 2;
    for (const { day, lanes, count } of laid) {
        const width = stacked ? 1 : count;
        columns.push({ ...day, start: column, width });
        for (const row of rows.filter((item) => item.type === "period")) {
            cells.push({
                key: `${day.day}_${row.period}`,
                slotId: slotAt.get(`${day.day}_${row.period}`) || false,
                day: day.day,
                dayName: day.name,
                period: row.period,
                from: row.from,
                style: `grid-row: ${row.gridRow}; grid-column: ${column} / span ${width};`,
            });
        }
        if (stacked) {
            const starts = new Map();
            for (const event of byDay.get(day.day)) {
                starts.set(event.period, [...(starts.get(event.period) || []), event]);
            }
            for (const [period, list] of starts) {
                stacks.push({
                    key: `${day.day}_${period}`,
                    events: list,
                    style: `grid-row: ${rowOf.get(period)}; grid-column: ${column};`,
                });
            }
        } else {
            for (const event of byDay.get(day.day)) {
                const first = rowOf.get(event.period);
                const last = rowOf.get(event.period + event.duration - 1) || first;
                const { lane, span } = lanes.get(event.id);
                cards.push({
                    event,
                    style:
                        `grid-row: ${first} / ${last + 1}; ` +
                        `grid-column: ${column + lane} / span ${span};`,
                });
            }
        }
        column += width;
    }
    const template = columns.map((item) => item.width).reduce((sum, width) => sum + width, 0);
    return { rows, columns, cells, cards, stacks, stacked, lanes: template };
}
