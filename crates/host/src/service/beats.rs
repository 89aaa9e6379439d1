//! What a host answers to those who keep it alive.

use std::time::Duration;

use pythonide_link::wire;

use crate::{
    runs::{RunState, Runs},
    tenure::{Beat, Tenure},
};

/// Takes note of what the server has written down, and answers with the next beat, but for the address.
pub(super) async fn answer(
    tenure: &Tenure,
    runs: &Runs,
    request: wire::BeatRequest,
) -> wire::BeatReply {
    let wire::BeatRequest {
        host,
        beat,
        lives_ms,
        is_dead,
    } = request;
    if let Ok(host) = host.parse() {
        if is_dead {
            let was_over = tenure.is_over();
            if tenure.begin_anew(host) && !was_over {
                tracing::error!("this host was declared dead: its programs end");
                runs.lose_all().await;
            }
        } else {
            let beat = Beat { host, number: beat };
            tenure.renew(beat, lives_ms.map(Duration::from_millis));
        }
    }
    let settings = &runs.launcher().settings;
    let living = runs.states().into_iter();
    let living = living.filter(|state| *state != RunState::Ended).count();
    let Beat { host, number } = tenure.beat();
    wire::BeatReply {
        host: host.to_string(),
        beat: number,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        address: String::new(),
        is_draining: runs.is_closed(),
        programs: u32::try_from(living).unwrap_or(u32::MAX),
        places: settings.runs.into(),
        is_new: tenure.is_new(),
        is_over: tenure.is_over(),
    }
}
