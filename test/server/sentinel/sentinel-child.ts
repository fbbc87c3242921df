/** Follows a primary, closes everything, and has nothing more to do. See closing.test.ts. */
import assert from 'node:assert/strict';
import { Sentinel, Valkey } from '../../../src/index.ts';

/** How it ends; `'late'`: by `close`, and commands come after it. */
type Way = 'close' | 'destroy' | 'late';

const { url, way } = JSON.parse(process.argv[2] ?? '') as { readonly url: string; readonly way: Way };
const sentinel = new Sentinel(url);
const [primary, replica] = [sentinel.primaryFor('main', { readFrom: 'preferReplica' }), sentinel.replicaFor('main')];
const own = new Valkey(url);
await Promise.all([primary.get('key'), replica.get('key'), own.get('key')]);
const pubsub = primary.pubsub();
await pubsub.subscribe('news');
if (way !== 'destroy') {
  await Promise.all([sentinel.close(), own.close()]);
} else {
  sentinel.destroy();
  own.destroy();
}
if (way === 'late') {
  const late = sentinel.primaryFor('main');
  const outcomes = await Promise.allSettled([primary.connect(), replica.get('key'), late.get('key')]);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    ['rejected', 'rejected', 'rejected'],
  );
}
process.stdout.write(`${JSON.stringify({ states: [primary.state, replica.state, own.state] })}\n`);
