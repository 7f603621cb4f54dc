//! Everybody who comes in, in every way that there is, and what they guess wrong on the way.

use crate::gathered::Gathered;
use crate::world::{World, canary};
use integration_tests::fresh::Fresh;
use integration_tests::visitor::{Answer, By, Sent, Visitor};
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};
use totp_rs::{Builder, Secret};

/// Everybody.
pub(crate) struct Everybody {
    pub(crate) visitors: Vec<Visitor>,
}

impl Everybody {
    pub(crate) fn named(&self, name: &str) -> &Visitor {
        self.visitors.iter().find(|visitor| visitor.name == name).unwrap()
    }
}

/// Sends something and keeps the answer, under the route's own path.
pub(crate) async fn send(
    gathered: &Gathered,
    visitor: &Visitor,
    (method, route): (&str, &str),
    path: &str,
    sent: Sent<'_>,
) -> Answer {
    let answer = visitor.send(method, path, sent).await.unwrap();
    gathered.add_answer(&format!("{method} {route}"), &visitor.name, &answer);
    answer
}

/// A form for a route whose path is the same for all.
async fn post(gathered: &Gathered, visitor: &Visitor, path: &str, form: &[(&str, &str)]) -> Answer {
    send(gathered, visitor, ("POST", path), path, Sent::Form(form)).await
}

/// What of these letters stands in a page for the first time after this.
fn after(answer: &Answer, before: &str, length: usize) -> String {
    let text = answer.text();
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest[..length].to_owned()
}

struct Arrivals<'a> {
    fresh: &'a Fresh,
    world: &'a World,
    gathered: &'a Gathered,
}

