// Where one is signed in, and the password.
import { request } from './request';
import type { OwnSessionList, SessionsEnded } from './types';

export function listSessions(): Promise<OwnSessionList> {
  return request('GET', '/api/sessions');
}

export function endSession(id: string): Promise<void> {
  return request('DELETE', `/api/sessions/${encodeURIComponent(id)}`);
}

/** Ends all but this one; returns how many. */
export function endOtherSessions(): Promise<SessionsEnded> {
  return request('DELETE', '/api/sessions');
}

/** Sets a new password and ends all other sessions; returns how many. */
export function changePassword(current: string, wanted: string): Promise<SessionsEnded> {
  return request('PUT', '/api/password', { current, new: wanted });
}
