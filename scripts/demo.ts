/**
 * A short tour in a terminal: `npm run demo`.
 *
 * Everything it shows is done on a private server that it starts, and is checked; it exits with 1 when anything is not as it says.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';

import { styleText } from 'node:util';
import { command } from '../src/commands/index.ts';
import { ConnectionError, ResponseError, TimeoutError, Valkey, DataError } from '../src/index.ts';
import { Encoder, sizeOf } from '../src/protocol/index.ts';
import { ValkeyServer } from '../src/testing/index.ts';

const bold = (text: string): string => styleText('bold', text);
const dim = (text: string): string => styleText('dim', text);
const green = (text: string): string => styleText('green', text);
const cyan = (text: string): string => styleText('cyan', text);
const yellow = (text: string): string => styleText('yellow', text);

function chapter(title: string): void {
  console.log(`\n${bold(cyan(`■ ${title}`))}`);
}

function show(code: string, result: string): void {
  console.log(`  ${code.padEnd(58)} ${dim('→')} ${green(result)}`);
}

function note(text: string): void {
  console.log(`  ${dim(text)}`);
}

const rounded = (value: number): string => Math.round(value).toLocaleString('en');

/** The bytes of one command, and the bytes that come back for it. */
async function wire(port: number, name: string, args: readonly string[]): Promise<{ sent: string; received: string }> {
  const parts: Buffer[] = [];
  const encoder = new Encoder({ write: (bytes) => parts.push(Buffer.from(bytes)) > 0 });
  assert.ok(sizeOf(args) > 0);
  encoder.encode(command(name).header, args);
  encoder.flush();
  const sent = Buffer.concat(parts);
  const socket = connect(port, '127.0.0.1');
  socket.write(sent);
  const received = await new Promise<string>((resolve, reject) => {
    socket.once('data', (bytes) => resolve(bytes.toString()));
    socket.once('error', reject);
  });
  socket.destroy();
  return { sent: JSON.stringify(sent.toString()), received: JSON.stringify(received) };
}

async function hello(client: Valkey, port: number): Promise<void> {
  chapter('What is sent, what comes back');
  const set = await client.set('greeting', 'hello', { ex: 60 });
  show("await client.set('greeting', 'hello', { ex: 60 })", `'${set}'`);
  const get = await client.get('greeting');
  show("await client.get('greeting')", `'${get}'`);
  assert.deepEqual([set, get], ['OK', 'hello']);
  const { sent, received } = await wire(port, 'GET', ['greeting']);
  note(`on the wire   ${sent}`);
  note(`and back      ${received}`);
  assert.equal(received, JSON.stringify('$5\r\nhello\r\n'));
}

async function types(client: Valkey): Promise<void> {
  chapter('Replies are what their types say');
  await client.hset('user:1', { name: 'Ada', born: 1815 });
  const user = await client.hgetall('user:1');
  show("await client.hgetall('user:1')", JSON.stringify(user));
  assert.deepEqual(user, { name: 'Ada', born: '1815' });

  const absent = await client.set('greeting', 'again', { condition: 'nx' });
  show("await client.set('greeting', 'again', { condition: 'nx' })", `${absent}`);
  assert.equal(absent, null);

  const binary = client.withOptions({ encoding: 'buffer' });
  await binary.set('picture', Buffer.from([0xff, 0xd8, 0x00]));
  const picture = await binary.get('picture');
  show("client.withOptions({ encoding: 'buffer' }).get('picture')", `<Buffer ${picture?.toString('hex')}>`);
  assert.deepEqual(picture, Buffer.from([0xff, 0xd8, 0x00]));

  await client.set('big', '9007199254740993');
  const refused = await client.incr('big').then(String, (error: unknown) => error);
  assert.ok(refused instanceof DataError);
  show("await client.incr('big')  // 2^53 + 2", yellow('DataError, rather than a rounded number'));
  const exact = await client.withOptions({ integers: 'bigint' }).incr('big');
  show("client.withOptions({ integers: 'bigint' }).incr('big')", `${exact}n`);
  assert.equal(exact, 9007199254740995n);
}

