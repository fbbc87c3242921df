import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Valkey } from '../../../src/client/valkey.ts';
import { Commands, command } from '../../../src/commands/index.ts';
import { FACTS } from '../../../src/commands/specs.gen.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';

const GROUPS = ['connection', 'generic', 'hash', 'list', 'set', 'string'];

/** Commands that have no method, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  CLIENT: 'a container: its subcommands have methods',
  OBJECT: 'a container: its subcommands have methods',
};

interface Reported {
  readonly name: string;
  readonly group: string;
  readonly since: string;
}

const server = await ValkeyServer.start({ version: '9.1' });
const client = new Valkey({ port: server.port });
const reported = report(await client.executeCommand('COMMAND', 'DOCS'));
after(async () => {
  await client.close();
  await server.stop();
});

test('every command of the families has a method', () => {
  const wanted = reported.filter(({ group }) => GROUPS.includes(group));
  assert.ok(wanted.length > 120);
  const missing = wanted.filter(({ name }) => !(name in WITHOUT) && !(methodOf(name) in Commands.prototype));
  assert.deepEqual(
    missing.map(({ name }) => name),
    [],
  );
});

test('the table of facts is the one of this server', () => {
  assert.deepEqual(Object.keys(FACTS), reported.map(({ name }) => name).sort());
  for (const { name, since } of reported) assert.equal(command(name).since, since, name);
});

/** `CLIENT NO-EVICT` is `clientNoEvict`. */
function methodOf(name: string): string {
  return name.toLowerCase().replace(/[ -](.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Reads COMMAND DOCS: a flat list of names and flat maps. A subcommand is of its container's group. */
function report(flat: unknown, group?: string): Reported[] {
  const items = flat as readonly unknown[];
  const found: Reported[] = [];
  for (let i = 0; i < items.length; i += 2) {
    const fields = items[i + 1] as readonly unknown[];
    const field = (name: string): unknown => fields[fields.indexOf(name) + 1];
    const own = group ?? String(field('group'));
    const name = String(items[i]).replace('|', ' ').toUpperCase();
    found.push({ name, group: own, since: String(field('since')) });
    if (fields.includes('subcommands')) found.push(...report(field('subcommands'), own));
  }
  return found;
}
