// The throughput chart: two lines over the last 15 minutes.

import { rate } from './units.js';
import { t } from './words.js';

/* global uPlot */

const SPAN = 15 * 60;
/** Samples come every 5 s; where one is missing the line has a gap. */
const GAP = 12;

/** The colour that a token has in the theme of now. */
function colour(token) {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** A chart that is drawn anew when the theme or its width changes. */
export class Chart {
  constructor(element) {
    this.element = element;
    this.samples = [];
    new ResizeObserver(() => this.resize()).observe(element);
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
    return { width: Math.max(200, this.element.clientWidth), height: this.element.clientHeight - 32 };
  }

  resize() {
    this.plot?.setSize(this.size());
  }

  draw() {
    this.plot?.setData(this.data());
  }

  build() {
    this.plot?.destroy();
    const axis = { stroke: colour('--muted'), grid: { stroke: colour('--border'), width: 1 }, ticks: { show: false }, font: '12px system-ui, sans-serif' };
    const line = (label, token, dash) => ({
      label, stroke: colour(token), width: 2, dash, points: { show: false }, value: (_, value) => rate(value),
    });
    const range = (_, __, most) => {
      const end = Number.isFinite(most) ? most : Date.now() / 1000;
      return [end - SPAN, end];
    };
    const options = {
      ...this.size(),
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { range }, y: { range: (_, __, most) => [0, (most || 1000) * 1.1] } },
      axes: [
        { ...axis, values: '{HH}:{mm}' },
        { ...axis, size: 84, values: (_, values) => values.map((value) => rate(value)) },
      ],
      series: [
        { label: t('chart.time'), value: '{HH}:{mm}:{ss}' },
        line(t('chart.down'), '--series-1'),
        line(t('chart.up'), '--series-2', [6, 4]),
      ],
    };
    this.plot = new uPlot(options, this.data(), this.element);
  }
}
