//! Floods of one student's requests, beside which a neighbour works.

use std::time::Duration;

use pythonide_protocol::socket::FromBrowser;
use reqwest::StatusCode;
use tokio::{task::JoinSet, time::timeout};

use crate::{browser::Heard, product::Product};

#[tokio::test]
async fn attaching_and_detaching_cuts_no_neighbours_download() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let ben = product.sign_in("ben").await;
    let bytes = 20 << 20;
    ben.upload("big.bin", vec![1; bytes], false).await.unwrap();
    let mut console = ada.run("waits.py", "input('Well? ')\n").await;
    console.wait_for("Well?").await;

    let path = ben.home("content?path=big.bin");
    let mut floods = JoinSet::new();
    for _ in 0..10 {
        let (mut socket, run) = ada.program().await;
        floods.spawn(async move {
            loop {
                for stream in 0..100 {
                    let run = run.id;
                    let attach = FromBrowser::Attach {
                        stream,
                        run,
                        from: 0,
                    };
                    socket.send(attach).await;
                    tokio::task::yield_now().await;
                    socket.send(FromBrowser::Detach { stream }).await;
                }
                while let Ok(heard) = timeout(Duration::ZERO, socket.receive()).await {
                    assert!(!matches!(heard, Heard::Closed(_)), "the flood was cut");
                }
            }
        });
    }
    for _ in 0..5 {
        let mut downloads = JoinSet::new();
        for _ in 0..8 {
            let (ben, path) = (ben.clone(), path.clone());
            downloads.spawn(async move { ben.get(&path).await.bytes().await.map(|all| all.len()) });
        }
        for downloaded in downloads.join_all().await {
            assert_eq!(downloaded.unwrap(), bytes);
        }
    }
    assert!(floods.try_join_next().is_none(), "a flood has ended");
    // Nor does it delay her own stop.
    console.stop().await;
    console.script_end().await;
}

#[tokio::test]
async fn many_requests_at_once_wait_for_their_turn() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let path = ada.home("usage");
    let mut answers = JoinSet::new();
    for _ in 0..60 {
        let (ada, path) = (ada.clone(), path.clone());
        answers.spawn(async move { ada.get(&path).await.status() });
    }
    let statuses = answers.join_all().await;
    assert_eq!(statuses, vec![StatusCode::OK; 60]);
}
