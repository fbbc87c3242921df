/** Follows a primary, closes everything, and has nothing more to do. See closing.test.ts. */
import { Sentinel, Valkey } from '../../../src/index.ts';

const { url, way } = JSON.parse(process.argv[2] ?? '') as { readonly url: string; readonly way: string };
const sentinel = new Sentinel(url);
const [primary, replica] = [sentinel.primaryFor('main', { readFrom: 'preferReplica' }), sentinel.replicaFor('main')];
const own = new Valkey(url);
await Promise.all([primary.get('key'), replica.get('key'), own.get('key')]);
const pubsub = primary.pubsub();
await pubsub.subscribe('news');
if (way === 'close') {
  await Promise.all([sentinel.close(), own.close()]);
} else {
  sentinel.destroy();
  own.destroy();
}
process.stdout.write(`${JSON.stringify({ states: [primary.state, replica.state, own.state] })}\n`);
