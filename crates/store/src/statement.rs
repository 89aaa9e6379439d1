//! How one SQL text reaches two engines: named statements, and parameters and rows that both understand.
//!
//! A statement is declared once with `sql!`. Its parameters are a tuple, which is turned into the arguments of whichever
//! engine the caller is connected to; what comes back is a struct or a tuple that can be read from a row of either.

use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{Arguments, Encode, FromRow, Type};

/// A SQL text with a name, by which errors and tests speak of it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Statement {
    /// The name of the constant that holds it.
    pub name: &'static str,
    /// The text, the same for both engines.
    pub text: &'static str,
}

/// Declares the statements of a module, all in one block:
///
/// ```text
/// sql! {
///     USER_BY_ID = "SELECT ", user_columns!(), " FROM users AS u WHERE u.id = $1";
///     COUNT_USERS = "SELECT COUNT(*) FROM users";
/// }
/// ```
///
/// A text may be given in several literals, where it shares a part with others. For tests it also makes the list
/// `STATEMENTS` of the module; the compiler warns when `Statement::all` forgets it.
macro_rules! sql {
    ($($name:ident = $($text:expr),+;)+) => {
        $(
            static $name: $crate::Statement =
                $crate::Statement { name: stringify!($name), text: concat!($($text),+) };
        )+

        #[cfg(feature = "statements")]
        pub(crate) static STATEMENTS: &[&$crate::Statement] = &[$(&$name),+];
    };
}

#[cfg(feature = "statements")]
impl Statement {
    /// Returns every statement of this crate, for the test that prepares them all.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        [
            crate::audit::STATEMENTS,
            crate::classes::STATEMENTS,
            crate::db::STATEMENTS,
            crate::hosts::STATEMENTS,
            crate::legacy::STATEMENTS,
            crate::migrate::STATEMENTS,
            crate::runs::STATEMENTS,
            crate::sessions::STATEMENTS,
            crate::users::STATEMENTS,
        ]
        .into_iter()
        .flatten()
        .copied()
        .chain(Self::of_transfer())
    }
}

/// A value that both engines take as a parameter.
pub(crate) trait Value<'q>:
    Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> + Send
{
}

impl<'q, T> Value<'q> for T where
    T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> + Send
{
}

/// The parameters of a statement, `$1` first.
pub(crate) trait Params<'q>: Send + Sized {
    /// Writes them down for SQLite, after what is there.
    fn add_to_sqlite(self, arguments: &mut SqliteArguments) -> Result<(), sqlx::Error>;
    /// Writes them down for PostgreSQL, after what is there.
    fn add_to_postgres(self, arguments: &mut PgArguments) -> Result<(), sqlx::Error>;

    /// Writes them down for SQLite.
    fn sqlite(self) -> Result<SqliteArguments, sqlx::Error> {
        let mut arguments = SqliteArguments::default();
        self.add_to_sqlite(&mut arguments)?;
        Ok(arguments)
    }

    /// Writes them down for PostgreSQL.
    fn postgres(self) -> Result<PgArguments, sqlx::Error> {
        let mut arguments = PgArguments::default();
        self.add_to_postgres(&mut arguments)?;
        Ok(arguments)
    }
}

macro_rules! params {
    ($($value:ident)*) => {
        #[expect(non_snake_case, reason = "each value is named after its type parameter")]
        impl<'q, $($value: Value<'q>),*> Params<'q> for ($($value,)*) {
            fn add_to_sqlite(self, arguments: &mut SqliteArguments) -> Result<(), sqlx::Error> {
                let ($($value,)*) = self;
                $(arguments.add($value).map_err(sqlx::Error::Encode)?;)*
                Ok(())
            }

            fn add_to_postgres(self, arguments: &mut PgArguments) -> Result<(), sqlx::Error> {
                let ($($value,)*) = self;
                $(arguments.add($value).map_err(sqlx::Error::Encode)?;)*
                Ok(())
            }
        }
    };
}

params!(A);
params!(A B);
params!(A B C);
params!(A B C D);
params!(A B C D E);
params!(A B C D E F);
params!(A B C D E F G);
params!(A B C D E F G H);
params!(A B C D E F G H I);
params!(A B C D E F G H I J K);
params!(A B C D E F G H I J K L M);

impl Params<'_> for () {
    fn add_to_sqlite(self, _: &mut SqliteArguments) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn add_to_postgres(self, _: &mut PgArguments) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

/// What can be read from a row of either engine.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}
