//! The same test on both storage engines.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Runs each test on a fresh world of each engine, made by the caller's `crate::world::world(Engine)`.
/// Where there is no PostgreSQL, that half passes.
#[macro_export]
#[expect(clippy::crate_in_macro_def, reason = "the world is the caller's own")]
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::world::world($crate::Engine::Sqlite).await.unwrap()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let Some(world) = crate::world::world($crate::Engine::Postgres).await else { return };
                super::$name(world).await;
            })+
        }
    };
}
