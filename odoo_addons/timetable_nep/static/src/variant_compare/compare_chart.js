/* global Chart */
import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";

/** Bars side by side; each pair is scaled to its larger figure. */
export class CompareChart extends Component {
    static template = "timetable_nep.CompareChart";
    static props = { chart: Object, names: Array, label: String };

    setup() {
        this.canvas = useRef("canvas");
        this.instance = null;
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.props.chart, ...this.props.names]
        );
        onWillUnmount(() => this.instance?.destroy());
    }

    draw() {
        this.instance?.destroy();
        const { chart, names } = this.props;
        const style = getComputedStyle(this.canvas.el);
        const text = style.color;
        this.instance = new Chart(this.canvas.el, {
            type: "bar",
            data: {
                labels: chart.labels,
                datasets: chart.sets.map((data, place) => ({
                    label: names[place],
                    data,
                    // The dark bundle has other bars, light ones.
                    backgroundColor: style.getPropertyValue(`--tt-bar-${place + 1}`).trim(),
                    maxBarThickness: 16,
                })),
            },
            options: {
                indexAxis: "y",
                animation: false,
                maintainAspectRatio: false,
                color: text,
                plugins: {
                    legend: { position: "bottom", labels: { color: text } },
                    tooltip: {
                        callbacks: {
                            label: (item) =>
                                `${item.dataset.label}: ${
                                    chart.raw[item.dataIndex][item.datasetIndex]
                                }`,
                        },
                    },
                },
                scales: {
                    x: { min: 0, max: 100, display: false },
                    y: { ticks: { color: text }, grid: { display: false } },
                },
            },
        });
    }
}
