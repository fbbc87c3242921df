/**
 * What valkey-py gives to its own tests, from our client: sessions that were recorded are run on a server, over both protocols, with
 * strings and with Buffers, and every reply must be the same, as far as JavaScript can tell, or be listed as decided.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe, test } from 'node:test';
import { Valkey } from '../../src/client/valkey.ts';
import { ValkeyServer } from '../../src/testing/index.ts';
import { described } from './described.ts';
import { nameOf, Replay, type Outcome, type RecordedSession, type Way } from './replayed.ts';

const file = new URL('data/valkey-py.jsonl', import.meta.url);
const sessions = (await readFile(file, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as RecordedSession);

const WAYS: readonly Way[] = [
  { protocol: 2, encoding: 'buffer' },
  { protocol: 2, encoding: 'utf8' },
  { protocol: 3, encoding: 'buffer' },
  { protocol: 3, encoding: 'utf8' },
];

const outcomes: [Way, Outcome][] = [];
for (const way of WAYS) {
  const server = await ValkeyServer.start({ version: '9.1' });
  const admin = new Valkey({ port: server.port, singleConnectionClient: true });
  const initial = (await admin.executeCommand('CONFIG', 'GET', '*')) as string[];
  const configuration = new Map(initial.flatMap((name, i) => i % 2 === 0 ? [[name, initial[i + 1]!] as const] : []));
  async function reset(): Promise<void> {
    const ask = (...words: string[]): Promise<unknown> => admin.executeCommand(words[0]!, ...words.slice(1));
    const [users] = await Promise.all([ask('ACL', 'USERS'), ask('FLUSHALL'), ask('SCRIPT', 'FLUSH'), ask('FUNCTION', 'FLUSH'), ask('CLIENT', 'UNPAUSE'), ask('SLOWLOG', 'RESET'), ask('CONFIG', 'RESETSTAT'), ask('ACL', 'SETUSER', 'default', 'reset', 'on', 'nopass', '~*', '&*', '+@all'), ask('ACL', 'LOG', 'RESET')]);
    for (const user of users as string[]) if (user !== 'default') await ask('ACL', 'DELUSER', user);
    const now = (await admin.executeCommand('CONFIG', 'GET', '*')) as string[];
    for (let i = 0; i < now.length; i += 2) {
      const before = configuration.get(now[i]!);
      if (before !== now[i + 1] && !['save', 'bind', 'port'].includes(now[i]!)) await ask('CONFIG', 'SET', now[i]!, before!);
    }
  }
  for (const session of sessions) {
    await reset();
    for (const o of await new Replay(server.port, way, session).run()) outcomes.push([way, o]);
  }
  await admin.close();
  await server.stop();
}
const bad = outcomes.filter(([,o]) => o.differences.length > 0);
console.log(outcomes.length, bad.length, outcomes.filter(([,o]) => !o.typed).length);
import { writeFileSync } from 'node:fs';
writeFileSync('/tmp/vpy/bad.txt', bad.map(([w,o]) => `${w.protocol}${w.encoding[0]==='u'?'s':'b'} ${o.name} | ${o.session}#${o.step} ${o.typed?'':'RAW '}${JSON.stringify(o.line)}: ${o.differences.join(' ;; ')}`).sort((a,b)=>a.slice(3)<b.slice(3)?-1:1).join('\n')+'\n');
