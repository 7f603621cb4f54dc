//! The people whom a simulated ISP serves.

use super::clock::Moment;
use super::plan::RouterPlan;
use super::traffic::{Habit, Usage, mix};
use fastrand::Rng;
use std::borrow::Cow;
use std::time::Duration;

/// A tariff: what is sold, as a PPP profile.
#[derive(Debug)]
pub struct Tariff {
    /// The profile's name.
    pub profile: &'static str,
    /// Upload in Mbit/s.
    pub up: u64,
    /// Download in Mbit/s.
    pub down: u64,
}

/// The profile `default`, which limits nothing.
static UNLIMITED: Tariff = Tariff { profile: "default", up: 0, down: 0 };

/// All tariffs, cheapest first.
pub static TARIFFS: [Tariff; 6] = [
    Tariff { profile: "home-10M", up: 2, down: 10 },
    Tariff { profile: "home-30M", up: 10, down: 30 },
    Tariff { profile: "home-50M", up: 15, down: 50 },
    Tariff { profile: "fibre-100M", up: 50, down: 100 },
    Tariff { profile: "fibre-200M", up: 100, down: 200 },
    Tariff { profile: "fibre-300M", up: 150, down: 300 },
];

/// From this many subscribers on, the odd ones are among them.
pub const ODD_FROM: usize = 20;

/// Names as real networks have them and programs fear them; `José` is in the code page of a Windows PC.
pub static ODD_NAMES: [&[u8]; 14] = [
    b"anna maria",
    b"joao@fibre.example",
    b"<script>alert(1)</script>",
    b"tower 3/sector 2",
    b"who?",
    "señora-ñandú".as_bytes(),
    b"Jos\xe9",
    "用户42".as_bytes(),
    b"O'Brien \"the\" <b>",
    b"a&amp;b",
    b"-dash-",
    b"=equals=1",
    b"<pppoe-trick>",
    b"100%{{name}}",
];

static ODD_COMMENTS: [&str; 6] = [
    "<script>alert(1)</script>",
    "says \"hello\" & 'bye'",
    "<img src=x onerror=alert(2)>",
    "calle Ñuñoa 12, 3º izq.",
    "javascript:alert(3)",
    "a=b=c",
];

static COMMENTS: [&str; 5] =
    ["North tower", "pays late", "new ONU 2025", "Block C, flat 12", "relative of the mayor"];

static FIRST: [&str; 16] = [
    "maria", "jose", "ana", "carlos", "fatima", "budi", "siti", "ivan", "olga", "samuel", "grace", "ahmed",
    "lucia", "pedro", "noor", "thabo",
];

static LAST: [&str; 12] = [
    "silva", "santos", "kumar", "petrov", "okafor", "garcia", "putri", "mbeki", "rossi", "khan", "lopez",
    "novak",
];

/// The first half of hardware addresses, as makers of customer equipment have them.
static VENDORS: [[u8; 3]; 8] = [
    [0xD4, 0xCA, 0x6D],
    [0x18, 0xFD, 0x74],
    [0x50, 0xC7, 0xBF],
    [0x30, 0xB5, 0xC2],
    [0x78, 0x11, 0xDC],
    [0x24, 0x5A, 0x4C],
    [0x00, 0x27, 0x22],
    [0x5C, 0xE8, 0x83],
];

/// A hardware address that looks real.
pub fn mac(hash: u64) -> [u8; 6] {
    let [_, _, _, pick, _, fourth, fifth, sixth] = mix(hash).to_be_bytes();
    let vendor = VENDORS.get(usize::from(pick) % VENDORS.len()).copied();
    let [first, second, third] = vendor.unwrap_or_default();
    [first, second, third, fourth, fifth, sixth]
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The equipment stopped answering.
    HungUp,
    /// The subscriber's equipment said goodbye.
    PeerRequest,
    /// Nothing was sent for long.
    IdleTimeout,
    /// The session's time was over.
    SessionTimeout,
    /// The operator removed the session.
    NasRequest,
}

impl Reason {
    /// As in `last-disconnect-reason`.
    pub fn word(self) -> &'static str {
        match self {
            Self::HungUp => "hung-up",
            Self::PeerRequest => "peer-request",
            Self::IdleTimeout => "idle-timeout",
            Self::SessionTimeout => "session-timeout",
            Self::NasRequest => "nas-request",
        }
    }

    /// As the log ends the line `terminating...`.
    pub fn logged(self) -> &'static str {
        match self {
            Self::HungUp => " - peer is not responding",
            Self::PeerRequest => "",
            Self::IdleTimeout => " - idle timeout",
            Self::SessionTimeout => " - session timeout",
            Self::NasRequest => " - administrator request",
        }
    }

    /// A reason, as often as it occurs.
    pub fn draw(rng: &mut Rng) -> Self {
        match rng.u8(..100) {
            0..50 => Self::HungUp,
            50..85 => Self::PeerRequest,
            85..92 => Self::SessionTimeout,
            92..97 => Self::IdleTimeout,
            _ => Self::NasRequest,
        }
    }
}

/// Whether somebody has an account on the router, and may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// An account in `/ppp/secret`.
    Local,
    /// The same, disabled.
    Disabled,
    /// The same, never used.
    Unused,
    /// None here: a RADIUS server knows the password.
    Radius,
    /// None any more.
    Removed,
}

