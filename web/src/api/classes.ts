// The classes a professor teaches.
import { request } from './request';
import type { ChangeClass, ClassSettingsView, StudentList, UserView } from './types';

function address(classId: string): string {
  return `/api/classes/${encodeURIComponent(classId)}`;
}

export function getClass(classId: string): Promise<ClassSettingsView> {
  return request('GET', address(classId));
}

export function changeClass(classId: string, change: ChangeClass): Promise<ClassSettingsView> {
  return request('PATCH', address(classId), change);
}

/** Returns all students of a class, by name. */
export async function listStudents(classId: string): Promise<UserView[]> {
  const students: UserView[] = [];
  let after: string | null = null;
  do {
    const query: string = after === null ? '' : `?after=${encodeURIComponent(after)}`;
    const page: StudentList = await request('GET', `${address(classId)}/students${query}`);
    students.push(...page.students);
    after = page.next ?? null;
  } while (after !== null);
  return students;
}
