/** The way bytes go through a proxy. */
export type Direction = 'toServer' | 'toClient';

/** A connection is cut after this many bytes in one direction. */
export interface CutPoint {
  readonly bytes: number;
  readonly direction: Direction;
  /** A reset (RST) instead of an orderly end (FIN). */
  readonly reset: boolean;
}

/** What a proxy does to its connections now. Every member can change at any time. */
export interface Fault {
  /** Nothing goes through in either direction, not even the end of a connection. */
  isBlackhole: boolean;
  /** Replies vanish; requests go through. */
  isDroppingReplies: boolean;
  /** New connections are reset. */
  isRefusing: boolean;
  /** How long each byte is held back, in milliseconds. */
  delay: number;
  /** The largest piece that is forwarded at once, in bytes. */
  pieceSize: number;
  bytesPerSecond: number;
  cutPoint: CutPoint | undefined;
}

/** Returns the absence of faults. */
export function noFault(): Fault {
  return {
    isBlackhole: false,
    isDroppingReplies: false,
    isRefusing: false,
    delay: 0,
    pieceSize: Infinity,
    bytesPerSecond: Infinity,
    cutPoint: undefined,
  };
}
