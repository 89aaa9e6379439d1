import { expect, test } from 'vitest';
import { readFrame } from './frame';

function frame(stream: number, offset: bigint, text: string): ArrayBuffer {
  const bytes = new TextEncoder().encode(text);
  const buffer = new ArrayBuffer(12 + bytes.length);
  const view = new DataView(buffer);
  view.setUint32(0, stream);
  view.setBigUint64(4, offset);
  new Uint8Array(buffer, 12).set(bytes);
  return buffer;
}

test('a frame is a big-endian stream, a big-endian offset and bytes', () => {
  const read = readFrame(frame(7, 2n ** 40n + 3n, 'hé'));
  expect(read?.stream).toBe(7);
  expect(read?.offset).toBe(2 ** 40 + 3);
  expect(new TextDecoder().decode(read?.bytes)).toBe('hé');
});

test('a frame may carry nothing', () => {
  expect(readFrame(frame(1, 0n, ''))?.bytes).toHaveLength(0);
});

test('what is shorter than a header is no frame', () => {
  expect(readFrame(new ArrayBuffer(11))).toBeNull();
});