async function speed(client: Valkey): Promise<void> {
  chapter('A thousand callers, one connection');
  const total = 200_000;
  const run = async (callers: number, count: number): Promise<number> => {
    let left = count;
    const caller = async (): Promise<void> => {
      while (left-- > 0) assert.equal(await client.get('greeting'), 'hello');
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: callers }, caller));
    return (count / (performance.now() - start)) * 1000;
  };
  await run(100, 50_000);
  const alone = await run(1, 5000);
  const together = await run(1000, total);
  show('one GET at a time', `${rounded(alone)} per second`);
  show('1000 callers, each one GET at a time', `${rounded(together)} per second`);
  note('The commands of a tick leave in one write: more callers cost hardly more than one.');
  assert.ok(together > alone);
}

async function blocking(client: Valkey): Promise<void> {
  chapter('Blocking commands block nobody');
  const start = performance.now();
  const popped = client.blpop('jobs', 5);
  let answered = 0;
  while (performance.now() - start < 200) {
    await client.get('greeting');
    answered++;
  }
  await client.rpush('jobs', 'write the report');
  const job = await popped;
  show("await client.blpop('jobs', 5)", JSON.stringify(job));
  note(`Meanwhile ${rounded(answered)} GETs were answered on the shared connection.`);
  assert.deepEqual(job, ['jobs', 'write the report']);
  assert.ok(answered > 10);
}

async function errors(client: Valkey, server: ValkeyServer): Promise<void> {
  chapter('Errors say what happened, and where');
  const failing = async (): Promise<void> => {
    await client.lpush('greeting', 'not a list');
  };
  const wrong = await failing().then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(wrong instanceof ResponseError && wrong.prefix === 'WRONGTYPE');
  show("await client.lpush('greeting', ...)", yellow(`${wrong.name} ${wrong.code}`));
  const frame = wrong.stack?.split('\n').find((line) => line.includes('failing')) ?? '';
  assert.match(frame, /failing/);
  note(`stack ends in your code:${frame.replace(/\(.*[\\/]/, '(')}`);

  server.pause();
  const started = performance.now();
  const late = await client
    .withOptions({ timeout: 250 })
    .get('greeting')
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  const took = performance.now() - started;
  server.resume();
  assert.ok(late instanceof TimeoutError && late.phase === 'sent');
  show(
    'GET from a server that hangs, timeout 250',
    yellow(`TimeoutError after ${rounded(took)} ms, phase '${late.phase}'`),
  );
  assert.equal(await client.get('greeting'), 'hello');
  note('It runs again; the late reply was thrown away, and the next GET got its own.');
}

async function recovery(client: Valkey, server: ValkeyServer): Promise<void> {
  chapter('The server is killed');
  const states: string[] = [];
  const off = [
    client.events.on('reconnecting', () => states.push('reconnecting')),
    client.events.on('ready', () => states.push('ready')),
  ];
  await client.set('counter', 0);
  const incr = (): Promise<string> => client.incr('counter').then(() => 'acknowledged', outcome);
  const answered = await Promise.all(Array.from({ length: 60 }, incr));
  server.pause();
  const unanswered = Array.from({ length: 40 }, incr);
  await new Promise(setImmediate);
  await server.kill();
  const early = [...answered, ...(await Promise.all(unanswered))];
  const waiting = client.get('greeting');
  show('client.state', `'${client.state}'`);
  assert.notEqual(client.state, 'ready');
  const start = performance.now();
  await server.restart();
  assert.equal(await waiting, null);
  show('a GET that waited meanwhile', `answered ${rounded(performance.now() - start)} ms after the restart began`);
  show('client.state', `'${client.state}'`);
  assert.equal(client.state, 'ready');
  const counts = tally(early);
  note(
    `100 INCRs around the kill: ${[...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')}. None was sent twice.`,
  );
  assert.ok(states.includes('reconnecting') && states.at(-1) === 'ready');
  for (const stop of off) stop();
}

function outcome(error: unknown): string {
  assert.ok(error instanceof ConnectionError);
  return error.sent ? 'may have run (sent: true)' : 'did not run (sent: false)';
}

function tally(kinds: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

console.log(bold('valkey-ts, a tour'));
await using server = await ValkeyServer.start();
await using client = new Valkey({ port: server.port });
await client.connect();
note(`a private ${server.product} ${server.version} on port ${server.port}; connected in RESP3`);

await hello(client, server.port);
await types(client);
await speed(client);
await blocking(client);
await errors(client, server);
await recovery(client, server);

console.log(
  `\n${green('✔')} ${bold('All of it was as it says.')} ${dim('Next: the guides in docs/, and `npm run bench` for the numbers.')}`,
);
