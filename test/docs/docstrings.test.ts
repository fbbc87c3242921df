/** What the docstring of every command must say. The server is asked where it knows. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { command } from '../../src/commands/index.ts';
import { FACTS } from '../../src/commands/specs.gen.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FAMILIES = join(ROOT, 'src/commands');
/** A docstring and the first line of the method below it. */
const METHOD = /^ {2}\/\*\*\n(?<doc>(?: {3}\*.*\n)+?) {3}\*\/\n {2}(?<name>\w+)(?:<.*?>)?\(/gm;

/** The names of commands by those of their methods: `clientNoEvict` is CLIENT NO-EVICT. */
const names = new Map(
  Object.keys(FACTS).map((name) => [
    name.toLowerCase().replace(/[ -](.)/g, (_, letter: string) => letter.toUpperCase()),
    name,
  ]),
);

for (const file of await familyFiles()) {
  test(relative(ROOT, file), async () => {
    const source = await readFile(file, 'utf8');
    const body = source.slice(source.search(/^export (abstract )?class \w+Commands</m));
    for (const match of body.matchAll(METHOD)) {
      const { name, doc } = match.groups as { name: string; doc: string };
      const text = doc.replace(/^ {3}\* ?/gm, '');
      assert.match(text, /^[A-Z][^@]+?[.:]/, `${name} begins with a sentence`);
      assert.match(text, /\bComplexity: \S/, `${name} tells its complexity`);
      assert.match(text, /^@example\n```ts\n[^]+?\n```$/m, `${name} has an example`);
      assert.match(text, /^@see https:\/\//m, `${name} links to its page`);
      const since = /^@since (\S[^\n]*)$/m.exec(text)?.[1];
      assert.ok(since !== undefined, `${name} tells since when it is there`);
      const known = names.get(name);
      if (known !== undefined && !file.includes('/modules/')) {
        assert.equal(since.split(';')[0], command(known).since, `${name}: the server says since when it has it`);
      }
    }
  });
}

async function familyFiles(): Promise<string[]> {
  const files: string[] = [];
  for (const name of await readdir(FAMILIES, { recursive: true })) {
    const file = join(FAMILIES, name);
    if (name.endsWith('.ts') && /^export (abstract )?class \w+Commands</m.test(await readFile(file, 'utf8'))) {
      files.push(file);
    }
  }
  return files;
}