impl Arrivals<'_> {
    /// Whoever was let in by this answer.
    async fn let_in(&self, visitor: Visitor, name: &str, answer: &Answer) -> Visitor {
        let visitor = visitor.let_in(name, answer).await.unwrap();
        let By::Cookie { value, csrf, .. } = &visitor.by else { panic!("no cookie") };
        self.world.learn_bearer(&format!("session of {name}"), value);
        if !csrf.is_empty() {
            self.world.learn_bearer(&format!("form token of {name}"), csrf);
        }
        visitor
    }

    async fn attempt(&self, name: &str, password: &str, code: &str) -> (Visitor, Answer) {
        // What a successful answer holds belongs to whoever it lets in.
        let visitor = self.fresh.visitor().unwrap().called(name);
        let form = [("name", name), ("password", password), ("code", code), ("next", "/")];
        let answer = post(self.gathered, &visitor, "/sign-in", &form).await;
        (visitor, answer)
    }

    async fn sign_in(&self, name: &str, password: &str, code: &str) -> Visitor {
        let (visitor, answer) = self.attempt(name, password, code).await;
        assert_eq!(answer.status, 303, "{name}: {}", answer.text());
        self.let_in(visitor, name, &answer).await
    }

    fn password(&self, kind: &str) -> String {
        let password = canary(kind);
        self.world.learn(format!("password: {kind}"), password.as_str());
        password
    }

    async fn first_admin(&self) -> Visitor {
        let token = self.fresh.setup_token().unwrap();
        self.world.learn_bearer("setup token", &token);
        let wrong = "a-wrong-setup-token-canary-of-43-letters-xx";
        self.world.learn("wrong link", wrong);
        let (first, second) = (self.password("set up"), self.password("typed only once"));
        let nobody = self.fresh.visitor().unwrap();
        let link = format!("/setup?token={token}");
        send(self.gathered, &nobody, ("GET", "/setup"), &link, Sent::Nothing).await;
        let form = |token, password, again| {
            [("token", token), ("name", "anna"), ("password", password), ("again", again)]
        };
        let differ = post(self.gathered, &nobody, "/setup", &form(&token, &first, &second)).await;
        assert_eq!(differ.status, 422);
        let refused = nobody.send("POST", "/setup", Sent::Form(&form(wrong, &first, &first))).await.unwrap();
        assert_eq!(refused.status, 422);
        let anna = nobody.called("anna");
        let made = post(self.gathered, &anna, "/setup", &form(&token, &first, &first)).await;
        assert_eq!(made.status, 303, "{}", made.text());
        self.let_in(anna, "anna", &made).await
    }

    async fn add_users(&self, anna: &Visitor) -> [Visitor; 3] {
        let (otto, vera, dora) =
            (self.password("by the form"), self.password("by the API"), self.password("to be reset"));
        let form =
            [("name", "otto"), ("role", "operator"), ("scope", "all"), ("password", &otto), ("again", &otto)];
        assert_eq!(post(self.gathered, anna, "/users", &form).await.status, 200);
        for (name, role, password) in [("vera", "viewer", &vera), ("dora", "admin", &dora)] {
            let body = json!({ "name": name, "role": role, "routers": null, "password": password });
            let made =
                send(self.gathered, anna, ("POST", "/api/v1/users"), "/api/v1/users", Sent::Json(&body))
                    .await;
            assert_eq!(made.status, 201, "{}", made.text());
        }
        let vera = self.sign_in("vera", &vera, "").await;
        let reset = self.password("reset");
        let form = [("name", "dora"), ("password", reset.as_str())];
        assert_eq!(post(self.gathered, anna, "/users/password", &form).await.status, 200);
        let dora = self.with_second_factor(self.sign_in("dora", &reset, "").await, &reset).await;
        let changed = self.password("changed");
        let otto_in = self.sign_in("otto", &otto, "").await;
        let wrong = self.password("a wrong old one");
        for (old, again, status) in [(&wrong, &changed, 422), (&otto, &wrong, 422), (&otto, &changed, 200)] {
            let form = [("old", old.as_str()), ("password", changed.as_str()), ("again", again.as_str())];
            let answer = post(self.gathered, &otto_in, "/account/password", &form).await;
            assert_eq!(answer.status, status, "{}", answer.text());
        }
        [otto_in, vera, dora]
    }

    /// Takes a second factor into use, and comes in with it and with a recovery code.
    async fn with_second_factor(&self, dora: Visitor, password: &str) -> Visitor {
        let offered = post(self.gathered, &dora, "/account/totp", &[]).await;
        let secret = after(&offered, "<code class=\"secret\" tabindex=\"0\">", 32);
        let device = Secret::try_from_base32(&secret).unwrap();
        self.world.learn("second factor of dora", secret.as_str());
        self.world.learn("second factor of dora", device.as_bytes());
        let totp = Builder::new().with_secret(device).build().unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let code = totp.generate(now).to_string();
        assert_eq!(
            post(self.gathered, &dora, "/account/totp/confirm", &[("code", "1234567")]).await.status,
            422
        );
        let confirmed = post(self.gathered, &dora, "/account/totp/confirm", &[("code", &code)]).await;
        let text = confirmed.text();
        let codes: Vec<&str> = text.split("<li><code>").skip(1).map(|rest| &rest[..19]).collect();
        assert_eq!(codes.len(), 10, "{text}");
        for code in &codes {
            self.world.learn("recovery code of dora", *code);
            self.world.learn("recovery code of dora", code.replace('-', ""));
        }
        let (_, answer) = self.attempt("dora", password, "").await;
        assert_eq!(answer.status, 401, "a code is asked for");
        let (_, answer) = self.attempt("dora", password, "7654321").await;
        assert_eq!(answer.status, 401);
        self.sign_in("dora", password, &totp.generate(now + 30).to_string()).await;
        self.sign_in("dora", password, codes[3]).await
    }

    async fn tokens(&self, anna: &Visitor) -> [Visitor; 2] {
        let form = [("name", "reads"), ("role", "admin"), ("scope", "all"), ("days", "30")];
        let made = post(self.gathered, anna, "/tokens", &form).await;
        let reads = format!("tw_{}", after(&made, ">tw_", 43));
        let body = json!({ "name": "writes", "role": "operator", "may_write": true, "routers": ["r1"] });
        let made =
            send(self.gathered, anna, ("POST", "/api/v1/tokens"), "/api/v1/tokens", Sent::Json(&body)).await;
        let writes = made.json().unwrap()["secret"].as_str().unwrap().to_owned();
        [("a token that reads", reads), ("a token that writes", writes)].map(|(name, token)| {
            self.world.learn_bearer("API token of anna", &token);
            self.fresh.visitor().unwrap().with_token(name, &token)
        })
    }

    async fn wall(&self, anna: &Visitor) -> Visitor {
        let form = [("name", "in the hall"), ("scope", "all"), ("page", "overview"), ("page", "subscribers")];
        let link = after(&post(self.gathered, anna, "/walls", &form).await, "/enter/", 43);
        self.world.learn_bearer("wall link of anna", &link);
        let display = self.fresh.visitor().unwrap().called("a display");
        let path = format!("/enter/{link}");
        send(self.gathered, &display, ("GET", "/enter/{secret}"), &path, Sent::Nothing).await;
        let wrong = "a-wrong-link-canary-of-as-many-letters-xxxx";
        self.world.learn("wrong link", wrong);
        assert_eq!(post(self.gathered, &display, "/enter", &[("secret", wrong)]).await.status, 401);
        let answer = post(self.gathered, &display, "/enter", &[("secret", &link)]).await;
        self.let_in(display, "a display", &answer).await
    }

    /// What people type wrong, and into the wrong field.
    async fn guess(&self) {
        let (wrong, typed) = (self.password("guessed"), canary("of somebody in a hurry"));
        self.world.learn("password typed as a name", typed.as_str());
        for (name, password) in [("anna", &wrong), ("nobody", &wrong), (&typed, &wrong), ("anna", &typed)] {
            let (_, answer) = self.attempt(name, password, "").await;
            assert_eq!(answer.status, 401, "{name}");
        }
    }
}

/// Everybody comes in.
pub(crate) async fn come(fresh: &Fresh, world: &World, gathered: &Gathered) -> Everybody {
    let arrivals = Arrivals { fresh, world, gathered };
    let anna = arrivals.first_admin().await;
    let [otto, vera, dora] = arrivals.add_users(&anna).await;
    let [reads, writes] = arrivals.tokens(&anna).await;
    let wall = arrivals.wall(&anna).await;
    arrivals.guess().await;
    let nobody = fresh.visitor().unwrap();
    Everybody { visitors: vec![nobody, anna, otto, vera, dora, reads, writes, wall] }
}

/// Those who signed in leave, but for the first.
pub(crate) async fn go(everybody: &Everybody, gathered: &Gathered) {
    for name in ["dora", "otto"] {
        let answer = post(gathered, everybody.named(name), "/sign-out", &[]).await;
        assert_eq!(answer.status, 303, "{name}");
    }
}
