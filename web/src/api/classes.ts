// The classes a professor teaches.
import { request } from './request';
import type { StudentList, UserView } from './types';

/** Returns all students of a class, by name. */
export async function listStudents(classId: string): Promise<UserView[]> {
  const students: UserView[] = [];
  let after: string | null = null;
  do {
    const query: string = after === null ? '' : `?after=${encodeURIComponent(after)}`;
    const page: StudentList = await request(
      'GET',
      `/api/classes/${encodeURIComponent(classId)}/students${query}`,
    );
    students.push(...page.students);
    after = page.next ?? null;
  } while (after !== null);
  return students;
}
