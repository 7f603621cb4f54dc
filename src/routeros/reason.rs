//! Why a router cannot be watched: cause and remedy of each reason, in one table for log, pages and programs.

/// Why there is no signed-in connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The name does not resolve.
    UnknownHost,
    /// Where it leads must not be called from here.
    Forbidden,
    /// Nothing listens on the port.
    Refused,
    /// The network says no.
    Unreachable,
    /// The port is open, and whoever is there breaks the connection off.
    BrokenOff,
    /// Nothing answers.
    TimedOut,
    /// Something took the connection, and nothing answers the TLS handshake.
    HandshakeTimedOut,
    /// What answers does not speak TLS.
    NoTls,
    /// The router has nothing to offer that we accept.
    NoCommonCipher,
    /// No authority that we trust vouches for the certificate.
    CertificateNotTrusted,
    /// The certificate was not accepted yet.
    CertificateUnknown,
    /// Not the certificate that was accepted.
    CertificateChanged,
    /// The handshake failed otherwise.
    TlsFailed,
    /// The file of trusted certificates is of no use.
    CaFile,
    /// Wrong user name or password, or a group without the policy `api`.
    Credentials,
    /// The router asks a RADIUS server, which is silent.
    RadiusSilent,
    /// Another refusal of the sign-in.
    SignInRefused,
    /// The challenge of an old sign-in makes no sense.
    BadChallenge,
    /// An answer did not end in time.
    Unfinished,
    /// The connection ended before there was an answer.
    HungUp,
    /// The router said why it hangs up.
    Ended,
    /// Something else speaks there.
    NotTheApi,
    /// The user's group may not read.
    FewRights,
    /// We were about to say what we must not.
    Withheld,
}

impl Reason {
    /// All of them, in the order of the steps of a connection.
    pub const ALL: [Self; 24] = [
        Self::UnknownHost,
        Self::Forbidden,
        Self::Refused,
        Self::Unreachable,
        Self::BrokenOff,
        Self::TimedOut,
        Self::HandshakeTimedOut,
        Self::NoTls,
        Self::NoCommonCipher,
        Self::CertificateNotTrusted,
        Self::CertificateUnknown,
        Self::CertificateChanged,
        Self::TlsFailed,
        Self::CaFile,
        Self::Credentials,
        Self::RadiusSilent,
        Self::SignInRefused,
        Self::BadChallenge,
        Self::Unfinished,
        Self::HungUp,
        Self::Ended,
        Self::NotTheApi,
        Self::FewRights,
        Self::Withheld,
    ];

    /// One word for programs.
    pub fn word(self) -> &'static str {
        self.told().0
    }

    /// What the cause usually is.
    pub fn cause(self) -> &'static str {
        self.told().1
    }

    /// What the operator can do about it.
    pub fn remedy(self) -> &'static str {
        self.told().2
    }

    fn told(self) -> (&'static str, &'static str, &'static str) {
        TOLD.get(self as usize).copied().unwrap_or_default()
    }
}

/// Word, cause and remedy of each, in the order of [`Reason::ALL`].
const TOLD: [(&str, &str, &str); Reason::ALL.len()] = [
    (
        "unknown_host",
        "the name has no address, or the resolver does not know it",
        "check the spelling of the host, or enter its IP address",
    ),
    (
        "forbidden_target",
        "the address leads to this machine, to its own link or to a cloud's metadata, and not to a router",
        "enter the router's address in your network; \"allow_loopback_routers\": true in the settings allows \
                 this machine",
    ),
    (
        "refused",
        "the service is switched off on the router, or has another port",
        "enable the service on the router (/ip service enable api, or api-ssl) and check the port",
    ),
    (
        "unreachable",
        "there is no route to the address, or a firewall says no",
        "check the address, the route to it and the firewalls on the way",
    ),
    (
        "broken_off",
        "the service does not allow our address, or has too many sessions",
        "check on the router that the service allows our address (/ip service print, column ADDRESS) and is \
                 not at its limit of sessions",
    ),
    (
        "timed_out",
        "a firewall drops what we send, the address is wrong, or the service does not allow our address",
        "check the address and the firewalls, and that the service allows our address \
                 (/ip service print, column ADDRESS); port 8728 is without TLS, 8729 with it",
    ),
    (
        "handshake_timed_out",
        "the port is one without TLS",
        "check that the port is that of api-ssl (8729), or turn TLS off for this router",
    ),
    (
        "no_tls",
        "the port is one without TLS",
        "use the port of api-ssl (8729), or turn TLS off for this router",
    ),
    (
        "no_common_cipher",
        "api-ssl has no certificate: after a reset of the configuration, for example",
        "a router whose api-ssl has no certificate offers anonymous ciphers only: give it one \
                 (/certificate add name=api common-name=router, /certificate sign api, \
                 /ip service set api-ssl certificate=api), or set tls \"anonymous\" for this router",
    ),
    (
        "certificate_not_trusted",
        "the router's certificate is its own, and no authority that we know signed it",
        "set the authority's certificate file, or pin the router's own certificate",
    ),
    (
        "certificate_unknown",
        "nobody has accepted the router's certificate yet",
        "compare the fingerprint with the router's (/certificate print detail) and accept it",
    ),
    (
        "certificate_changed",
        "the router got a new certificate, or somebody stands in its place",
        "if the router got a new certificate accept the new fingerprint, else someone may be \
                 listening in: do not connect from this network",
    ),
    (
        "tls_failed",
        "the two sides found no way to speak TLS",
        "check that the port is that of api-ssl (8729), and the router's log; a very old RouterOS needs an \
                 upgrade, or TLS off",
    ),
    (
        "ca_file",
        "the file of trusted certificates is missing, may not be read, or is no PEM",
        "check that the file exists, may be read, and holds PEM certificates",
    ),
    (
        "credentials",
        "the user name or the password is wrong, or the user's group lacks the policy api",
        "check user name and password, and that the user's group has the policies read and api",
    ),
    (
        "radius_silent",
        "the router asks a RADIUS server about the user, and that is silent",
        "check the RADIUS server, or use a user of the router itself",
    ),
    ("sign_in_refused", "the router refuses the sign-in for a reason of its own", "read the router's log"),
    (
        "bad_challenge",
        "what answers asks for a sign-in as no router does",
        "check that the port belongs to the router's service api or api-ssl",
    ),
    (
        "unfinished",
        "the router is overloaded, or a firewall drops the connection",
        "see whether the router is overloaded, and whether a firewall or the `address` list of \
                 /ip/service drops the connection",
    ),
    (
        "hung_up",
        "the port is that of another service, or the router has too many sessions",
        "see that the port is the one of the service `api` (or `api-ssl` with TLS) in /ip/service, and \
                 that the router allows one more session",
    ),
    ("ended", "the router ended the session", "see the router's /log for the reason, then try again"),
    (
        "not_the_api",
        "the port is that of another service, such as www, ssh or winbox",
        "use the port of the service `api` in /ip/service, 8728 by default (8729 with TLS), not that of \
                 www, ssh or winbox",
    ),
    ("few_rights", "the user's group lacks the policy read", "give the user's group the policy read"),
    (
        "withheld",
        "tikwatch was about to send a command that it must not send, and did not",
        "this is an error in tikwatch: please report it with the lines of its log",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_word_of_its_own_a_cause_and_a_remedy() {
        let words: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.word()).collect();
        assert_eq!(words.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_eq!(Reason::ALL.get(reason as usize), Some(&reason), "the table is in this order");
            assert!(20 < reason.cause().len() && 15 < reason.remedy().len(), "{reason:?}");
        }
    }
}
