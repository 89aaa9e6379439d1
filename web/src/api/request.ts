// One request to the server and the two ways in which it can fail: the server said no
// (`Refusal`), or no answer came (`Unreachable`).
import type { Problem, ProblemCode } from './types';

/** The server answered, and the answer is no. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: ProblemCode,
    readonly status: number,
    /** Seconds until another attempt counts, where the server said so. */
    readonly retryAfter: number | null,
    readonly requestId: string | null,
    /** The server's own sentence for the person; `''` when it said nothing. */
    readonly title = '',
  ) {
    super(code);
  }
}

/** No answer came: the network, or the server, is away. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** After this a request is given up: the network went silent. */
export const patience = 30_000;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Listener = () => void;

let underWay = 0;

/** Returns how many requests that change something have no answer yet: uploads, saves. */
export function changesUnderWay(): number {
  return underWay;
}

const signedOutListeners = new Set<Listener>();

/** Calls back whenever an answer says that nobody is signed in; returns the way to stop it. */
export function onSignedOut(listener: Listener): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

/** Sends JSON, or bytes when `body` is a `Blob`, and returns the answer's JSON. */
export async function request<Answer>(
  method: Method,
  path: string,
  body?: Blob | object,
): Promise<Answer> {
  // An upload takes as long as it takes.
  const answer = await send(method, path, body, !(body instanceof Blob));
  if (answer.status === 204) return undefined as Answer;
  // Something between the browser and the server may have a page of its own to show.
  return read(async () => {
    const text = await answer.text();
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  });
}

/** Returns the bytes at a path. */
export async function requestBlob(path: string): Promise<Blob> {
  const answer = await send('GET', path, undefined, false);
  return read(() => answer.blob());
}

async function send(
  method: Method,
  path: string,
  body: Blob | object | undefined,
  isLimited: boolean,
): Promise<Response> {
  const init: RequestInit = { method, credentials: 'same-origin', cache: 'no-store' };
  if (isLimited) init.signal = AbortSignal.timeout(patience);
  if (body instanceof Blob) {
    init.body = body;
    init.headers = { 'content-type': 'application/octet-stream' };
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { 'content-type': 'application/json' };
  }
  const isChange = method !== 'GET';
  if (isChange) underWay += 1;
  try {
    const answer = await read(() => fetch(path, init));
    if (answer.ok) return answer;
    throw await refusal(answer);
  } finally {
    if (isChange) underWay -= 1;
  }
}

/** Turns the network's own failures into one kind. */
async function read<T>(part: () => Promise<T>): Promise<T> {
  try {
    return await part();
  } catch (cause) {
    throw new Unreachable('no answer', { cause });
  }
}

async function refusal(answer: Response): Promise<Refusal | Unreachable> {
  const problem = parseProblem(await read(() => answer.text()));
  // A proxy in between speaks for a server that is away.
  if (problem === null && answer.status >= 502 && answer.status <= 504) {
    return new Unreachable(`status ${answer.status}`);
  }
  const code = problem?.code ?? (answer.status === 413 ? 'too_large' : 'internal');
  if (code === 'signed_out') for (const listener of signedOutListeners) listener();
  const retry = Number.parseInt(answer.headers.get('retry-after') ?? '', 10);
  return new Refusal(
    code,
    answer.status,
    Number.isNaN(retry) ? null : retry,
    problem?.request_id ?? null,
    problem?.title ?? '',
  );
}

function parseProblem(text: string): Problem | null {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'code' in body) return body as Problem;
  } catch {
    // Not JSON: something between the browser and the server wrote this answer.
  }
  return null;
}
