//! One suite for both engines, and what is particular to each.

#![expect(clippy::unwrap_used, reason = "a failure of a test says where")]

/// Each test on a fresh store of each engine.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let world = crate::world::world(crate::world::Engine::Sqlite).await.unwrap();
                super::$name(world).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let Some(world) = crate::world::world(crate::world::Engine::Postgres).await else { return };
                super::$name(world).await;
            })+
        }
    };
}

mod conformance;
mod hostile;
mod model;
mod moving;
mod postgres;
mod reading;
mod sqlite;
mod transfer;
mod world;
