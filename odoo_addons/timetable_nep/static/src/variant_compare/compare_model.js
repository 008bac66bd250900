import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";

/** Two timetables: their figures, and one page of what moved between them. */
export class VariantCompareModel {
    constructor(orm) {
        this.orm = orm;
        this.keepLast = new KeepLast();
        /** "loading", "ready", "alone" (nothing to compare with), "empty" or "error" */
        this.status = "loading";
        this.error = "";
        this.firstId = false;
        this.secondId = false;
        this.choices = [];
        this.data = null;
        this.moves = { total: 0, limit: 0, rows: [] };
        this.searching = false;
        this.query = "";
        this.change = "";
        this.person = false;
        this.offset = 0;
    }

    async open(firstId, secondId) {
        this.status = "loading";
        this.firstId = firstId;
        this.secondId = secondId;
        try {
            if (!this.firstId) {
                const [newest] = await this.orm.search("timetable.variant", [], {
                    limit: 1,
                    order: "id desc",
                });
                if (!newest) {
                    this.status = "empty";
                    return;
                }
                this.firstId = newest;
            }
            this.choices = await this.orm.call("timetable.variant", "compare_options", [
                [this.firstId],
            ]);
            if (!this.secondId) {
                const other = this.choices.find((row) => row.id !== this.firstId);
                if (!other) {
                    this.status = "alone";
                    return;
                }
                this.secondId = other.id;
            }
            await this.read();
            this.status = "ready";
        } catch (error) {
            this.status = "error";
            this.error = error.data?.message || error.message;
        }
    }

    async read() {
        this.query = "";
        this.change = "";
        this.person = false;
        this.offset = 0;
        const [data, moves] = await this.keepLast.add(
            Promise.all([this.ask("compare_data"), this.askMoves()])
        );
        this.data = data;
        this.moves = moves;
    }

    ask(method, args = [], kwargs = {}) {
        return this.orm.call(
            "timetable.variant",
            method,
            [[this.firstId], this.secondId, ...args],
            kwargs
        );
    }

    askMoves() {
        return this.ask("compare_moves", [], {
            query: this.query,
            change: this.change,
            faculty_id: this.person?.kind === "faculty" ? this.person.id : false,
            batch_id: this.person?.kind === "batch" ? this.person.id : false,
            offset: this.offset,
        });
    }

    /** Another search or page of what moved. */
    async search(values = {}) {
        Object.assign(this, { offset: 0 }, values);
        this.searching = true;
        try {
            this.moves = await this.keepLast.add(this.askMoves());
        } finally {
            this.searching = false;
        }
    }

    turn(step) {
        return this.search({ offset: Math.max(0, this.offset + step * this.moves.limit) });
    }

    get page() {
        const { total, rows } = this.moves;
        if (!total) {
            return "";
        }
        return _t("%(from)s–%(to)s of %(total)s", {
            from: this.offset + 1,
            to: this.offset + rows.length,
            total,
        });
    }

    get hasNext() {
        return this.offset + this.moves.rows.length < this.moves.total;
    }

    /** Figures that a chart can show side by side, each as a share of the larger. */
    get chart() {
        const rows = this.data.figures.filter(
            (row) =>
                !["placed", "hard", "soft"].includes(row.key) &&
                row.values.every((value) => value !== null)
        );
        return {
            labels: rows.map((row) => row.label),
            raw: rows.map((row) => row.values),
            sets: [0, 1].map((place) =>
                rows.map((row) => {
                    const most = Math.max(...row.values);
                    return most ? Math.round((100 * row.values[place]) / most) : 0;
                })
            ),
        };
    }
}
