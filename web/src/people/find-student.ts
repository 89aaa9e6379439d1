// Finds a student by username, for a link to that student's files.
import { listStudents } from '../api/classes';
import { Refusal, Unreachable } from '../api/request';
import type { SessionView, UserView } from '../api/types';

/** Returns the student and the class; only the username when the lists don't have or don't load it. */
export async function findStudent(
  { classes }: SessionView,
  username: string,
): Promise<{ user: UserView; className: string }> {
  try {
    for (const { id, name, teaches } of classes) {
      if (!teaches) continue;
      const user = (await listStudents(id)).find((one) => one.username === username);
      if (user !== undefined) return { user, className: name };
    }
  } catch (error) {
    // The folder can still be there: only the full name is missing.
    if (!(error instanceof Refusal) && !(error instanceof Unreachable)) throw error;
  }
  return { user: { username, full_name: username, role: 'student' }, className: '' };
}
