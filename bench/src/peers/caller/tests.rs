use super::*;
use crate::peers::http;
use tokio::net::TcpListener;

fn question(request: &str, writes: bool) -> Question {
    Question {
        greeting: None,
        request: request.as_bytes().to_vec(),
        answered: http::answered,
        success: 200,
        names_user: true,
        writes,
    }
}

/// A server that answers each request with what `answer` makes of it, every time in two writes.
async fn serve(answer: fn(&str) -> String) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut bytes = vec![0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut bytes).await {
                    let text = answer(&String::from_utf8_lossy(&bytes[..read]));
                    let (first, second) = text.split_at(text.len() / 2);
                    stream.write_all(first.as_bytes()).await.unwrap();
                    stream.write_all(second.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (address, serving)
}

fn echo(request: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{request}", request.len())
}

fn window() -> Window {
    let span = std::time::Duration::from_millis;
    Window { warmup: span(10), measured: span(100) }
}

#[tokio::test]
async fn users_and_revisions_vary_and_the_last_writes_are_known() {
    let (address, _serving) = serve(echo).await;
    let crowd = Crowd { address, users: 64, connections: 12 };
    let question = question("PUT bench-10000000 revision 0000000000", true);
    let outcome = measure(crowd, &question, 5, window(), || Ok(())).await.unwrap();
    assert!(outcome.requests > 0 && outcome.next_revision >= 5 + outcome.requests, "{outcome:?}");
    let users: std::collections::BTreeSet<u32> =
        outcome.acknowledged.iter().map(|write| write.user).collect();
    assert_eq!(users, (0..WATCHED).collect());
    assert!(
        outcome
            .acknowledged
            .iter()
            .all(|write| (5..outcome.next_revision).contains(&write.revision))
    );
}

#[tokio::test]
async fn one_question_is_aimed_and_its_answer_given() {
    let (address, _serving) = serve(echo).await;
    let crowd = Crowd { address, users: 64, connections: 1 };
    let question = question("GET bench-10000000 0000000000", false);
    let answer = single(crowd, &question, 42, 7).await.unwrap();
    assert!(answer.ends_with("GET bench-10000042 0000000007"), "{answer}");
}

#[tokio::test]
async fn every_user_is_asked_about_once() {
    let (address, _serving) = serve(|request| {
        let last = request.contains("bench-10000069");
        let status = if last { "410 Gone" } else { "200 OK" };
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{request}", request.len())
    })
    .await;
    let question = question("POST bench-10000000", true);
    each_once(Crowd { address, users: 69, connections: 8 }, &question)
        .await
        .unwrap();
    let error = each_once(Crowd { address, users: 70, connections: 8 }, &question)
        .await
        .unwrap_err();
    let text = format!("{error:#}");
    assert!(text.contains("answered 410") && text.contains("bench-10000069"), "{text}");
}

#[tokio::test]
async fn an_answer_about_someone_else_fails_the_run() {
    let (address, _serving) = serve(|_| echo("bench-10000064")).await;
    let crowd = Crowd { address, users: 64, connections: 2 };
    let question = question("GET bench-10000000", false);
    let error = measure(crowd, &question, 0, window(), || Ok(())).await.unwrap_err();
    assert!(format!("{error:#}").contains("about someone else"), "{error:#}");
}

#[tokio::test]
async fn the_greeting_comes_first_and_must_succeed() {
    let (address, _serving) = serve(|request| match request {
        "hello" => echo(""),
        "GET bench-10000001" => echo(request),
        _ => "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n".to_owned(),
    })
    .await;
    let crowd = Crowd { address, users: 64, connections: 1 };
    let greeted = |text: &str| Question {
        greeting: Some(text.as_bytes().to_vec()),
        ..question("GET bench-10000000", false)
    };
    assert!(single(crowd, &greeted("hello"), 1, 0).await.is_ok());
    let error = single(crowd, &greeted("go away"), 1, 0).await.unwrap_err();
    assert!(format!("{error:#}").contains("the greeting: answered 403"), "{error:#}");
}
