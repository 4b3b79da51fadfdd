//! A market at one of its places, whichever engine is there.

use std::sync::Arc;

use super::copy::{Sink, Source, Tables, apart, compare, copy};
use super::error::{Outcome, TransferError};
use super::file::{self, Draft};
use super::layout::{self, quoted};
use super::tally::Tally;
use super::watch::{Stage, Watch};
use super::{rows_postgres, rows_sqlite};
use crate::base::LAST_POSITION;
use crate::error::StoreError;
use crate::market::Engine;
use crate::place::Place;
use crate::postgres::state;
use crate::schema::Schema;
use crate::sqlite::Mark;
use crate::store::Store;
use crate::{postgres, sqlite};

#[derive(Clone)]
pub(super) enum End {
    File(Arc<sqlite::Slot>),
    Server(Arc<postgres::Slot>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Absent,
    Serving,
    Frozen,
    Arrived,
    /// It has left, and commits are refused for good.
    Fenced,
}

/// Why a market leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    Moved,
    Archived,
}

impl End {
    pub(super) fn of(store: &Store, place: &Place) -> Outcome<Self> {
        match store.engine(place) {
            Engine::Sqlite(slot) => Ok(End::File(slot)),
            Engine::Postgres(slot) => Ok(End::Server(slot)),
            Engine::Nowhere(error) => Err(error.into()),
        }
    }

    pub(super) fn engine(&self) -> &'static str {
        match self {
            End::File(_) => "sqlite",
            End::Server(_) => "postgres",
        }
    }

    pub(super) fn schema(&self) -> Outcome<Arc<Schema>> {
        match self {
            End::File(slot) => Ok(slot.schema()?),
            End::Server(slot) => Ok(slot.schema()),
        }
    }

    /// The tables that the program keeps for this kind of market.
    pub(super) fn tables(&self, place: &Place) -> Outcome<Tables> {
        let schema = self.schema()?;
        Ok(layout::tables(&schema, place.kind, &layout::all_steps(&schema, place.kind))?.into())
    }

    pub(super) async fn standing(&self) -> Outcome<Standing> {
        match self {
            End::File(slot) => {
                let slot = slot.clone();
                Ok(match apart(move || Ok(slot.mark()?)).await? {
                    None => Standing::Absent,
                    Some(Mark::Serving) => Standing::Serving,
                    Some(Mark::Frozen) => Standing::Frozen,
                    Some(Mark::Arrived | Mark::Export) => Standing::Arrived,
                })
            }
            End::Server(slot) => Ok(match slot.state().await? {
                None => Standing::Absent,
                Some(state::SERVING) => Standing::Serving,
                Some(state::FROZEN) => Standing::Frozen,
                Some(state::ARRIVED) => Standing::Arrived,
                Some(_) => Standing::Fenced,
            }),
        }
    }

    /// Commits are refused from now on; those that ran are done when this returns.
    pub(super) async fn freeze(&self, place: &Place) -> Outcome<()> {
        match self {
            End::File(slot) => slot.freeze().await?,
            End::Server(slot) => {
                must(place, slot.freeze().await?)?;
            }
        }
        Ok(())
    }

    pub(super) async fn thaw(&self, place: &Place) -> Outcome<()> {
        match self {
            End::File(slot) => slot.thaw().await?,
            End::Server(slot) => {
                must(place, slot.change_state(&[state::SERVING, state::FROZEN], state::SERVING).await?)?;
            }
        }
        Ok(())
    }

    /// An arrived copy begins to serve.
    pub(super) async fn admit(&self, place: &Place) -> Outcome<()> {
        match self {
            End::File(slot) => {
                let slot = slot.clone();
                apart(move || Ok(slot.admit()?)).await
            }
            End::Server(slot) => {
                must(place, slot.change_state(&[state::SERVING, state::ARRIVED], state::SERVING).await?)
            }
        }
    }

    /// An arrived copy that nobody will need.
    pub(super) async fn clear(&self, tables: &Tables) -> Outcome<()> {
        match self {
            End::File(slot) => {
                let slot = slot.clone();
                apart(move || {
                    file::clear(&slot.arriving())?;
                    Ok(slot.remove_file()?)
                })
                .await
            }
            End::Server(slot) => {
                slot.change_state(&[state::ARRIVED], state::MOVED).await?;
                self.remove_rows(slot, tables).await
            }
        }
    }

    /// Nobody is served here any more, then the rows go.
    pub(super) async fn retire(
        &self,
        place: &Place,
        leaving: Leaving,
        tables: &Tables,
        watch: &Watch,
    ) -> Outcome<()> {
        match self {
            End::File(slot) => {
                slot.say_gone(leaving == Leaving::Moved);
                let its = slot.clone();
                apart(move || Ok(its.fold_log()?)).await?;
                watch.stage(Stage::Fenced)?;
                let its = slot.clone();
                apart(move || Ok(its.remove_file()?)).await?;
            }
            End::Server(slot) => {
                let to = if leaving == Leaving::Moved { state::MOVED } else { state::ARCHIVED };
                must(place, slot.change_state(&[state::FROZEN, to], to).await?)?;
                watch.stage(Stage::Fenced)?;
                tokio::time::sleep(watch.grace).await;
                self.remove_rows(slot, tables).await?;
            }
        }
        watch.stage(Stage::Retired)
    }

    async fn remove_rows(&self, slot: &postgres::Slot, tables: &Tables) -> Outcome<()> {
        if slot.has_rows(&names(tables)).await? {
            slot.empty().await?;
        }
        Ok(())
    }

    /// Rows behind the fence, left by a retirement that was interrupted, perhaps a moment ago.
    pub(super) async fn sweep(&self, tables: &Tables, watch: &Watch) -> Outcome<()> {
        match self {
            End::Server(slot) if slot.has_rows(&names(tables)).await? => {
                tokio::time::sleep(watch.grace).await;
                Ok(slot.empty().await?)
            }
            End::Server(_) | End::File(_) => Ok(()),
        }
    }

    /// Committed events only get more, so a market with fewer of them is no later state of another.
    pub(super) async fn last_position(&self) -> Outcome<i64> {
        match self {
            End::File(slot) => {
                let slot = slot.clone();
                apart(move || {
                    let shown = file::shown(slot.path());
                    let last = slot.reader()?.query_row(LAST_POSITION.text, [], |row| row.get(0));
                    last.map_err(|error| rows_sqlite::fault(&shown, error))
                })
                .await
            }
            End::Server(slot) => Ok(slot.event_count().await?),
        }
    }

    /// One moment of the market, with every event placed.
    pub(super) async fn source(&self) -> Outcome<Source> {
        match self {
            End::File(slot) => {
                // Opening it brings its tables up to date.
                slot.prepare().await?;
                let slot = slot.clone();
                apart(move || {
                    let shown = file::shown(slot.path());
                    Ok(Source::File { connection: slot.reader()?, shown, bounds: None })
                })
                .await
            }
            End::Server(slot) => {
                slot.settle().await?;
                Ok(Source::Server(slot.snapshot_session().await?))
            }
        }
    }

    /// Writes all that the source holds, compares, and leaves it serving or arrived: at once, or not
    /// at all.
    pub(super) async fn land(
        &self,
        place: &Place,
        source: Source,
        tables: &Tables,
        standing: Standing,
        watch: &Watch,
    ) -> Outcome<Vec<Tally>> {
        match self {
            End::File(slot) => land_in_file(slot, place, source, tables, standing, watch).await,
            End::Server(slot) => land_on_server(slot, place, source, tables, standing, watch).await,
        }
    }
}

