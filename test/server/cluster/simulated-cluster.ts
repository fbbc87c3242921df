import { SLOT_COUNT } from '../../../src/protocol/slot.ts';
import { GREETING, ScriptedServer, type Script } from '../scripted-server.ts';

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

function node(host: string, port: number, index: number): string {
  const id = index.toString(16).padStart(40, '0');
  return `*4\r\n${bulk(host)}:${port}\r\n${bulk(id)}*0\r\n`;
}

/** What a cluster of this many nodes says of its slots, every other node being a replica. The first primary is at `port`, the others nowhere. */
export function slotsReply(nodes: number, port: number): string {
  const shards = Math.ceil(nodes / 2);
  const ranges = Array.from({ length: shards }, (_, i) => {
    const [first, last] = [(i * SLOT_COUNT) / shards, ((i + 1) * SLOT_COUNT) / shards - 1].map(Math.ceil);
    const primary = i === 0 ? node('127.0.0.1', port, 0) : node(`10.${i >> 8}.${i & 255}.1`, 6379, 2 * i);
    const replica = node(`10.${i >> 8}.${i & 255}.2`, 6379, 2 * i + 1);
    return `*4\r\n:${first}\r\n:${last}\r\n${primary}${replica}`;
  });
  return `*${ranges.length}\r\n${ranges.join('')}`;
}

/** A server that greets, and answers the rest by the script. */
export function simulated(script: Script): Promise<ScriptedServer> {
  return ScriptedServer.start((words, connection) => {
    const [name = ''] = words;
    if (name === 'HELLO') return GREETING;
    if (name === 'CLIENT' || name === 'READONLY') return '+OK\r\n';
    return script(words, connection);
  });
}
