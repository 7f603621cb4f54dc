// The throughput chart: two lines over the last 15 minutes.

import { NOTHING, rate } from './units.js';
import { t } from './words.js';

/* global uPlot */

const SPAN = 15 * 60;
/** Samples come every 5 s; where one is missing the line has a gap. */
const GAP = 12;
/** The shortest time that the chart spans. */
const LEAST = 30;
/** How far lines across are apart: round numbers, in bits or in bytes. */
const STEPS = Array.from({ length: 14 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat()
  .map((step) => (document.documentElement.dataset.rates === 'bytes' ? step * 8 : step));

/** The colour that a token has in the theme of now. */
function colour(token) {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** The time of day, in the reader's zone. */
function clock(time, withSeconds) {
  const two = (number) => String(number).padStart(2, '0');
  const date = new Date(time * 1000);
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return withSeconds ? `${minutes}:${two(date.getSeconds())}` : minutes;
}

/** A chart that is drawn anew when the theme or its width changes. */
export class Chart {
  constructor(element) {
    this.element = element;
    this.samples = [];
    // Not at once: a chart that changes while sizes are told would be told again.
    new ResizeObserver(() => requestAnimationFrame(() => this.resize())).observe(element);
    document.addEventListener('themechange', () => this.build());
    this.build();
  }

  replace(samples) {
    this.samples = samples;
    this.draw();
  }

  add(sample) {
    const last = this.samples.at(-1);
    if (last && sample[0] <= last[0]) return;
    this.samples.push(sample);
    while (this.samples.length > 0 && this.samples[0][0] < sample[0] - SPAN) this.samples.shift();
    this.draw();
  }

  data() {
    const columns = [[], [], []];
    let before = null;
    for (const [time, down, up] of this.samples) {
      if (before !== null && time - before > GAP) {
        columns[0].push(before + 1);
        columns[1].push(null);
        columns[2].push(null);
      }
      columns[0].push(time);
      columns[1].push(down);
      columns[2].push(up);
      before = time;
    }
    return columns;
  }

  size() {
    return { width: Math.max(200, this.element.clientWidth), height: this.element.clientWidth < 500 ? 150 : 190 };
  }

  resize() {
    this.plot?.setSize(this.size());
  }

  draw() {
    this.plot?.setData(this.data());
    this.latest();
  }

  /** Where nobody points at the chart, its legend says what is now. */
  latest() {
    if (this.plot && this.samples.length > 0 && !(this.plot.cursor.left >= 0)) {
      this.plot.setLegend({ idx: this.plot.data[0].length - 1 });
    }
  }

  build() {
    this.plot?.destroy();
    const axis = { stroke: colour('--muted'), grid: { stroke: colour('--border'), width: 1 }, ticks: { show: false }, font: '12px system-ui, sans-serif' };
    const line = (label, token, dash) => ({
      label, stroke: colour(token), width: 2, dash, points: { show: false }, value: (_, value) => rate(value),
    });
    const range = (_, __, most) => {
      const end = Number.isFinite(most) ? most : Date.now() / 1000;
      const first = this.samples[0]?.[0] ?? end;
      // A program that has just started fills the width with the little that it knows.
      return [Math.max(end - SPAN, Math.min(first, end - LEAST)), end];
    };
    const options = {
      ...this.size(),
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { range }, y: { range: (_, __, most) => [0, (most || 1000) * 1.1] } },
      axes: [
        { ...axis, size: 32, values: (_, times, __, ___, step) => times.map((time) => clock(time, step < 60)) },
        { ...axis, size: 84, incrs: STEPS, values: (_, values) => values.map((value) => rate(value)) },
      ],
      series: [
        { label: t('chart.time'), value: (_, time) => (time === null ? NOTHING : clock(time, true)) },
        line(t('chart.down'), '--series-1'),
        line(t('chart.up'), '--series-2', [6, 4]),
      ],
    };
    this.plot = new uPlot(options, this.data(), this.element);
    this.latest();
    this.plot.over.addEventListener('mouseleave', () => setTimeout(() => this.latest()));
  }
}
