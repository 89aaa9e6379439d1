//! Asks the agent of Amazon ECS not to stop this container's task while programs live.
//!
//! A deployment or a smaller service would otherwise end them within two minutes. The agent is asked at
//! `$ECS_AGENT_URI/task-protection/v1/state`. A protection ends by itself, so it is renewed while programs live; what a
//! host that died has asked for is over soon. An agent that errs or hangs costs programs the protection and nothing else.

use std::{sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, Uri, body::Bytes, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};

use crate::runs::Admission;

/// For how long a protection is asked, in minutes; at least one.
const EXPIRES_MINUTES: u64 = 10;
/// Between two requests while programs live: the second comes in time even if the first fails.
const RENEW_EVERY: Duration = Duration::from_mins(4);
/// No program has lived for so long: programs come and go in seconds, and the agent need not hear of each.
const RELEASE_AFTER: Duration = Duration::from_secs(5);
/// After a failure.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// How long the agent may take.
const ANSWERS_WITHIN: Duration = Duration::from_secs(4);
/// What it may answer.
const MAX_ANSWER_BYTES: usize = 64 << 10;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// For ever: keeps the task protected while programs live.
pub(crate) async fn follow(agent: Uri, admission: Arc<Admission>) {
    follow_by(&admission, |is_wanted| put(agent.clone(), is_wanted)).await;
}

async fn follow_by<F>(admission: &Admission, put: impl Fn(bool) -> F)
where
    F: Future<Output = Result<(), Failure>>,
{
    let mut changes = admission.changes();
    let mut agent = Agent {
        put,
        protects_since: None,
        has_failed: false,
    };
    let mut idle_since = None;
    let mut not_before = Instant::now();
    loop {
        changes.mark_unchanged();
        let now = Instant::now();
        if admission.is_in_use() {
            idle_since = None;
        } else {
            idle_since.get_or_insert(now);
        }
        let due = match (idle_since, agent.protects_since) {
            (None, None) => Some(now),
            (None, Some(since)) => Some(since + RENEW_EVERY),
            (Some(idle_since), Some(_)) => Some(idle_since + RELEASE_AFTER),
            (Some(_), None) => None,
        };
        let due = due.map(|due| due.max(not_before));
        if due.is_some_and(|due| due <= now) {
            if !agent.ask(idle_since.is_none()).await {
                not_before = Instant::now() + TRY_AGAIN_AFTER;
            }
            continue;
        }
        let time_comes = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = time_comes => {}
            outcome = changes.changed() => if outcome.is_err() {
                return;
            },
        }
    }
}

/// The agent, and what it has said yes to.
struct Agent<P> {
    put: P,
    /// Since when it protects the task, as far as is known.
    protects_since: Option<Instant>,
    has_failed: bool,
}

impl<F, P> Agent<P>
where
    F: Future<Output = Result<(), Failure>>,
    P: Fn(bool) -> F,
{
    /// Asks for the protection, or to be without; returns whether the agent has said yes. A failure is told once, until it
    /// works again.
    async fn ask(&mut self, is_wanted: bool) -> bool {
        let asked = Instant::now();
        let answer = timeout(ANSWERS_WITHIN, (self.put)(is_wanted)).await;
        match answer.map_err(Failure::from).flatten() {
            Ok(()) => {
                if self.has_failed {
                    tracing::info!("the ECS agent answers as it should again");
                }
                self.has_failed = false;
                self.protects_since = is_wanted.then_some(asked);
                true
            }
            Err(error) => {
                if !self.has_failed {
                    tracing::warn!(
                        error,
                        "the ECS agent does not protect the task: a deployment may end programs that live"
                    );
                }
                self.has_failed = true;
                false
            }
        }
    }
}

async fn put(agent: Uri, is_wanted: bool) -> Result<(), Failure> {
    let host = agent.authority().ok_or("its address has no host")?;
    let path = format!(
        "{}/task-protection/v1/state",
        agent.path().trim_end_matches('/')
    );
    let body = if is_wanted {
        serde_json::json!({ "ProtectionEnabled": true, "ExpiresInMinutes": EXPIRES_MINUTES })
    } else {
        serde_json::json!({ "ProtectionEnabled": false })
    };
    let request = Request::builder()
        .method(Method::PUT)
        .uri(path)
        .header(header::HOST, host.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body.to_string())))?;
    let stream = TcpStream::connect((host.host(), host.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let answer = async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES);
        let body = body.collect().await?.to_bytes();
        drop(sender);
        // What is refused may be answered with 200 and say why within.
        let said: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let has_done = said["protection"]["ProtectionEnabled"].as_bool() == Some(is_wanted);
        if status.is_success() && has_done {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&body)
            .chars()
            .take(300)
            .collect::<String>();
        Err(Failure::from(format!("it answers {status}: {said}")))
    };
    let (answer, connection) = tokio::join!(answer, connection);
    answer?;
    Ok(connection?)
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::VecDeque, future::ready};

    use super::*;

    /// What is asked of the agent, and when, while `story` goes on.
    async fn asked(
        admission: &Admission,
        answers: VecDeque<Result<(), Failure>>,
        story: impl Future<Output = ()>,
    ) -> Vec<(u64, bool)> {
        let begun = Instant::now();
        let (asked, answers) = (RefCell::new(Vec::new()), RefCell::new(answers));
        let put = |is_wanted| {
            asked
                .borrow_mut()
                .push((begun.elapsed().as_secs(), is_wanted));
            ready(answers.borrow_mut().pop_front().unwrap_or(Ok(())))
        };
        tokio::select! {
            () = follow_by(admission, put) => panic!("it ended"),
            () = story => {}
        }
        asked.into_inner()
    }

    async fn pass(seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_is_protected_while_programs_live_and_a_little_longer() {
        let admission = Admission::new(2, 0);
        let story = async {
            pass(100).await;
            let (one, other) = (admission.try_enter(), admission.try_enter());
            pass(50).await;
            drop(one);
            pass(450).await;
            drop(other);
            pass(2).await;
            // Before anything was said of its end.
            let next = admission.try_enter();
            pass(1).await;
            drop(next);
            pass(100).await;
        };
        let asked = asked(&admission, VecDeque::new(), story).await;
        assert_eq!(asked, [(100, true), (340, true), (580, true), (608, false)]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_agent_that_fails_is_asked_again_later_for_as_long_as_there_is_reason() {
        let admission = Admission::new(1, 0);
        let story = async {
            let program = admission.try_enter();
            pass(70).await;
            drop(program);
            pass(100).await;
        };
        let fails = || Err(Failure::from("no"));
        let answers = VecDeque::from([fails(), fails(), Ok(()), fails(), Ok(())]);
        let asked = asked(&admission, answers, story).await;
        let expected = [(0, true), (30, true), (60, true), (75, false), (105, false)];
        assert_eq!(asked, expected);
        let story = async {
            let program = admission.try_enter();
            pass(1).await;
            drop(program);
            pass(100).await;
        };
        // It never protected, so there is nothing to be taken back.
        let asked = self::asked(&admission, VecDeque::from([fails()]), story).await;
        assert_eq!(asked, [(0, true)]);
    }
}
