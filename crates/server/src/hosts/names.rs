//! Where the hosts are that this server was told of by name: names are looked up again and again, for containers come and
//! go and nobody tells.

use std::{collections::BTreeSet, io, net::SocketAddr, time::Duration};

use pythonide_link::LinkAddress;
use tokio::{
    net::lookup_host,
    sync::mpsc,
    time::{sleep, timeout},
};

/// Between two lookups of a name: soon enough for a deployment, seldom enough for whom every server asks.
const LOOK_UP_EVERY: Duration = Duration::from_secs(5);
/// How long whoever is asked may take.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// What a name stands for now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) name: LinkAddress,
    /// Nothing, where it could not be looked up yet.
    pub(super) places: Vec<LinkAddress>,
}

/// For ever: looks a name up and tells what it stands for, at first and whenever that is something else.
pub(super) async fn follow(name: LinkAddress, told: mpsc::Sender<Found>) {
    let look = async |host: String, port: u16| {
        let found = timeout(ANSWERS_WITHIN, lookup_host((host, port))).await??;
        Ok(found.collect())
    };
    follow_by(name, told, look).await;
}

async fn follow_by(
    name: LinkAddress,
    told: mpsc::Sender<Found>,
    look: impl AsyncFn(String, u16) -> io::Result<BTreeSet<SocketAddr>>,
) {
    let LinkAddress::Tcp { host, port } = &name else {
        return;
    };
    let mut known = None;
    let mut why = None;
    loop {
        let found = match look(host.clone(), *port).await {
            Ok(found) => {
                why = None;
                Some(found)
            }
            Err(error) => {
                // The same is not told at each lookup. What it stood for may still be there.
                let error = Some(error.to_string());
                if why != error {
                    tracing::warn!(error, %name, "the name of hosts could not be looked up");
                    why = error;
                }
                None
            }
        };
        let is_news = known.is_none() || found.is_some() && found != known;
        if is_news {
            let found = found.unwrap_or_default();
            let places = found.iter().copied().map(place).collect();
            tracing::info!(%name, places = ?found, "hosts were looked up");
            known = Some(found);
            let name = name.clone();
            if told.send(Found { name, places }).await.is_err() {
                return;
            }
        }
        sleep(LOOK_UP_EVERY).await;
    }
}

fn place(address: SocketAddr) -> LinkAddress {
    LinkAddress::Tcp {
        host: address.ip().to_string(),
        port: address.port(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_name_is_looked_up_again_and_what_is_new_is_told() {
        let name: LinkAddress = "tcp:hosts.internal:7001".parse().unwrap();
        let [one, other]: [SocketAddr; 2] =
            ["10.0.0.1:7001", "[fd00::2]:7001"].map(|text| text.parse().unwrap());
        let away = || Err(io::Error::other("away"));
        let answers = Mutex::new(Vec::from([
            Ok(vec![one, other]),
            away(),
            Ok(vec![one, other]),
            Ok(vec![one]),
            Ok(vec![one]),
            away(),
        ]));
        let look = async |host: String, port| {
            assert_eq!((host.as_str(), port), ("hosts.internal", 7001));
            let answer = answers.lock().unwrap().pop();
            answer
                .unwrap_or_else(|| Ok(vec![other]))
                .map(BTreeSet::from_iter)
        };
        let (told, mut heard) = mpsc::channel::<Found>(1);
        let hear = async {
            let mut all = Vec::new();
            while all.len() < 4 {
                let found = heard.recv().await.unwrap();
                assert_eq!(found.name, name);
                let places = found.places.iter().map(ToString::to_string);
                all.push(places.collect::<Vec<_>>().join(" "));
            }
            all
        };
        let all = tokio::select! {
            all = hear => all,
            () = follow_by(name.clone(), told, look) => panic!("it ended"),
        };
        // Also that nothing is known yet; not that the lookup failed once later.
        let both = "tcp:10.0.0.1:7001 tcp:[fd00::2]:7001";
        assert_eq!(all, ["", "tcp:10.0.0.1:7001", both, "tcp:[fd00::2]:7001"]);
    }
}
