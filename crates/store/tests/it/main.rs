//! The behaviour of the store. Every test listed in `on_both_engines!` runs once as `sqlite::…` and once as `postgres::…`.

#![expect(clippy::unwrap_used, reason = "a test fails where it can't go on")]

/// Makes a test for each engine from functions that take a migrated `&TestDatabase`. A function that is not listed is
/// unused, which the compiler reports.
macro_rules! on_both_engines {
    ($($claim:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $claim() {
                    super::$claim(&pythonide_testdb::TestDatabase::sqlite().await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $claim() {
                    super::$claim(&pythonide_testdb::TestDatabase::postgres().await).await;
                }
            )+
        }
    };
}

mod audit;
mod build;
mod classes;
mod connecting;
mod errors;
mod events;
mod hosts;
mod runs;
mod schema;
mod sessions;
mod statements;
mod transactions;
mod transfer;
mod users;
