//! Routers, settings and keys with canaries in all places, and what was learned of secrets on the way.

use crate::TRACE;
use crate::gathered::Gathered;
use integration_tests::isp::{Router, calm};
use integration_tests::secrets::Secret;
use integration_tests::service::PATIENCE;
use integration_tests::{Running, in_folder, open_hearted};
use openssl::pkey::PKey;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;
use tikwatch::access::{Keys, Vault};
use tikwatch::routeros::client::{Client, ClientOptions};
use tikwatch::routeros::stream::{Endpoint, Tls, connect};
use tikwatch::routeros::{Command, Row};
use tikwatch::simulator::{Policies, Ros, RouterPlan, SimulatedRouter};
use tikwatch::store::Store;

/// Where a router listens that the variables name: no host of the settings.
const OF_VARIABLES: [u8; 4] = [127, 0, 0, 5];

/// The world around a service.
pub(crate) struct World {
    folder: TempDir,
    /// The key that the service is given.
    pub(crate) key: String,
    /// The key after a rotation.
    new_key: String,
    /// A password that only the environment has.
    pub(crate) in_environment: String,
    /// What was learned.
    learned: Mutex<Vec<Secret>>,
    _listening: Vec<Box<dyn std::any::Any + Send + Sync>>,
}

/// A canary of this kind, with letters that are written differently in each place.
pub(crate) fn canary(kind: &str) -> String {
    format!("cañary <{kind}> & \"7Kx/9+2?\" 'ü")
}

