/**
 * A service that uses the client as most do. Compiled against `src`, and against the built declarations by every supported compiler;
 * test/budget measures what the import costs it.
 */
import { ConnectionError, ResponseError, TimeoutError, Valkey } from '../../src/index.ts';

interface User {
  readonly name: string;
  readonly visits: number;
}

const client = new Valkey({ host: 'localhost', port: 6379, socketTimeout: 2000, clientName: 'consumer' });
const binary = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint', timeout: 50 });

export async function visit(id: string): Promise<User> {
  const key = `user:${id}`;
  const visits: number = await client.hincrby(key, 'visits', 1);
  await client.expire(key, 3600);
  const fields: Record<string, string> = await client.hgetall(key);
  return { name: fields['name'] ?? 'nobody', visits };
}

export async function remember(id: string, name: string): Promise<boolean> {
  const stored: 'OK' | null = await client.set(`name:${id}`, name, { ex: 60, condition: 'nx' });
  const before: string | null = await client.set(`name:${id}`, name, { get: true });
  await client.sadd('names', [name, id]);
  await client.rpush('log', [id, Date.now(), 1n, Buffer.from(name)]);
  return stored === 'OK' && before !== name;
}

export async function picture(id: string): Promise<Uint8Array | undefined> {
  const bytes: Buffer | null = await binary.get(`picture:${id}`);
  return bytes ?? undefined;
}

export async function total(): Promise<bigint> {
  const [first, second] = await Promise.all([exact.incr('first'), exact.incrby('second', 2)]);
  return first + second;
}

export async function next(): Promise<string> {
  const popped = await client.blpop(['high', 'low'], 5);
  if (popped === null) return 'nothing';
  const [list, element] = popped;
  return `${list}: ${element}`;
}

export async function safely<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TimeoutError || error instanceof ConnectionError) return undefined;
    if (error instanceof ResponseError && error.prefix === 'WRONGTYPE') return undefined;
    throw error;
  }
}

export async function end(): Promise<void> {
  await client.close({ timeout: 1000 });
}

// @ts-expect-error an option nobody knows
void new Valkey({ hots: 'localhost' });
// @ts-expect-error a client of strings gives no Buffers
const wrong: Buffer | null = await client.get('k');
void wrong;
