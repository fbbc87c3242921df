import { OURS } from '../clients.ts';
import type { Report } from '../results.ts';
import { measures, type Program, type Workload } from '../workloads.ts';
import { rounded, times } from './numbers.ts';

/** The run as a Markdown page: where it was taken, then a table for each kind of workload. */
export function toMarkdown(report: Report): string {
  const sections = [
    facts(report),
    throughput(report),
    costs(report),
    received(report),
    startup(report),
    memory(report),
    retained(report),
  ];
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`;
}

function facts({ results }: Report): string {
  const { machine, settings, server, oneCore, date, clients } = results;
  const versions = clients.map(({ id, version }) => `${id} ${version}`).join(', ');
  return [
    '# Benchmark',
    `Taken ${date} on ${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, ${machine.platform}, Node ` +
      `${machine.node}, Valkey ${server} on loopback. Medians of ${settings.rounds} interleaved rounds of ` +
      `${settings.durationMs} ms with [min..max].` +
      (oneCore ? ' One at a time: client and server on one core.' : ''),
    `Clients: ${versions}.`,
    `"x" is ours divided by theirs, so above 1 means that we do more. Compare figures within this page only.`,
  ].join('\n\n');
}

function throughput(report: Report): string | undefined {
  return section(report, 'throughput', 'Commands per second', (workload, client) => {
    const summary = report.summary(workload, client);
    if (summary === undefined) return '-';
    const figures = `${rounded(summary.median)} [${rounded(summary.min)}..${rounded(summary.max)}]`;
    const ratio = report.ratio(workload, client);
    return client === OURS || ratio === undefined ? figures : `${figures} **${times(ratio)}**`;
  });
}

function costs(report: Report): string | undefined {
  return section(
    report,
    'throughput',
    'CPU us per command (p50/p99 latency us) memory of the process',
    (workload, client) => {
      const median = (figure: string) => report.summary(workload, client, figure)?.median;
      const [cpu, rss] = [median('cpuMicrosPerOp'), median('rssMb')];
      if (cpu === undefined || rss === undefined) return '-';
      const [p50, p99] = [median('p50Micros'), median('p99Micros')];
      const latency = p50 === undefined || p99 === undefined ? '' : ` (${rounded(p50)}/${rounded(p99)})`;
      return `${rounded(cpu)}${latency} ${rounded(rss)} MB`;
    },
  );
}

/** A table with a row for each workload of `program` and a column for each client. */
function section(
  report: Report,
  program: Program,
  title: string,
  cell: (workload: Workload, client: string) => string,
): string | undefined {
  const rows = report.workloads.filter((workload) => workload.program === program);
  if (rows.length === 0) return undefined;
  const clients = report.clients.filter((client) => rows.some((workload) => report.summary(workload, client)));
  return heading(title, [
    ['', ...clients],
    ...rows.map((workload) => [
      `${workload.title} \`${workload.id}\``,
      ...clients.map((client) => cell(workload, client)),
    ]),
  ]);
}

function received(report: Report): string | undefined {
  return byClient(report, 'pubsub', 'CPU us per received message', {
    'CPU us per message': 'cpuMicrosPerMessage',
    'messages per second': 'messagesPerSecond',
    'RSS MB': 'rssMb',
  });
}

function startup(report: Report): string | undefined {
  return byClient(report, 'startup', 'Startup: ms from spawn to the first PONG', {
    'since spawn': 'sinceSpawnMs',
    import: 'importMs',
    'connect and ping': 'connectMs',
    'RSS MB': 'rssMb',
  });
}

function memory(report: Report): string | undefined {
  return byClient(report, 'in-flight', 'Memory of 100,000 commands in flight', {
    'heap B per command': 'heapBytesPerCommand',
    'external B per command': 'externalBytesPerCommand',
    'RSS growth MB': 'rssGrowthMb',
    'ms to issue': 'issueMs',
  });
}

function retained(report: Report): string | undefined {
  return byClient(report, 'retain', 'Memory held by one string kept of each of 10,000 large replies', {
    'heap growth MB': 'growthMb',
    'RSS growth MB': 'rssGrowthMb',
  });
}

/** A table with a row for each client and a column for each figure; the first is the one that is compared. */
function byClient(
  report: Report,
  program: Program,
  title: string,
  columns: Readonly<Record<string, string>>,
): string | undefined {
  const measured = report.workloads.filter((workload) => workload.program === program);
  const rows = measured.flatMap((workload) =>
    report.clients.flatMap((client) => {
      const summary = report.summary(workload, client);
      if (summary === undefined) return [];
      const ratio = client === OURS ? undefined : report.ratio(workload, client);
      const name = measured.length > 1 ? `${workload.id} ${client}` : client;
      const cells = Object.values(columns).map((figure) => {
        const value = report.summary(workload, client, figure);
        if (value === undefined) return '-';
        if (figure !== measures[program].figure) return rounded(value.median);
        return `${rounded(value.median)} [${rounded(value.min)}..${rounded(value.max)}]`;
      });
      return [[name, ...cells, ratio === undefined ? '' : `**${times(ratio)}**`]];
    }),
  );
  return rows.length === 0 ? undefined : heading(title, [['', ...Object.keys(columns), 'ours/theirs'], ...rows]);
}

function heading(title: string, [head = [], ...rows]: string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [`## ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
