import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { patience, Refusal, request, requestBlob, Unreachable } from './request';

let asked: RequestInit[];
let answer: () => Promise<Response>;

beforeEach(() => {
  asked = [];
  answer = () => Promise.resolve(new Response('{}'));
  vi.stubGlobal('fetch', (_path: string, init: RequestInit) => {
    asked.push(init);
    return answer();
  });
  vi.spyOn(AbortSignal, 'timeout');
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('a request is given up when the network goes silent, whatever its method', async () => {
  for (const method of ['GET', 'POST', 'PUT', 'DELETE'] as const) await request(method, '/api/x');
  expect(vi.mocked(AbortSignal.timeout).mock.calls).toEqual(Array(4).fill([patience]));
  expect(asked.map((init) => init.signal instanceof AbortSignal)).toEqual(Array(4).fill(true));
});

test('an upload and a download may take long', async () => {
  await request('PUT', '/api/x', new Blob(['x']));
  await requestBlob('/api/x');
  expect(asked.map((init) => init.signal)).toEqual([undefined, undefined]);
});

test('no answer in time is no answer', async () => {
  answer = () => Promise.reject(new DOMException('', 'TimeoutError'));
  await expect(request('GET', '/api/x')).rejects.toBeInstanceOf(Unreachable);
});

test('a refusal has the sentence of the server', async () => {
  const problem = { type: 'about:blank', status: 503, title: 'All is full.', code: 'busy' };
  answer = () => Promise.resolve(new Response(JSON.stringify(problem), { status: 503 }));
  const refusal: unknown = await request('GET', '/api/x').catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Refusal);
  expect(refusal).toMatchObject({ code: 'busy', title: 'All is full.' });
});
