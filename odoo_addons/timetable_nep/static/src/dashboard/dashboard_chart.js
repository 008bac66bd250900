/* global Chart */
import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";

/** A bar or line chart with one or more series; its data are also in a table. */
export class DashboardChart extends Component {
    static template = "timetable_nep.DashboardChart";
    static props = {
        label: String,
        type: { type: String, optional: true },
        labels: Array,
        sets: Array,
        horizontal: { type: Boolean, optional: true },
        limit: { type: [Number, Boolean], optional: true },
    };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.props.labels, this.props.sets]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    get height() {
        return this.props.horizontal ? Math.max(140, 26 * this.props.labels.length + 50) : 220;
    }

    draw() {
        this.chart?.destroy();
        const style = getComputedStyle(this.canvas.el);
        // The dark bundle has other bars, light ones.
        const colours = ["--tt-bar-1", "--tt-bar-2"].map((name) =>
            style.getPropertyValue(name).trim()
        );
        const axis = this.props.horizontal ? "x" : "y";
        this.chart = new Chart(this.canvas.el, {
            type: this.props.type || "bar",
            data: {
                labels: this.props.labels,
                datasets: this.props.sets.map((set, place) => ({
                    label: set.label,
                    data: set.values,
                    backgroundColor: colours[place % colours.length],
                    borderColor: colours[place % colours.length],
                    maxBarThickness: 28,
                })),
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                indexAxis: this.props.horizontal ? "y" : "x",
                color: style.color,
                plugins: { legend: { display: this.props.sets.length > 1 } },
                scales: {
                    x: { ticks: { color: style.color }, grid: { display: axis === "x" } },
                    y: { ticks: { color: style.color, autoSkip: false }, grid: { display: axis === "y" } },
                    [axis]: {
                        beginAtZero: true,
                        suggestedMax: this.props.limit || undefined,
                        ticks: { color: style.color },
                    },
                },
            },
        });
    }
}
