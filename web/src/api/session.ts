// Who is signed in.
import { request } from './request';
import type { SessionView, SiteView } from './types';

export function getSite(): Promise<SiteView> {
  return request('GET', '/api/site');
}

export function getSession(): Promise<SessionView> {
  return request('GET', '/api/session');
}

export function signIn(username: string, password: string): Promise<SessionView> {
  return request('POST', '/api/session', { username, password });
}

export function signOut(): Promise<void> {
  return request('DELETE', '/api/session');
}
