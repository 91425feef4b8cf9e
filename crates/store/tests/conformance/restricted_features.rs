//! Restricted features: each once for a role of an app, and gone with the role.

use rollcall_model::{AppId, Feature, Listing, Millis, Page, RestrictedFeature};
use rollcall_store::{Sql, restricted_features as features, roles};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, role, shop};

rollcall_testkit::on_both_engines! {
    a_feature_is_restricted_once,
    a_list_is_newest_first_and_by_name_within_a_second,
    what_is_allowed_again_is_restricted_no_more,
    restrictions_go_with_their_role,
    a_role_that_is_not_there_has_none,
}

static ROWS: Sql = Sql::new("test.rows", "select count(*) from restricted_features where app = $1");

impl House {
    async fn restrict(&self, app: &AppId, id: &str, feature: Feature, now: Millis) -> bool {
        let (app, id) = (app.clone(), role(id));
        self.run(move |tx| features::restrict(tx, &app, &id, feature, now)).await
    }

    async fn restricted(&self, app: &AppId, id: &str, page: Page) -> Listing<RestrictedFeature> {
        let (app, id) = (app.clone(), role(id));
        self.look(move |tx| features::list(tx, &app, &id, page)).await
    }

    async fn names(&self, app: &AppId, id: &str) -> Vec<&'static str> {
        let all = self.restricted(app, id, Page { number: 1, size: 100 }).await;
        assert_eq!(usize::try_from(all.total), Ok(all.items.len()));
        all.items.iter().map(|restricted| restricted.feature.as_str()).collect()
    }
}

async fn house(engine: Engine) -> House {
    let house = House::new(engine).await;
    for app in [shop(), club()] {
        house.make_role(&app, "vip").await;
        house.make_role(&app, "guest").await;
    }
    house
}

async fn a_feature_is_restricted_once(engine: Engine) {
    let house = house(engine).await;
    assert!(house.restrict(&shop(), "vip", Feature::ListUsers, NOW).await);
    assert!(!house.restrict(&shop(), "vip", Feature::ListUsers, Millis(NOW.0 + 9_000)).await);
    assert!(house.restrict(&shop(), "guest", Feature::ListUsers, NOW).await);
    assert!(house.restrict(&club(), "vip", Feature::ListUsers, NOW).await);
    let listing = house.restricted(&shop(), "vip", Page { number: 1, size: 10 }).await;
    let first = RestrictedFeature { feature: Feature::ListUsers, created_at: NOW };
    assert_eq!((listing.items, listing.total), (vec![first], 1), "the first time counts");
}

async fn a_list_is_newest_first_and_by_name_within_a_second(engine: Engine) {
    let house = house(engine).await;
    let second = NOW.0 - NOW.0 % 1000;
    for (feature, at) in [
        (Feature::Logout, second + 999),
        (Feature::Ban, second + 1000),
        (Feature::BlockUser, second),
        (Feature::Unban, second + 500),
    ] {
        assert!(house.restrict(&shop(), "vip", feature, Millis(at)).await);
    }
    assert_eq!(house.names(&shop(), "vip").await, ["ban", "blockUser", "logout", "unban"]);
    let page = house.restricted(&shop(), "vip", Page { number: 2, size: 3 }).await;
    let last = RestrictedFeature { feature: Feature::Unban, created_at: Millis(second + 500) };
    assert_eq!((page.items, page.total), (vec![last], 4));
    let beyond = house.restricted(&shop(), "vip", Page { number: 3, size: 3 }).await;
    assert_eq!((beyond.items, beyond.total), (vec![], 4));
}

async fn what_is_allowed_again_is_restricted_no_more(engine: Engine) {
    let house = house(engine).await;
    for app in [shop(), club()] {
        for id in ["vip", "guest"] {
            for feature in [Feature::Unban, Feature::Ban, Feature::Logout] {
                assert!(house.restrict(&app, id, feature, NOW).await);
            }
        }
    }
    let allow = |feature| house.run(move |tx| features::allow(tx, &shop(), &role("vip"), feature));
    assert!(allow(Feature::Ban).await);
    assert!(!allow(Feature::Ban).await);
    assert!(!allow(Feature::ListUsers).await);
    assert_eq!(house.names(&shop(), "vip").await, ["logout", "unban"]);
    let all = || house.run(|tx| features::allow_all(tx, &shop(), &role("vip")));
    assert_eq!(all().await, [Feature::Logout, Feature::Unban]);
    assert_eq!(all().await, []);
    assert!(house.names(&shop(), "vip").await.is_empty());
    for (app, id) in [(shop(), "guest"), (club(), "vip"), (club(), "guest")] {
        assert_eq!(house.names(&app, id).await, ["ban", "logout", "unban"], "{app} {id}");
    }
}

async fn restrictions_go_with_their_role(engine: Engine) {
    let house = house(engine).await;
    for app in [shop(), club()] {
        assert!(house.restrict(&app, "vip", Feature::Ban, NOW).await);
    }
    assert!(house.run(|tx| roles::delete(tx, &shop(), &role("vip"), NOW)).await);
    assert_eq!((house.number(&ROWS, &shop()).await, house.number(&ROWS, &club()).await), (0, 1));
    house.make_role(&shop(), "vip").await;
    assert!(house.names(&shop(), "vip").await.is_empty());
}

async fn a_role_that_is_not_there_has_none(engine: Engine) {
    let house = house(engine).await;
    assert!(house.restrict(&club(), "vip", Feature::Ban, NOW).await);
    house
        .refused(|tx| {
            if features::restrict(tx, &shop(), &role("ghost"), Feature::Ban, NOW)? {
                features::list(tx, &shop(), &role("ghost"), Page { number: 1, size: 1 })?;
            }
            Ok(())
        })
        .await;
    assert!(house.names(&shop(), "ghost").await.is_empty());
    assert_eq!(house.number(&ROWS, &shop()).await, 0);
}