fn must(place: &Place, done: bool) -> Outcome<()> {
    if done { Ok(()) } else { Err(StoreError::Missing(place.name.to_string()).into()) }
}

fn names(tables: &Tables) -> Vec<String> {
    tables.iter().map(|table| quoted(&table.name)).collect()
}

async fn land_in_file(
    slot: &Arc<sqlite::Slot>,
    place: &Place,
    source: Source,
    tables: &Tables,
    standing: Standing,
    watch: &Watch,
) -> Outcome<Vec<Tally>> {
    file::refuse_existing(slot.path())?;
    let (its, kind) = (slot.clone(), place.kind);
    let draft = apart(move || {
        let schema = its.schema()?;
        Draft::begin(its.arriving(), &schema, kind, &layout::all_steps(&schema, kind))
    })
    .await?;
    let (tallies, sink) = copy(source, Sink::File(draft), tables, watch).await?;
    watch.stage(Stage::Copied)?;
    let Sink::File(draft) = sink else { return Err(StoreError::Bug("a sink of another kind".into()).into()) };
    let mark = if standing == Standing::Arrived { Mark::Arrived } else { Mark::Serving };
    let (all, its, follower) = (tables.clone(), slot.clone(), watch.clone());
    apart(move || {
        draft.mark(mark)?;
        draft.commit()?;
        let draft = draft.close()?;
        let written = rows_sqlite::read(&draft.reopen()?, &draft.shown, &all, None, &follower, |_| Ok(()))?;
        compare(&all, &tallies, &written)?;
        follower.stage(Stage::Verified)?;
        draft.publish(its.path())?;
        its.say_gone(false);
        Ok(tallies)
    })
    .await
}

async fn land_on_server(
    slot: &postgres::Slot,
    place: &Place,
    source: Source,
    tables: &Tables,
    standing: Standing,
    watch: &Watch,
) -> Outcome<Vec<Tally>> {
    let state = if standing == Standing::Arrived { state::ARRIVED } else { state::SERVING };
    let Some(client) = slot.landing_session(place, state, &names(tables)).await? else {
        return Err(TransferError::Exists(format!("market {}", place.name)));
    };
    let (tallies, sink) = copy(source, Sink::Server(client), tables, watch).await?;
    watch.stage(Stage::Copied)?;
    let Sink::Server(client) = sink else {
        return Err(StoreError::Bug("a sink of another kind".into()).into());
    };
    let written = rows_postgres::read(&client, tables, None, watch).await?;
    compare(tables, &tallies, &written)?;
    watch.stage(Stage::Verified)?;
    slot.land(&client).await?;
    Ok(tallies)
}
