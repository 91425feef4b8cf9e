//! Events: numbered in the order of writing, read by app.

use rollcall_model::{AppId, Event, EventKind, Millis};
use rollcall_store::events::{StoredEvent, after, append};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, shop};

rollcall_testkit::on_both_engines! {
    an_event_is_read_as_it_was_written,
    events_come_in_the_order_of_writing,
    an_app_reads_its_own,
    reading_goes_on_behind_a_number,
    an_undone_change_leaves_no_event,
    numbers_rise_after_reopening,
}

fn event(app: AppId, subject: &str) -> Event {
    Event {
        app,
        at: NOW,
        kind: EventKind::UserUpdated,
        subject: subject.to_owned(),
        actor: "credential:7".to_owned(),
        fields: "name,tags".to_owned(),
    }
}

async fn write(house: &House, app: AppId, subject: &str) {
    let event = event(app, subject);
    house.run(move |tx| append(tx, &event)).await;
}

async fn read(house: &House, app: AppId, seq: i64, limit: i64) -> Vec<StoredEvent> {
    house.look(move |tx| after(tx, &app, seq, limit)).await
}

fn subjects(events: &[StoredEvent]) -> Vec<&str> {
    events.iter().map(|event| event.subject.as_str()).collect()
}

async fn an_event_is_read_as_it_was_written(engine: Engine) {
    let house = House::new(engine).await;
    write(&house, shop(), "mira").await;
    let read = read(&house, shop(), 0, 10).await;
    let expected = StoredEvent {
        seq: read[0].seq,
        kind: "user.updated".to_owned(),
        subject: "mira".to_owned(),
        actor: "credential:7".to_owned(),
        fields: "name,tags".to_owned(),
    };
    assert_eq!(read, [expected]);
}

async fn events_come_in_the_order_of_writing(engine: Engine) {
    let house = House::new(engine).await;
    house
        .run(|tx| {
            ["z", "m", "a"]
                .into_iter()
                .try_for_each(|subject| append(tx, &event(shop(), subject)))
        })
        .await;
    write(&house, shop(), "b").await;
    // The clock is not what orders them.
    let early = Event { at: Millis(1), ..event(shop(), "c") };
    house.run(move |tx| append(tx, &early)).await;
    let read = read(&house, shop(), 0, 10).await;
    assert_eq!(subjects(&read), ["z", "m", "a", "b", "c"]);
    assert!(read.is_sorted_by(|a, b| a.seq < b.seq));
}

async fn an_app_reads_its_own(engine: Engine) {
    let house = House::new(engine).await;
    for (app, subject) in [(shop(), "one"), (club(), "two"), (shop(), "three")] {
        write(&house, app, subject).await;
    }
    assert_eq!(subjects(&read(&house, shop(), 0, 10).await), ["one", "three"]);
    assert_eq!(subjects(&read(&house, club(), 0, 10).await), ["two"]);
}

async fn reading_goes_on_behind_a_number(engine: Engine) {
    let house = House::new(engine).await;
    for subject in ["one", "two", "three"] {
        write(&house, shop(), subject).await;
    }
    let first = read(&house, shop(), 0, 2).await;
    assert_eq!(subjects(&first), ["one", "two"]);
    let second = read(&house, shop(), first[1].seq, 2).await;
    assert_eq!(subjects(&second), ["three"]);
    assert!(read(&house, shop(), second[0].seq, 2).await.is_empty());
}

async fn an_undone_change_leaves_no_event(engine: Engine) {
    let house = House::new(engine).await;
    house
        .refused(|tx| {
            append(tx, &event(shop(), "never"))?;
            Err::<(), _>(rollcall_model::Error::Denied.into())
        })
        .await;
    assert!(read(&house, shop(), 0, 10).await.is_empty());
}

async fn numbers_rise_after_reopening(engine: Engine) {
    let house = House::new(engine).await;
    write(&house, shop(), "one").await;
    let house = house.reopen();
    write(&house, shop(), "two").await;
    let read = read(&house, shop(), 0, 10).await;
    assert_eq!(subjects(&read), ["one", "two"]);
    assert!(read[1].seq > read[0].seq);
}
