import { OURS } from '../clients.ts';
import type { Report } from '../results.ts';
import { targets, type Target } from '../targets.ts';
import { measures } from '../workloads.ts';

export interface Verdict {
  readonly target: Target;
  readonly value: number;
  readonly met: boolean;
}

/** Compares the run with every target it measured both sides of. */
export function judge(report: Report): Verdict[] {
  return targets.flatMap((target) => {
    const workload = report.workloads.find(({ id }) => id === target.workload);
    if (workload === undefined) return [];
    const value =
      target.rival === undefined ? report.summary(workload, OURS)?.median : report.ratio(workload, target.rival);
    if (value === undefined) return [];
    return { target, value, met: 'atLeast' in target ? value >= target.atLeast : value <= target.atMost };
  });
}

/** One line: `get-1000-16: 3.1 x node-redis, wanted at least 12`. */
export function describe({ target, value }: Verdict, report: Report): string {
  const { program } = report.workloads.find(({ id }) => id === target.workload)!;
  const unit = target.rival === undefined ? measures[program].unit : `x ${target.rival}`;
  const wanted = 'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;
  return `${target.workload}: ${value.toFixed(2)} ${unit}, wanted ${wanted}`;
}
