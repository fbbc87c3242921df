/** What an editor shows of a command: its reply must be readable, in the terms of the client it is called on. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-5.9';
import { Commands } from '../../src/commands/index.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'test/types/hover.ts');
const SOURCE = `
import type { Valkey } from '../../src/client/valkey.ts';
export declare const client: Valkey;
export declare const bytes: Valkey<'buffer', 'bigint'>;
`;
/** Of the type machinery, nothing may show. */
const MACHINERY = /\bResult<|\bSurface\b|\bImmediate<|\binfer\b|\bkeyof\b|\bFields<|\bText<|\bInteger<|\['/;
const LONGEST = 400;
/** What every surface has: their replies are the caller's to say. */
const OF_ALL = ['use', 'send', 'executeCommand', 'run'];
const FORMAT: ts.TypeFormatFlags =
  ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;

test('the reply of every command reads well', (t) => {
  const program = programOf(SOURCE);
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(MAIN)!;
  const unreadable: string[] = [];
  let signatures = 0;
  for (const name of ['client', 'bytes']) {
    const symbol = checker.getSymbolsInScope(file, ts.SymbolFlags.Variable).find((each) => each.name === name)!;
    const owner = checker.getTypeOfSymbolAtLocation(symbol, file);
    for (const [path, type] of methodsOf(checker, owner, file)) {
      for (const signature of type.getCallSignatures()) {
        const reply = checker.typeToString(signature.getReturnType(), file, FORMAT);
        const reads = /^Promise<.*>$/.test(reply) && !MACHINERY.test(reply) && reply.length <= LONGEST;
        if (!reads) unreadable.push(`${path}: ${reply}`);
        signatures++;
      }
    }
  }
  t.diagnostic(`${signatures} signatures`);
  assert.deepEqual(unreadable, []);
  assert.ok(signatures > 1000);
});

/** The methods of a client, and of its namespaces. */
function methodsOf(checker: ts.TypeChecker, owner: ts.Type, file: ts.SourceFile, prefix = ''): [string, ts.Type][] {
  return owner.getProperties().flatMap((property): [string, ts.Type][] => {
    const type = checker.getTypeOfSymbolAtLocation(property, file);
    const path = prefix + property.name;
    if (OF_ALL.includes(property.name) || (prefix === '' && !(property.name in Commands.prototype))) return [];
    if (type.getCallSignatures().length > 0) return [[path, type]];
    const isNamespace = prefix === '' && type.getProperty('executeCommand') !== undefined;
    return isNamespace ? methodsOf(checker, type, file, `${path}.`) : [];
  });
}

function programOf(source: string): ts.Program {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, ...rest) =>
    name === MAIN ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
  return ts.createProgram([MAIN], options, host);
}
