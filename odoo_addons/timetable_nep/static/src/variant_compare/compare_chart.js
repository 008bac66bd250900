/* global Chart */
import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor } from "@web/core/colors/colors";

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
        const dark = cookie.get("color_scheme");
        const text = getComputedStyle(this.canvas.el).color;
        this.instance = new Chart(this.canvas.el, {
            type: "bar",
            data: {
                labels: chart.labels,
                datasets: chart.sets.map((data, place) => ({
                    label: names[place],
                    data,
                    backgroundColor: getColor(place, dark, "odoo"),
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