/// Somebody whom the ISP serves.
#[derive(Debug)]
pub struct Subscriber {
    /// The name that signs in, in bytes as the router stores it.
    pub name: Box<[u8]>,
    /// The operator's note.
    pub comment: Option<Cow<'static, [u8]>>,
    /// The password that an operator set; else one follows from the seed.
    pub password: Option<Box<[u8]>>,
    /// For which services the account is good.
    pub service: &'static str,
    /// The equipment's hardware address.
    pub mac: [u8; 6],
    /// Which of [`TARIFFS`].
    pub tariff: u8,
    /// Whether there is an account.
    pub account: Account,
    /// What is downloaded.
    pub down: Usage,
    /// What is uploaded.
    pub up: Usage,
    /// When and why the last session ended.
    pub last_session: Option<(Moment, Reason)>,
    /// The sessions of now: some people have two devices.
    pub sessions: [Option<u32>; 2],
}

impl Subscriber {
    /// The place of no tariff: the profile `default`.
    pub const NO_TARIFF: u8 = u8::MAX;

    /// Somebody who was never online.
    pub fn new(name: &[u8], mac: [u8; 6], account: Account) -> Self {
        let idle = Usage::new(0, Habit::Idle, 0);
        Self {
            name: name.into(),
            comment: None,
            password: None,
            service: "any",
            mac,
            tariff: Self::NO_TARIFF,
            account,
            down: idle,
            up: idle,
            last_session: None,
            sessions: [None; 2],
        }
    }

    /// The tariff.
    pub fn tariff(&self) -> &'static Tariff {
        tariff(self.tariff)
    }

    /// Whether `/ppp/secret` has a row.
    pub fn has_account(&self) -> bool {
        !matches!(self.account, Account::Radius | Account::Removed)
    }

    /// Whether a sign-in would be accepted.
    pub fn may_dial(&self) -> bool {
        !matches!(self.account, Account::Disabled | Account::Removed)
    }

    /// Whether there is a session.
    pub fn is_online(&self) -> bool {
        self.sessions != [None; 2]
    }
}

/// The tariff at a place.
pub fn tariff(place: u8) -> &'static Tariff {
    TARIFFS.get(usize::from(place)).unwrap_or(&UNLIMITED)
}

/// Somebody drawn from the plan's seed, with the number of sessions to begin with.
pub fn draw(plan: &RouterPlan, index: usize, rng: &mut Rng) -> (Subscriber, u8) {
    let odd = if ODD_FROM <= plan.subscribers { ODD_NAMES.get(index) } else { None };
    let seed = mix(plan.seed.wrapping_mul(31).wrapping_add(index as u64));
    let account = match rng.u8(..100) {
        _ if odd.is_some() => Account::Local,
        0..4 => Account::Disabled,
        4..6 => Account::Unused,
        6..11 => Account::Radius,
        _ => Account::Local,
    };
    // Accounts that are disabled or unused are a part of those who are offline.
    let reachable = 0.94;
    let online = match account {
        Account::Disabled | Account::Unused => 1.0 <= plan.online && account == Account::Unused,
        _ => odd.is_some() && 0.0 < plan.online || rng.f64() < plan.online / reachable,
    };
    let sessions = match (online, odd, rng.u8(..100)) {
        (false, ..) => 0,
        (true, None, 0..2) => 2,
        _ => 1,
    };
    let comment = match rng.u8(..10) {
        _ if odd.is_some() => ODD_COMMENTS.get(index % ODD_COMMENTS.len()).copied(),
        0..4 => rng.choice(COMMENTS),
        _ => None,
    };
    let tariff = rng.choice([0u8, 1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 5]).unwrap_or_default();
    let Tariff { up, down, .. } = TARIFFS.get(usize::from(tariff)).unwrap_or(&TARIFFS[0]);
    let habit = match rng.u8(..100) {
        0..35 => Habit::Idle,
        35..85 => Habit::Bursty,
        _ => Habit::Heavy,
    };
    let upload = if habit == Habit::Heavy { Habit::Bursty } else { habit };
    let ended = Moment::start().before(Duration::from_secs(600 + rng.u64(..30 * 86_400)));
    let subscriber = Subscriber {
        name: odd.map_or_else(|| name(index, rng), |odd| odd.to_vec()).into_boxed_slice(),
        comment: comment.map(|comment| Cow::Borrowed(comment.as_bytes())),
        password: None,
        service: "pppoe",
        mac: mac(seed),
        tariff,
        account,
        // Mbit/s to bytes per second.
        down: Usage::new(seed, habit, down * 125_000),
        up: Usage::new(seed ^ 1, upload, up * 125_000),
        last_session: (account != Account::Unused && rng.u8(..20) != 0).then(|| (ended, Reason::draw(rng))),
        sessions: [None; 2],
    };
    (subscriber, sessions)
}

/// A name as ISPs give them; the index makes it unique.
fn name(index: usize, rng: &mut Rng) -> Vec<u8> {
    let first = rng.choice(FIRST).unwrap_or("maria");
    let last = rng.choice(LAST).unwrap_or("silva");
    match rng.u8(..10) {
        0..5 => format!("{first}.{last}{index}"),
        5..7 => format!("skn{index:05}"),
        7..9 => format!("ord23{index:06}@lintegfibre"),
        _ => format!("{first}_{index}@isp.example"),
    }
    .into_bytes()
}
