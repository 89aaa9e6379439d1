//! Bodies of HTTP requests and answers.
//!
//! A *tree* is a set of files with one owner: `home:<username>` is a student's own folder,
//! `shared` is what professors hand out. A path within a tree is relative, `/`-separated UTF-8.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleView {
    /// Owns one folder and runs programs there.
    Student,
    /// Also sees the folders of the students of the own classes and fills the shared one.
    Professor,
    /// May do everything.
    Admin,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserView {
    /// The name to sign in with, also the name of the home folder.
    pub username: String,
    /// The name shown; the username when none is known.
    pub full_name: String,
    /// What the user is.
    pub role: RoleView,
}

/// A class of which the caller is a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClassView {
    /// The class's id.
    pub id: Uuid,
    /// The name shown.
    pub name: String,
    /// Whether the caller teaches it.
    pub teaches: bool,
}

/// Sign-in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SignIn {
    /// At most 64 bytes; case does not matter.
    pub username: String,
    /// At most 1,024 bytes.
    pub password: String,
}

/// Who is signed in, and what the page needs to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// The user.
    pub user: UserView,
    /// The classes, by name.
    pub classes: Vec<ClassView>,
    /// When the session ends if nothing more is done with it.
    pub expires_at: DateTime<Utc>,
    /// The largest text that the editor opens and saves, in bytes.
    pub max_text_bytes: u64,
    /// The largest file that can be uploaded, in bytes.
    pub max_upload_bytes: u64,
}

/// A browser in which somebody is signed in, as the account's owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnSessionView {
    /// The session's id; not what opens it.
    pub id: Uuid,
    /// When it was begun.
    pub signed_in_at: DateTime<Utc>,
    /// When it was last used, to within a minute or so.
    pub last_used_at: DateTime<Utc>,
    /// What the browser called itself when it signed in; at most 300 characters.
    pub user_agent: Option<String>,
    /// The address from which it signed in.
    pub address: Option<String>,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// Where somebody is signed in: the own session first, then by their last use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnSessionList {
    /// At most 100.
    pub sessions: Vec<OwnSessionView>,
    /// Whether there are more than these; ending all others ends those too.
    pub is_truncated: bool,
}

/// How many sessions have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionsEnded {
    /// Those that were still good.
    pub count: u64,
}

/// A new password of one's own.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangePassword {
    /// The one until now.
    pub current: String,
    /// 8 to 1,024 bytes of UTF-8.
    pub new: String,
}

impl std::fmt::Debug for ChangePassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChangePassword(…)")
    }
}

/// What the sign-in page may know before anybody has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteView {
    /// The name of the only class, or of the installation.
    pub title: String,
    /// The version of the server.
    pub version: String,
}

/// The students of a class, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StudentList {
    /// One page of at most 200.
    pub students: Vec<UserView>,
    /// The `after` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A class as its teachers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClassSettingsView {
    /// The class's id.
    pub id: Uuid,
    /// The name shown.
    pub name: String,
    /// Whether errors are explained to its students in plain words. A student of several classes sees
    /// explanations when all of them have this on.
    pub hints: bool,
}

/// A change of a class; what is absent stays.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangeClass {
    /// Whether errors are explained, from the next run on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hints: Option<bool>,
}

/// A run that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunRecordView {
    /// The run's id, as on the socket.
    pub id: Uuid,
    /// The file, relative to the home.
    pub path: String,
    /// When it was asked for, by the host's clock.
    pub started_at: DateTime<Utc>,
    /// When the script ended, by the host's clock.
    pub ended_at: DateTime<Utc>,
    /// How the script ended: a cause as in the `end` of the socket's marks.
    pub cause: String,
    /// The exit status, where the program gave one.
    pub exit_code: Option<i32>,
    /// The signal's name, where one ended it: `SIGSEGV`.
    pub signal: Option<String>,
    /// The last line of the student's own file in the traceback, where an error ended it.
    pub line: Option<u32>,
    /// From start to end.
    pub wall_ms: u64,
    /// Processor time of all its processes.
    pub cpu_ms: u64,
    /// The most memory held at once, as far as it was seen.
    pub peak_memory_bytes: u64,
    /// All it printed, also what is no longer kept.
    pub output_bytes: u64,
}