impl World {
    pub(crate) async fn build() -> Self {
        let [in_settings, in_file, in_environment, for_changes] = [
            "canary-in-settings-ö7Kx!",
            "canary in a file .env 8Qw+/",
            "canary-in-environment-ß5Tz",
            "canary for changes \"9Wz\" ä&",
        ];
        let given = canary("given away to");
        // Users who may see passwords: what is not asked for must still not come.
        let plan = |password: &str| {
            let policies = Policies { sensitive: true, ..Policies::default() };
            let user = Some(("monitor".to_owned(), SecretString::from(password)));
            RouterPlan { user, policies, churn_per_minute: 0.5, ..calm(40) }
        };
        let first = Router::start(plan(in_settings)).await.unwrap();
        let older = RouterPlan { legacy_login: true, ros: Ros::V6_49, ..plan(in_file) };
        let older = SimulatedRouter::new(older).listen(SocketAddr::from((OF_VARIABLES, 0))).await.unwrap();
        let third = open_hearted::start().await.unwrap();

        let folder = TempDir::new().unwrap();
        let router = |name: &str, address: SocketAddr, password: &str| {
            json!({
                "name": name, "host": address.ip().to_string(), "port": address.port(), "username": "monitor",
                "password": password, "record": true, "poll_seconds": 1,
            })
        };
        let mut routers = [router("r1", first.address, in_settings), router("r3", third, &given)];
        for (key, value) in [("write_username", "operator"), ("write_password", for_changes)] {
            routers[0][key] = json!(value);
        }
        routers[0]["write_mode"] = json!(true);
        let settings = json!({ "routers": routers }).to_string();
        std::fs::write(folder.path().join("settings.json"), settings).unwrap();
        let variables = format!(
            "MIKROTIK_HOST=127.0.0.5\nMIKROTIK_PORT={}\nMIKROTIK_USER=monitor\nMIKROTIK_PASSWORD='{in_file}'\n",
            older.address.port()
        );
        std::fs::write(folder.path().join(".env"), variables).unwrap();

        let world = Self {
            folder,
            key: key(),
            new_key: key(),
            in_environment: in_environment.to_owned(),
            learned: Mutex::default(),
            _listening: Vec::new(),
        };
        for (name, secret) in [
            ("a router's password in settings.json", in_settings),
            ("a router's password for changes", for_changes),
            ("a router's password in .env", in_file),
            ("a router's password in the environment", in_environment),
            ("the password of a router that gives secrets away", given.as_str()),
        ] {
            world.learn(name, secret);
        }
        for (property, secret) in open_hearted::SECRETS {
            world.learn(format!("a router's own {property}"), secret);
        }
        for (menu, password) in passwords_of(first.address, in_settings).await {
            world.learn(format!("a password in {menu}"), password);
        }
        Self { _listening: vec![Box::new(first), Box::new(older)], ..world }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Something that must not be found from now on.
    pub(crate) fn learn(&self, name: impl Into<String>, secret: impl Into<Vec<u8>>) {
        self.learned.lock().unwrap().push(Secret::new(name, secret));
    }

    /// The same of text that stands for bytes, which must not be found either.
    pub(crate) fn learn_bearer(&self, name: &str, text: &str) {
        let random = text.trim_start_matches("tw_");
        assert_eq!(random.len(), 43, "{name} is no bearer's secret");
        let base64 = format!("{}=", random.replace('-', "+").replace('_', "/"));
        let bytes = openssl::base64::decode_block(&base64).unwrap();
        self.learn(name, random);
        self.learn(name, bytes);
    }

    /// Keeps what lies in the folder by now.
    pub(crate) fn remember_files(&self, gathered: &Gathered) {
        let at_least = ["data/store/db", "data/tls/key.pem", "settings.json", ".env"];
        for path in at_least {
            assert!(self.folder().join(path).is_file(), "there is no {path}");
        }
        assert!(self.folder().join("data/recordings").read_dir().unwrap().next().is_some());
        gathered.add_files(self.folder());
    }

    /// Runs the commands that handle secrets, while the service is stopped.
    pub(crate) fn use_commands(&self, gathered: &Gathered) {
        let run = |name: &str, arguments: &str, input: &str, key: &str| {
            let mut command = in_folder(self.folder());
            command.args(arguments.split_whitespace()).args(TRACE).env("TIKWATCH_KEY", key);
            let running = Running::start_with_input(&mut command, input.as_bytes()).unwrap();
            assert!(running.wait_for_exit(PATIENCE).unwrap().success(), "{}", running.transcript());
            let stdout = running.stdout().join("\n");
            gathered.add_output(name, &(stdout.clone(), running.stderr().join("\n")));
            stdout
        };
        let (added, reset) = (canary("added at the shell"), canary("reset at the shell"));
        self.learn("a password added at the shell", added.as_str());
        self.learn("a password reset at the shell", reset.as_str());
        run("user add", "user add cleo --role viewer --password-stdin", &added, &self.key);
        run("user reset-password", "user reset-password cleo --password-stdin", &reset, &self.key);
        let token = run("token create", "token create --name shell --role viewer", "", &self.key);
        self.learn_bearer("API token of the shell", &token);
        let both = format!("{}\n{}", self.new_key, self.key);
        run("key rotate", "key rotate", "", &both);
        let passphrase = canary("passphrase of a backup");
        self.learn("the passphrase of a backup", passphrase.as_str());
        let (own, sealed) = (tempfile::NamedTempFile::new().unwrap(), "data/backups/sealed.tikwatch-backup");
        std::fs::write(own.path(), passphrase.as_str()).unwrap();
        let with = format!("--passphrase-file {}", own.path().display());
        run("backup", "backup --recordings --out data/backups/clear.tikwatch-backup", "", &self.new_key);
        run("backup", &format!("backup --out {sealed} {with}"), "", &self.new_key);
        run("restore", &format!("restore --check {sealed} {with}"), "", &self.new_key);
        run("user list", "user list", "", &self.new_key);
        run("token list", "token list", "", &self.new_key);
        run("record", "record --data data --router r1 --out again.jsonl.zst --for 2s", "", &self.new_key);
    }

    /// All secrets: those that were learned, and those that the data folder holds.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let mut all = self.learned.lock().unwrap().clone();
        for (name, key) in [("the key", &self.key), ("the new key", &self.new_key)] {
            all.push(Secret::new(name, key.as_str()));
            all.push(Secret::new(name, bytes(key)));
        }
        let pem = std::fs::read(self.folder().join("data/tls/key.pem")).unwrap();
        let private = PKey::private_key_from_pem(&pem).unwrap().ec_key().unwrap();
        all.push(Secret::new("key of the certificate", private.private_key().to_vec()));
        // The lines as they stand in the file: the key itself is cut by the end of one.
        let lines = std::str::from_utf8(&pem).unwrap().lines().skip(1).take(2);
        all.extend(lines.map(|line| Secret::new("key of the certificate", line)));
        let keys = Keys::find(|name| (name == "TIKWATCH_KEY").then(|| self.new_key.clone().into())).unwrap();
        let vault = Vault::new(Store::open(&self.folder().join("data")).unwrap(), keys);
        let chain = vault.find("audit:key:1").unwrap().unwrap();
        all.push(Secret::new("the key of the audit log", chain.expose_secret()));
        all.push(Secret::new("the key of the audit log", bytes(chain.expose_secret())));
        // Whatever the password, its hash begins like this.
        all.push(Secret::new("hash of a password", "$argon2id$"));
        all
    }
}

/// A new key, as 64 hexadecimal digits.
fn key() -> String {
    let mut bytes = [0; 32];
    openssl::rand::rand_bytes(&mut bytes).unwrap();
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The passwords of subscribers and guests that a router would tell whoever asks.
async fn passwords_of(address: SocketAddr, password: &str) -> Vec<(&'static str, String)> {
    let (patience, password) = (Duration::from_secs(10), SecretString::from(password));
    let mut found = Vec::new();
    for menu in ["/ppp/secret", "/ip/hotspot/user"] {
        let endpoint = Endpoint { host: address.ip().to_string(), port: address.port(), tls: Tls::Off };
        let connected = connect(&endpoint, patience).await.unwrap();
        let options = ClientOptions::default();
        let mut client = Client::sign_in(connected, "monitor", &password, options, patience).await.unwrap();
        let before = found.len();
        let take = |row: Row<'_>| found.extend(row.text("password").map(|text| (menu, text.into_owned())));
        client.ask(&Command::new(&format!("{menu}/print")).proplist("password"), take).await.unwrap();
        assert!(before < found.len(), "{menu} tells no passwords");
    }
    found.retain(|(_, password)| 8 <= password.len());
    found
}
