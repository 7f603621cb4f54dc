use super::*;
use crate::domain::action::{
    Changed, Comment, Item, Name, NewAccount, Password, ProfileName, Service, Table,
};
use crate::domain::id::ItemId;
use secrecy::SecretString;

fn item(number: usize, disabled: bool) -> Item {
    let id = ItemId::read(format!("*{number:X}").as_bytes());
    Item::named(Table::Accounts, id, "ana")
        .saying("disabled", if disabled { "true" } else { "false" })
        .unwrap()
}

fn job(steps: usize) -> Job {
    let step = |number| {
        let (router, action) = (RouterName::new("r1").unwrap(), Action::DisableAccount(item(number, false)));
        Arc::new(Step { router, action, state: StepState::Waiting })
    };
    Job {
        id: JobId(1),
        who: "ana".to_owned(),
        made: Timestamp::UNIX_EPOCH,
        pace: Pace::default(),
        phase: Phase::Running,
        steps: (0..steps).map(step).collect(),
    }
}

fn unreachable() -> Outcome {
    Outcome::Unreachable { word: "silent", what: String::new(), advice: String::new() }
}

#[test]
fn a_job_goes_on_behind_a_refusal_and_waits_where_others_would_fare_alike() {
    let mut job = job(3);
    job.ended(0, Outcome::refused("failure: locked"));
    assert_eq!((job.phase, job.next()), (Phase::Running, Some(1)));
    for (outcome, pause) in [
        (unreachable(), Pause::Unreachable),
        (Outcome::Busy, Pause::Busy),
        (Outcome::refused("not enough permissions (9)"), Pause::NotPermitted),
    ] {
        job.phase = Phase::Running;
        job.ended(1, outcome);
        assert_eq!((job.phase, job.next()), (Phase::Paused(pause), Some(1)), "it is done again");
    }
    job.phase = Phase::Running;
    job.ended(1, Outcome::Changed(Changed::Gone));
    job.ended(2, Outcome::Done { after: Afterwards::Row(item(2, true)) });
    assert_eq!(job.phase, Phase::Over);
    let counts = job.counts();
    assert_eq!((counts.done, counts.failed, counts.waiting), (1, 2, 0));
}

#[test]
fn a_single_action_is_told_as_it_ended() {
    let mut job = job(1);
    job.ended(0, unreachable());
    assert_eq!((job.phase, job.counts().failed), (Phase::Over, 1));
}

#[test]
fn a_password_is_kept_as_long_as_it_may_be_sent() {
    let add = || {
        Action::AddAccount(NewAccount {
            name: Name::parse("ana").unwrap(),
            password: Password::of_account(SecretString::from("canary-9Kd")).unwrap(),
            service: Service::Pppoe,
            profile: ProfileName::among("home", ["home"]).unwrap(),
            comment: Comment::default(),
        })
    };
    let has_password = |job: &Job, at: usize| {
        let command = job.steps[at].action.order().command();
        command.words().any(|word| word.ends_with(b"canary-9Kd"))
    };
    let mut job = job(2);
    job.steps = job.steps.iter().map(|step| Arc::new(Step { action: add(), ..Step::clone(step) })).collect();
    job.set(0, StepState::Acting);
    job.ended(0, unreachable());
    assert!(has_password(&job, 0), "it is sent when the job goes on");
    job.phase = Phase::Running;
    job.ended(0, Outcome::refused("failure: already have"));
    assert_eq!((has_password(&job, 0), has_password(&job, 1)), (false, true));
    let typed = job.steps[0].action.typed();
    assert_eq!(typed, job.steps[1].action.typed(), "what was sent is shown as before");
    job.halt(Phase::Paused(Pause::Wanted));
    assert!(has_password(&job, 1));
    job.halt(Phase::Stopped);
    assert!(!has_password(&job, 1));
}

#[test]
fn only_what_was_done_is_taken_back_and_the_last_first() {
    let mut job = job(4);
    for (at, outcome) in [
        (0, Outcome::Done { after: Afterwards::Row(item(0, true)) }),
        (1, Outcome::refused("failure: locked")),
        (2, Outcome::Done { after: Afterwards::Row(item(2, true)) }),
        (3, Outcome::Done { after: Afterwards::NotRead }),
    ] {
        job.ended(at, outcome);
    }
    let undo = job.undo();
    let typed: Vec<String> = undo.iter().flat_map(|(_, action)| action.typed()).collect();
    assert_eq!(typed, ["/ppp secret enable *2", "/ppp secret enable *0"]);
}

#[test]
fn ids_and_paces_are_read_and_nothing_else() {
    for text in ["00000000000000ff", "ffffffffffffffff"] {
        assert_eq!(text.parse::<JobId>().unwrap().to_string(), text);
    }
    for text in ["", "ff", "00000000000000fg", "+0000000000000ff", "00000000000000fff"] {
        assert_eq!(text.parse::<JobId>(), Err(InvalidJobId), "{text}");
    }
    assert_eq!(
        [0, 1, FASTEST, FASTEST + 1].map(|pace| Pace::new(pace).is_some()),
        [false, true, true, false]
    );
}
