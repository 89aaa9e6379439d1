//! Who did what to whom, for the operator to read. Entries are only added.

use chrono::{DateTime, Utc};
use pythonide_domain::{AuditId, UserId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::reader::Reader;
use crate::tx::Tx;

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Names the entry, to page from.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it, even if the account is gone since; `None` for the system and for strangers.
    pub actor: Option<UserId>,
    /// What was done, as a dotted word such as `user.created`.
    pub action: String,
    /// To what, in words that last, such as a username.
    pub subject: String,
    /// What else there is to say; may be empty. Never a secret.
    pub detail: String,
}

/// What is noted; the id is given when it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAuditEntry {
    /// Now.
    pub at: DateTime<Utc>,
    /// Who does it; `None` for the system and for strangers.
    pub actor: Option<UserId>,
    /// What is done, as a dotted word such as `user.created`.
    pub action: String,
    /// To what, in words that last, such as a username.
    pub subject: String,
    /// What else there is to say; may be empty. Never a secret.
    pub detail: String,
}

sql! {
    INSERT_AUDIT_ENTRY = "
        INSERT INTO audit (id, at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)";

    LATEST_AUDIT_ENTRIES = "
        SELECT id, at, actor, action, subject, detail FROM audit
         WHERE (at, id) < (SELECT at, id FROM audit WHERE id = $1) OR $1 IS NULL
         ORDER BY at DESC, id DESC LIMIT $2";
}

/// Notes what is done, in the transaction that does it.
pub async fn insert(tx: &mut Tx, new: NewAuditEntry) -> Result<AuditEntry, StoreError> {
    let NewAuditEntry {
        at,
        actor,
        action,
        subject,
        detail,
    } = new;
    let id = AuditId::new(at);
    let params = (
        id.uuid(),
        at,
        actor.map(UserId::uuid),
        action.as_str(),
        subject.as_str(),
        detail.as_str(),
    );
    tx.execute(&INSERT_AUDIT_ENTRY, params).await?;
    Ok(AuditEntry {
        id,
        at,
        actor,
        action,
        subject,
        detail,
    })
}

/// Returns up to `limit` entries, the newest first, starting before `before` if given.
pub async fn latest(
    reader: impl Into<Reader<'_>>,
    before: Option<AuditId>,
    limit: u32,
) -> Result<Vec<AuditEntry>, StoreError> {
    let params = (before.map(AuditId::uuid), i64::from(limit));
    let rows: Vec<AuditRow> = reader.into().all(&LATEST_AUDIT_ENTRIES, params).await?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}

#[derive(Debug, sqlx::FromRow)]
struct AuditRow {
    id: Uuid,
    at: DateTime<Utc>,
    actor: Option<Uuid>,
    action: String,
    subject: String,
    detail: String,
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        let AuditRow {
            id,
            at,
            actor,
            action,
            subject,
            detail,
        } = row;
        Self {
            id: id.into(),
            at,
            actor: actor.map(UserId::from),
            action,
            subject,
            detail,
        }
    }
}
