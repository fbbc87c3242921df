import type { TestContext } from 'node:test';
import { Sentinel, type HostAddress, type SentinelOptions } from '../../../src/index.ts';

/** Makes a client of Sentinels that is gone when the test is over, however that ends. */
export function openSentinel(
  t: TestContext,
  addresses: readonly (HostAddress | string)[] | string,
  options: SentinelOptions = {},
): Sentinel {
  const sentinel = new Sentinel(addresses, options);
  t.after(() => sentinel.destroy());
  return sentinel;
}
