import assert from 'node:assert/strict';
import { scripted, wordsOf } from '../server/commands/modules/harness.ts';
import { moduleReplies } from './module-replies.ts';
import { searchReplies } from './search-replies.ts';

const CALL = /\bclient\.((?:json|bf|cf|cms|topk|tdigest|ts|ft)\.\w+)\(/g;
const REPLIES = { ...moduleReplies, ...searchReplies };

/** A stand-in for a server with a module, which expects the commands of one example and gives their replies. */
export interface ModuleServer extends AsyncDisposable {
  readonly port: number;
  /** That nothing is left that was expected. */
  done(): void;
}

/** Starts a stand-in for an example of a module's commands, known by the method it ends with; `undefined` for other examples. */
export async function moduleServer(
  code: string,
  name: string | undefined = lastMethod(code),
): Promise<ModuleServer | undefined> {
  if (name === undefined) return undefined;
  const replies = REPLIES[name];
  assert.ok(replies !== undefined, `there are no replies for the example of ${name}`);
  const exchanges = replies.map(([words, reply]) => ({ words: wordsOf(words), reply }));
  const server = await scripted(exchanges, 3);
  return {
    port: server.port,
    done: () => assert.deepEqual(exchanges, [], 'what was expected and never came'),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function lastMethod(code: string): string | undefined {
  return [...code.matchAll(CALL)].at(-1)?.[1];
}
