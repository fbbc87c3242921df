import type { Attributes } from '@opentelemetry/api';
import { ResponseError, ValkeyError, type CommandMessage } from '../index.ts';

/** A transaction that is sent as a whole. */
const MULTI = 'MULTI/EXEC';

/** The name of an operation: of a transaction, MULTI. */
export function operationOf(message: CommandMessage): string {
  return message.command === MULTI ? 'MULTI' : message.command;
}

/** Where a server is, as it is called. */
export function serverAttributes(endpoint: string): Attributes {
  return placeAttributes('server', endpoint);
}

/** Where the other end of a connection was. */
export function peerAttributes({ peer }: CommandMessage): Attributes {
  return peer === undefined ? {} : placeAttributes('network.peer', peer);
}

/** `host:port`, `[v6]:port`, or the path of a socket. */
function placeAttributes(of: 'server' | 'network.peer', endpoint: string): Attributes {
  const found = /^\[?(?<host>.*?)\]?:(?<port>\d+)$/.exec(endpoint)?.groups;
  if (found === undefined) return { [`${of}.address`]: endpoint };
  return { [`${of}.address`]: found['host'], [`${of}.port`]: Number(found['port']) };
}

/** More arguments than these are left out of a text. */
const MOST_ARGUMENTS = 16;

/** A command as it would be typed, with a question mark for every argument. Of a transaction there is none. */
export function textAttributes(message: CommandMessage): Attributes {
  const { command, argumentCount } = message;
  if (command === MULTI) return {};
  const words = [command, ...Array.from({ length: Math.min(argumentCount, MOST_ARGUMENTS) }, () => '?')];
  if (argumentCount > MOST_ARGUMENTS) words.push('...');
  return { 'db.query.text': words.join(' ') };
}

/** What is known of an operation when it is called. */
export function operationAttributes(message: CommandMessage): Attributes {
  return {
    'db.system.name': 'valkey',
    'db.operation.name': operationOf(message),
    ...(message.database === undefined ? {} : { 'db.namespace': String(message.database) }),
    ...(message.batchSize > 1 ? { 'db.operation.batch.size': message.batchSize } : {}),
    ...serverAttributes(message.endpoint),
  };
}

/** What is known of its failure. */
export function errorAttributes(error: unknown): Attributes {
  if (error === undefined) return {};
  const type = error instanceof ValkeyError ? error.code : error instanceof Error ? error.name : typeof error;
  return error instanceof ResponseError
    ? { 'error.type': type, 'db.response.status_code': error.prefix }
    : { 'error.type': type };
}
