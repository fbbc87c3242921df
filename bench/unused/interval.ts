import { median, quantile, sampleWithReplacement } from 'simple-statistics';

/** A median, and where it lies with a confidence of 95 %. */
export interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 4000;

/** The median of a sample, and the bootstrap's interval: in it are the medians of samples drawn anew from this one. */
export function intervalOf(sample: readonly number[]): Interval {
  const medians = Array.from({ length: RESAMPLES }, () => median(sampleWithReplacement([...sample], sample.length)));
  return { median: median([...sample]), low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}
