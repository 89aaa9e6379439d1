// The binary frames of the socket: a 12-byte big-endian header, then what a program wrote.

const headerBytes = 12;

export interface Frame {
  stream: number;
  /** The offset of the first byte in the run's log. */
  offset: number;
  bytes: Uint8Array;
}

/** Returns what a binary message holds; `null` when it is too short to be a frame. */
export function readFrame(message: ArrayBuffer): Frame | null {
  if (message.byteLength < headerBytes) return null;
  const view = new DataView(message);
  return {
    stream: view.getUint32(0),
    // A log is far smaller than 2^53 bytes, so a number holds every offset.
    offset: Number(view.getBigUint64(4)),
    bytes: new Uint8Array(message, headerBytes),
  };
}
