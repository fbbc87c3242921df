import { command } from '../commands/spec.ts';
import { OWN_REQUEST, Request } from './request.ts';

const ASKING = command('ASKING');
const SIZE = 16;

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

/** ASKING. Nobody waits for it: what becomes of the request behind it tells all. */
export class Asking extends Request {
  constructor(deadline: number) {
    super(ASKING, [], undefined, OWN_REQUEST, SIZE, nobody);
    this.deadline = deadline;
  }

  protected override reject(): void {}
}

function nobody(): void {}
