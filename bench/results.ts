import { max, median, min } from 'simple-statistics';
import { OURS } from './clients.ts';
import type { Figures } from './types.ts';
import { measures, workloads, type Workload } from './workloads.ts';

export interface Settings {
  readonly rounds: number;
  readonly durationMs: number;
  readonly warmupMs: number;
}

/** What one child process measured, or why it could not. */
export type Measurement = { readonly round: number; readonly workload: string; readonly client: string } & (
  | { readonly figures: Figures }
  | { readonly error: string }
);

/** A whole run, as written by `--json`. */
export interface Results {
  readonly date: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly platform: string;
    readonly node: string;
  };
  readonly server: string;
  /** Whether client and server shared a core in the workloads that ask for it. */
  readonly oneCore: boolean;
  readonly clients: readonly { readonly id: string; readonly version: string }[];
  readonly settings: Settings;
  readonly measurements: readonly Measurement[];
}

/** One figure of one client over all rounds. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Questions about a run; every table, chart and target is answered from here. */
export class Report {
  readonly results: Results;

  constructor(results: Results) {
    this.results = results;
  }

  /** The workloads that were measured, in the order of the list. */
  get workloads(): Workload[] {
    return workloads.filter(({ id }) => this.results.measurements.some(({ workload }) => workload === id));
  }

  get clients(): string[] {
    return this.results.clients.map(({ id }) => id);
  }

  /** The failed measurements. */
  get failures(): Extract<Measurement, { error: string }>[] {
    return this.results.measurements.filter((measurement) => 'error' in measurement);
  }

  /** `figure` over all rounds, by default the one the workload is compared by; `undefined` where none was measured. */
  summary(workload: Workload, client: string, figure: string = measures[workload.program].figure): Summary | undefined {
    const values = this.results.measurements
      .filter((taken) => taken.workload === workload.id && taken.client === client)
      .map((taken) => ('figures' in taken ? taken.figures[figure] : undefined))
      .filter((value) => value !== undefined);
    if (values.length === 0) return undefined;
    return { median: median(values), min: min(values), max: max(values) };
  }

  /** Our median divided by the rival's. */
  ratio(workload: Workload, rival: string): number | undefined {
    const ours = this.summary(workload, OURS);
    const theirs = this.summary(workload, rival);
    return ours && theirs && ours.median / theirs.median;
  }
}
