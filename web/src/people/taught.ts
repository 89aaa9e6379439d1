// Whose classes one may look into.
import type { ClassView, SessionView } from '../api/types';

/** Returns the classes that somebody teaches; an administrator's are all. */
export function taught({ user, classes }: SessionView): ClassView[] {
  return classes.filter((one) => one.teaches || user.role === 'admin');
}
