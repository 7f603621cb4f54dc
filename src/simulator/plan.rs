//! What a simulated router is like.

use super::ros::Ros;
use secrecy::SecretString;

/// What the router's user may do.
#[expect(clippy::struct_excessive_bools, reason = "policies are independent of each other")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policies {
    /// May sign in over the API.
    pub api: bool,
    /// May print, listen and monitor.
    pub read: bool,
    /// May see secrets, such as PPP passwords.
    pub sensitive: bool,
    /// May change something.
    pub write: bool,
}

impl Default for Policies {
    /// What monitoring needs: `api,read`.
    fn default() -> Self {
        Self { api: true, read: true, sensitive: false, write: false }
    }
}

/// What a simulated router is like. All of it follows from the plan: equal plans give equal networks.
#[derive(Debug, Clone)]
pub struct RouterPlan {
    /// The router's identity.
    pub name: String,
    /// The RouterOS version.
    pub ros: Ros,
    /// How many people the ISP serves here, with and without an account on the router itself.
    pub subscribers: usize,
    /// The share of subscribers that is online, from 0 to 1.
    pub online: f64,
    /// What everything random is drawn from.
    pub seed: u64,
    /// The only user that may sign in; without one, anybody may.
    pub user: Option<(String, SecretString)>,
    /// What that user may do.
    pub policies: Policies,
    /// A second user, who may do the same and change something as well.
    pub operator: Option<(String, SecretString)>,
    /// Whether the sign-in of versions before 6.43 is asked for: a challenge answered with an MD5 sum.
    pub legacy_login: bool,
    /// Whether time stands still.
    pub frozen: bool,
    /// The share of sessions that end in a minute, from 0 to 1; most dial again within a minute.
    pub churn_per_minute: f64,
    /// How many API sessions the router allows at once.
    pub max_sessions: usize,
    /// The router's time zone, in seconds east of UTC.
    pub utc_offset: i32,
}

impl Default for RouterPlan {
    /// 500 subscribers of RouterOS 7.21, anybody may sign in, one session in a hundred ends each minute.
    fn default() -> Self {
        Self {
            name: "sim1".to_owned(),
            ros: Ros::default(),
            subscribers: 500,
            online: 0.88,
            seed: 1,
            user: None,
            policies: Policies::default(),
            operator: None,
            legacy_login: false,
            frozen: false,
            churn_per_minute: 0.01,
            max_sessions: 20,
            utc_offset: 0,
        }
    }
}
