import type { Request } from './request.ts';

/** Requests that a server sends to the one which the slot of their keys is moving to: few, so that no field of every request is spent on it. */
const asking = new WeakSet<Request>();

/** Has ASKING sent in front of the request, the next time that it is written. */
export function beginAsking(request: Request): void {
  asking.add(request);
}

/** Whether ASKING is to be sent in front of the request, which is told once. */
export function takeAsking(request: Request): boolean {
  return asking.delete(request);
}
