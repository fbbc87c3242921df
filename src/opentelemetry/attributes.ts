import type { Attributes } from '@opentelemetry/api';
import { ResponseError, ValkeyError, type CommandMessage } from '../index.ts';

/** A transaction that is sent as a whole. */
const MULTI = 'MULTI/EXEC';

/** The name of an operation: of a transaction, MULTI. */
export function operationOf(message: CommandMessage): string {
  return message.command === MULTI ? 'MULTI' : message.command;
}

/** Where a server is: `host:port`, `[v6]:port`, or the path of a socket. */
export function serverAttributes(endpoint: string): Attributes {
  const found = /^\[?(?<host>.*?)\]?:(?<port>\d+)$/.exec(endpoint)?.groups;
  if (found === undefined) return { 'server.address': endpoint };
  return { 'server.address': found['host'], 'server.port': Number(found['port']) };
}

/** What is known of an operation when it is called. */
export function operationAttributes(message: CommandMessage): Attributes {
  return {
    'db.system.name': 'valkey',
    'db.operation.name': operationOf(message),
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