/// The runs of a home's owner, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunRecordList {
    /// One page of at most 100.
    pub runs: Vec<RunRecordView>,
    /// The `after` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Uuid>,
}

/// What a folder's entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A plain file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, a pipe or a device: shown, never opened.
    Special,
}

/// A name in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryView {
    /// The last part of the path. Bytes that are not UTF-8 are shown as `U+FFFD`.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// In bytes; 0 for folders.
    pub size: u64,
    /// The last change of the content.
    pub modified_at: DateTime<Utc>,
    /// Whether the name can be sent back: false when it is not UTF-8.
    pub is_reachable: bool,
}

/// A folder's entries: folders first, then by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FolderView {
    /// At most 10,000.
    pub entries: Vec<EntryView>,
    /// Whether there are more entries than these.
    pub is_truncated: bool,
    /// Whether the caller may change the folder.
    pub is_writable: bool,
}

/// A text file as the editor opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TextView {
    /// The whole content, line ends as they are on disk.
    pub text: String,
    /// Names this content; goes back as `base` when saving. SHA-256 in hexadecimal.
    pub version: String,
    /// Whether the caller may save.
    pub is_writable: bool,
}

/// A save of a text file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SaveText {
    /// The whole new content.
    pub text: String,
    /// The `version` this text was made from; absent for a file that must not exist yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}

/// A save that is on disk to stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedView {
    /// Names the saved content.
    pub version: String,
    /// When it was durable, by the host's clock.
    pub saved_at: DateTime<Utc>,
}

/// A new folder.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewFolder {
    /// Where; its parent must exist and the name be free.
    pub path: String,
}

/// A rename or a move within one tree.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MoveEntry {
    /// What to move.
    pub from: String,
    /// Where to; the name must be free.
    pub to: String,
}

/// A delete.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DeleteEntry {
    /// What to delete: a file, or a folder with all that is in it.
    pub path: String,
}

/// A delete that can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeletedView {
    /// Goes back in `RestoreEntry` to undo the delete.
    pub trash_id: Uuid,
}

/// Something in the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrashItemView {
    /// Goes back in `RestoreEntry`.
    pub trash_id: Uuid,
    /// The path that it had.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// In bytes; 0 for folders.
    pub size: u64,
    /// When it was deleted, by the host's clock.
    pub deleted_at: DateTime<Utc>,
}

/// What is in the trash of a tree, the last deleted first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrashView {
    /// At most 1,000.
    pub items: Vec<TrashItemView>,
    /// Whether there are more than these.
    pub is_truncated: bool,
    /// Days after which something in the trash is gone for good.
    pub kept_days: u32,
}

/// The undoing of a delete.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RestoreEntry {
    /// What the delete answered.
    pub trash_id: Uuid,
}

/// Where a restored entry is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RestoredView {
    /// Its old path, or one with a number where that name has been taken since.
    pub path: String,
}

/// Where an earlier content of a file came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VersionOrigin {
    /// It was saved in the editor.
    Saved,
    /// It was found when a save replaced it: a program or an upload had written it.
    Found,
    /// It is an earlier version that was brought back.
    Restored,
}

/// A content that a file had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VersionView {
    /// Names the content, as in `TextView`.
    pub version: String,
    /// When the file came to have it, by the host's clock; for `found`, when that was seen.
    pub at: DateTime<Utc>,
    /// In bytes.
    pub size: u64,
    /// Where it came from.
    pub origin: VersionOrigin,
}

/// The contents that a file had, the newest first. Older ones are thinned: of the last ten minutes all are kept, of the
/// last two hours one a minute, of the last day one each ten minutes, of the last month one an hour, and one a day beyond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VersionList {
    /// At most 500.
    pub versions: Vec<VersionView>,
}

/// The text of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VersionTextView {
    /// The whole content.
    pub text: String,
}

/// Brings an earlier version of a file back; what the file is now becomes a version itself.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RestoreVersion {
    /// The file.
    pub path: String,
    /// Which content.
    pub version: String,
    /// The version that is to be replaced; absent when the file must not be there (it was deleted or moved).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}

/// How much of a home is in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsageView {
    /// What the files take on disk.
    pub bytes: u64,
    /// How many files and folders there are.
    pub files: u64,
    /// What they may take.
    pub max_bytes: u64,
    /// How many there may be.
    pub max_files: u64,
}
