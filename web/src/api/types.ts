// The bodies of HTTP requests and answers, by the names the back end gives them.
import type { components } from '../generated/api';

type Schemas = components['schemas'];

export type ChangeClass = Schemas['ChangeClass'];
export type ClassSettingsView = Schemas['ClassSettingsView'];
export type ClassView = Schemas['ClassView'];
export type DeletedView = Schemas['DeletedView'];
export type EntryView = Schemas['EntryView'];
export type FolderView = Schemas['FolderView'];
export type OwnSessionList = Schemas['OwnSessionList'];
export type OwnSessionView = Schemas['OwnSessionView'];
export type RestoredView = Schemas['RestoredView'];
export type SavedView = Schemas['SavedView'];
export type SessionView = Schemas['SessionView'];
export type SessionsEnded = Schemas['SessionsEnded'];
export type SiteView = Schemas['SiteView'];
export type StudentList = Schemas['StudentList'];
export type TextView = Schemas['TextView'];
export type TrashItemView = Schemas['TrashItemView'];
export type TrashView = Schemas['TrashView'];
export type UsageView = Schemas['UsageView'];
export type UserView = Schemas['UserView'];
export type VersionList = Schemas['VersionList'];
export type VersionTextView = Schemas['VersionTextView'];
export type VersionView = Schemas['VersionView'];
export type { Problem, ProblemCode } from '../generated/socket';
