import { FLOOR, OURS } from '../clients.ts';
import type { Report } from '../results.ts';
import { measures, type Workload } from '../workloads.ts';
import { rounded, times } from './numbers.ts';

const COLUMNS = 2;
const PANEL_WIDTH = 560;
const PADDING = 20;
const HEADER = 74;
const TITLE_HEIGHT = 30;
const ROW = 19;
const BAR = 13;
const LABELS = 158;
const VALUES = 128;

/**
 * A bar chart: one panel for each workload, one bar for each client. A bar's length is the client's figure on the
 * panel's own scale; the text beside it says how many times the rival's figure ours is.
 */
export function toSvg(report: Report): string {
  const panels = report.workloads.flatMap((workload) => {
    const clients = report.clients.filter((client) => report.summary(workload, client));
    return clients.length > 1 ? [{ workload, clients }] : [];
  });
  let top = HEADER;
  const drawn: string[] = [];
  for (let first = 0; first < panels.length; first += COLUMNS) {
    const row = panels.slice(first, first + COLUMNS);
    row.forEach(({ workload, clients }, column) => {
      drawn.push(panel(report, workload, clients, PADDING + column * (PANEL_WIDTH + PADDING), top));
    });
    top += TITLE_HEIGHT + ROW * Math.max(...row.map(({ clients }) => clients.length)) + PADDING;
  }
  const width = PADDING + COLUMNS * (PANEL_WIDTH + PADDING);
  const { server, machine, settings } = report.results;
  const subtitle =
    `Node ${machine.node}, Valkey ${server}, loopback, ${machine.cores} cores; medians of ${settings.rounds} ` +
    `interleaved rounds. In brackets: ours divided by theirs.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" width="${width}" height="${top}" role="img" aria-label="Benchmark of Valkey clients">
<style>
  text { font: 12px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #24292f; dominant-baseline: central }
  .heading { font-size: 18px; font-weight: 600 } .title { font-size: 13px; font-weight: 600 } .note, .unit { fill: #57606a }
  .ours { font-weight: 600 } rect { fill: #afb8c1 } rect.page { fill: #ffffff } rect.ours { fill: #0969da }
  rect.floor { fill: #ffffff; stroke: #8c959f; stroke-dasharray: 3 2 }
</style>
<rect class="page" width="${width}" height="${top}"/>
<text class="heading" x="${PADDING}" y="26">${OURS} and the other Valkey clients</text>
<text class="note" x="${PADDING}" y="50">${escape(subtitle)}</text>
${drawn.join('\n')}
</svg>
`;
}

function panel(report: Report, workload: Workload, clients: readonly string[], x: number, y: number): string {
  const { unit, better } = measures[workload.program];
  const medians = clients.map((client) => report.summary(workload, client)!.median);
  const scale = (PANEL_WIDTH - LABELS - VALUES) / Math.max(...medians);
  const bars = clients.map((client, index) => {
    const median = medians[index];
    const ratio = client === OURS ? undefined : report.ratio(workload, client);
    const label = ratio === undefined ? rounded(median) : `${rounded(median)} (${times(ratio)})`;
    const middle = TITLE_HEIGHT + ROW * index + ROW / 2;
    const length = Math.max(1, median * scale);
    const kind = client === OURS || client === FLOOR ? ` class="${client === OURS ? 'ours' : 'floor'}"` : '';
    return [
      `  <text${kind} x="${LABELS - 8}" y="${middle}" text-anchor="end">${escape(client)}</text>`,
      `  <rect${kind} x="${LABELS}" y="${middle - BAR / 2}" width="${length.toFixed(1)}" height="${BAR}" rx="2"/>`,
      `  <text${kind} x="${(LABELS + length + 6).toFixed(1)}" y="${middle}">${label}</text>`,
    ].join('\n');
  });
  const note = `${unit}, ${better === 'more' ? 'longer' : 'shorter'} is better`;
  return [
    `<g transform="translate(${x} ${y})">`,
    `  <text class="title" x="0" y="12">${escape(workload.title)} <tspan class="unit" font-weight="400">${note}</tspan></text>`,
    ...bars,
    '</g>',
  ].join('\n');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
