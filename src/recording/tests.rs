//! Recordings written, read, cut, damaged.

use super::*;
use crate::domain::ethernet::EthernetLink;
use crate::domain::ppp::{Account, ActiveSession};
use crate::domain::resource::Resource;
use crate::domain::router::RouterName;
use crate::domain::system::{Health, SystemResource};
use crate::routeros::sentence::put_sentence;
use std::collections::BTreeMap;
use std::io::Write;

type Cells = BTreeMap<String, Value>;

fn header() -> Header {
    Header::new(RouterName::new("ccr1").unwrap(), jiff::Timestamp::UNIX_EPOCH, false)
}

/// Rows as they come from the wire; each is words with blanks between.
fn rows(rows: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for row in rows {
        put_sentence(&mut out, row.split(' ').map(str::as_bytes));
    }
    out
}

fn print<R: Resource>(rows_of: &[&str]) -> Observed {
    let key = TableKey::of(&R::print()).unwrap();
    Observed::Print { key, rows: rows(rows_of), partial: false, asked: u64::MAX }
}

fn listen<R: Resource>(rows_of: &[&str]) -> Observed {
    Observed::Changes { key: TableKey::of(&R::listen()).unwrap(), rows: rows(rows_of) }
}

fn keep(lines: &mut Vec<Line>, written: Written<'_>) -> std::io::Result<()> {
    lines.push(match written {
        Written::Line(line) => line.clone(),
        Written::Rows { at, table, rows } => {
            let rows = serde_json::from_slice(&[b"{", rows, b"}"].concat())?;
            Line { at, table: Some(table), rows, ..Line::default() }
        }
    });
    Ok(())
}

fn lines(scribe: &mut Scribe, observed: &[(u64, Observed)]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, observed) in observed {
        scribe.write(*at, observed, &mut |written| keep(&mut lines, written)).unwrap();
    }
    lines
}

fn file(lines: &[Line]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &header()).unwrap();
    for line in lines {
        writer.write(Written::Line(line)).unwrap();
    }
    writer.finish().unwrap()
}

fn read(bytes: &[u8]) -> Result<(Vec<Line>, Ending), Damage> {
    let mut reader = Reader::new(bytes)?;
    let mut lines = Vec::new();
    while let Some(line) = reader.next_line()? {
        lines.push(line);
    }
    Ok((lines, reader.ending().unwrap()))
}

/// The rows of a table after some lines.
fn table(lines: &[Line], number: u32) -> BTreeMap<String, Cells> {
    let mut table = BTreeMap::<String, Cells>::new();
    for line in lines.iter().filter(|line| line.table == Some(number)) {
        for (id, changes) in &line.rows.0 {
            let cells = table.entry(id.clone()).or_default();
            for (property, value) in &changes.0 {
                match value {
                    Some(value) => cells.insert(property.clone(), value.clone()),
                    None => cells.remove(property),
                };
            }
        }
        for id in &line.gone {
            assert!(table.remove(id).is_some(), "{id} was never there");
        }
    }
    table
}

fn sessions() -> Vec<(u64, Observed)> {
    vec![
        (0, print::<ActiveSession>(&["=.id=*1 =name=ana =uptime=1h", "=.id=*2 =name=bob =uptime=5s"])),
        (5_000, listen::<ActiveSession>(&["=.id=*1 =.dead=yes", "=.id=*3 =name=eve =uptime=0s"])),
        (
            60_000,
            print::<ActiveSession>(&["=.id=*2 =name=bob =uptime=1m6s", "=.id=*3 =name=eva =uptime=55s"]),
        ),
    ]
}

#[test]
fn only_what_changed_is_written() {
    let lines = lines(&mut Scribe::default(), &sessions());
    let json: Vec<String> = lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
    assert!(json[0].contains(r#""reads":{"menu":"/ppp/active""#), "{}", json[0]);
    assert_eq!(
        json[1..],
        [
            r#"{"at":0,"table":0,"rows":{"*1":{"name":"ana","uptime":"1h"},"*2":{"name":"bob","uptime":"5s"}}}"#,
            r#"{"at":5000,"table":0,"rows":{"*3":{"name":"eve","uptime":"0s"}}}"#,
            r#"{"at":5000,"table":0,"gone":["*1"]}"#,
            r#"{"at":60000,"table":0,"rows":{"*3":{"name":"eva"}}}"#,
        ]
    );
}

#[test]
fn what_is_written_is_read_again() {
    let lines = lines(&mut Scribe::default(), &sessions());
    let (read, ending) = read(&file(&lines)).unwrap();
    assert_eq!((read, ending), (lines, Ending::Whole));
}

#[test]
fn samples_are_recorded_by_their_numbers_as_they_change() {
    let monitor = |ports: &[&str]| print::<EthernetLink>(ports);
    let (up, down) = ("=name=ether1 =rate=1Gbps =full-duplex=true", "=name=ether1");
    let observed = [(0, monitor(&[up, "=name=ether2"])), (60_000, monitor(&[down, "=name=ether2"]))];
    let lines = lines(&mut Scribe::default(), &observed);
    let json: Vec<String> = lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
    assert!(json[0].contains(r#""reads":{"menu":"/interface/ethernet/monitor""#), "{}", json[0]);
    assert_eq!(
        json[1..],
        [
            concat!(
                r#"{"at":0,"table":0,"rows":{"*1":{"name":"ether1","rate":"1Gbps","full-duplex":"true"},"#,
                r#""*2":{"name":"ether2"}}}"#
            ),
            r#"{"at":60000,"table":0,"rows":{"*1":{"rate":null,"full-duplex":null}}}"#,
        ]
    );
}

#[test]
fn values_that_are_no_text_keep_their_bytes() {
    let mut out = Vec::new();
    put_sentence(&mut out, [b"=.id=*1".as_slice(), b"=name=Jos\xe9", b"=comment=\"\n\\"]);
    let observed = Observed::Print {
        key: TableKey::of(&Account::print()).unwrap(),
        rows: out,
        partial: false,
        asked: 0,
    };
    let (read, _) = read(&file(&lines(&mut Scribe::default(), &[(0, observed)]))).unwrap();
    let row = &table(&read, 0)["*1"];
    assert_eq!(&*row["name"].0, b"Jos\xe9");
    assert_eq!(&*row["comment"].0, b"\"\n\\");
}

#[test]
fn what_a_listen_told_is_newer_than_a_print_under_way() {
    let key = TableKey::of(&ActiveSession::print()).unwrap();
    let rows = rows(&["=.id=*1 =name=ana =uptime=1h", "=.id=*2 =name=bob =uptime=5s"]);
    let mut observed = sessions();
    observed.truncate(2);
    // Asked for before *1 was gone and *3 came.
    observed.push((6_000, Observed::Print { key, rows, partial: false, asked: 4_000 }));
    let table = table(&lines(&mut Scribe::default(), &observed), 0);
    assert_eq!(table.keys().collect::<Vec<_>>(), ["*2", "*3"]);
}

#[test]
fn a_partial_reply_takes_no_row_away() {
    let mut observed = sessions();
    observed.truncate(1);
    let key = TableKey::of(&ActiveSession::print()).unwrap();
    observed.push((
        9,
        Observed::Print { key, rows: rows(&["=.id=*2 =name=bob =uptime=5s"]), partial: true, asked: 0 },
    ));
    assert_eq!(table(&lines(&mut Scribe::default(), &observed), 0).len(), 2);
}

#[test]
fn secrets_and_what_was_not_asked_for_are_never_written() {
    let observed = [
        (0, print::<Account>(&["=.id=*1 =name=ana =password=canary =ipv6-routes=canary"])),
        (1, print::<Health>(&["=voltage=24.1 =wpa2-pre-shared-key=canary"])),
    ];
    let json = format!("{:?}", lines(&mut Scribe::default(), &observed));
    assert!(json.contains("ana") && json.contains("24.1") && !json.contains("canary"), "{json}");
}

#[test]
fn a_device_and_a_lost_link_are_told_once() {
    let resource = |version: &str| {
        print::<SystemResource>(&[&format!("=uptime=1d =version={version} =board-name=CCR2004")])
    };
    let link = |link| Observed::Link(link);
    let observed = [
        (0, link(LinkState::Live)),
        (10, resource("7.14.3")),
        (20, resource("7.14.3")),
        (30, link(LinkState::Lost)),
        (40, link(LinkState::Lost)),
        (50, resource("7.21")),
    ];
    let lines = lines(&mut Scribe::default(), &observed);
    let devices: Vec<_> = lines.iter().filter_map(|line| line.device.as_ref()).collect();
    assert_eq!(devices.iter().map(|device| device.version.as_str()).collect::<Vec<_>>(), ["7.14.3", "7.21"]);
    let states: Vec<_> = lines.iter().filter_map(|line| line.link).collect();
    assert_eq!(states, [LinkState::Live, LinkState::Lost]);
}

#[test]
fn a_further_file_begins_with_all_that_is_known() {
    let mut scribe = Scribe::default();
    lines(&mut scribe, &sessions());
    let mut again = Vec::new();
    scribe.begin_again(&mut |written| keep(&mut again, written), 100_000).unwrap();
    let rows = table(&again, 0);
    assert_eq!(rows.keys().collect::<Vec<_>>(), ["*2", "*3"]);
    assert_eq!(&*rows["*2"]["uptime"].0, b"1m45s", "uptimes go on");
    assert!(again.iter().all(|line| line.at == 0));
    // In the new file's time nothing changed.
    let next = lines(
        &mut scribe,
        &[(
            20_000,
            print::<ActiveSession>(&["=.id=*2 =name=bob =uptime=2m5s", "=.id=*3 =name=eva =uptime=1m55s"]),
        )],
    );
    assert_eq!(next, []);
}

#[test]
fn a_recording_cut_at_any_place_is_good_up_to_there() {
    let all = lines(&mut Scribe::default(), &sessions());
    let mut writer = Writer::new(Vec::new(), &header()).unwrap();
    let mut flushed = vec![];
    for line in &all {
        writer.write(Written::Line(line)).unwrap();
        writer.flush().unwrap();
        flushed.push(writer.size());
    }
    let whole = writer.finish().unwrap();
    for cut in usize::try_from(flushed[0]).unwrap()..whole.len() {
        let (read, ending) = read(&whole[..cut]).unwrap();
        let expect = flushed.iter().filter(|size| **size <= cut as u64).count();
        assert_eq!((read.as_slice(), ending), (&all[..expect], Ending::CutOff), "cut at {cut}");
    }
}

fn check_damage(bytes: &[u8], expect: &str) {
    let damage = read(bytes).unwrap_err().to_string();
    assert!(damage.contains(expect), "{damage}");
}

fn packed(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 1).unwrap()
}

#[test]
fn what_is_no_recording_is_told_apart() {
    check_damage(b"", "no recording");
    check_damage(b"{\"tikwatch\":\"recording\"}", "no recording");
    check_damage(&packed(""), "no recording");
    check_damage(&packed("hello\n"), "no recording");
    check_damage(&packed("{\"tikwatch\":\"backup\",\"version\":1}\n"), "no recording");
    check_damage(&packed("{\"tikwatch\":\"recording\",\"version\":9}\n"), "has version 9 of the format");
    check_damage(
        &packed("{\"tikwatch\":\"recording\",\"version\":1}\n"),
        "line 1 of the recording is damaged",
    );
}

#[test]
fn a_damaged_line_is_named() {
    let head = serde_json::to_string(&header()).unwrap();
    check_damage(&packed(&format!("{head}\n{{\"at\":1}}\nrubbish\n")), "line 3 of the recording is damaged");
    check_damage(&packed(&format!("{head}\n{{\"at\":5}}\n{{\"at\":4}}\n")), "lies before");
    check_damage(&packed(&format!("{head}\n{{\"at\":-5}}\n")), "line 2");
}

#[test]
fn flipped_bytes_never_panic_and_never_pass_for_whole() {
    let whole = file(&lines(&mut Scribe::default(), &sessions()));
    let expect = read(&whole).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        match read(&damaged) {
            Ok(found) => assert!(found == expect || found.1 == Ending::CutOff, "byte {at}"),
            Err(damage) => assert!(!damage.to_string().is_empty()),
        }
    }
}

#[test]
fn what_unpacks_to_far_too_much_is_not_unpacked() {
    let mut bomb = zstd::Encoder::new(Vec::new(), 19).unwrap();
    writeln!(bomb, "{}", serde_json::to_string(&header()).unwrap()).unwrap();
    for _ in 0..40_000 {
        writeln!(bomb, "{{\"at\":0,\"table\":0,\"rows\":{{\"*1\":{{\"name\":\"ana\"}}}},\"gone\":[\"*1\"]}}")
            .unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 10_000, "{}", bomb.len());
    check_damage(&bomb, "far more than a recording does");
    let long = format!("{}\n{}", serde_json::to_string(&header()).unwrap(), "x".repeat(2 << 20));
    check_damage(&zstd::encode_all(long.as_bytes(), 1).unwrap(), "far more than a recording does");
}

/// What a router has: by id the values of a few properties, each of which may lack.
type Truth = BTreeMap<u8, [Option<u8>; 3]>;

fn said(id: u8, cells: [Option<u8>; 3], chance: &mut fastrand::Rng) -> String {
    let names = ["name", "caller-id", "address"];
    let told = names.iter().zip(cells).filter_map(|(name, value)| Some(format!("={name}={}", value?)));
    let mut words: Vec<String> = told.chain([format!("=.id=*{id:X}")]).collect();
    // No router promises an order.
    chance.shuffle(&mut words);
    words.join(" ")
}

proptest::proptest! {
    #[test]
    fn a_recording_holds_what_the_router_has_whatever_changes_in_whatever_order(seed: u64) {
        let mut chance = fastrand::Rng::with_seed(seed);
        let (mut scribe, mut written, mut truth) = (Scribe::default(), Vec::new(), Truth::new());
        for at in 1..60_u64 {
            let mut told = Vec::new();
            for _ in 0..chance.u8(0..6) {
                let id = chance.u8(0..24);
                if chance.u8(0..4) == 0 {
                    truth.remove(&id);
                    told.push(format!("=.dead=yes =.id=*{id:X}"));
                } else {
                    let cells = std::array::from_fn(|_| chance.bool().then(|| chance.u8(0..3)));
                    truth.insert(id, cells);
                    told.push(said(id, cells, &mut chance));
                }
            }
            let by_listen = chance.bool();
            if !by_listen {
                told = truth.iter().map(|(id, cells)| said(*id, *cells, &mut chance)).collect();
                chance.shuffle(&mut told);
            }
            let rows: Vec<&str> = told.iter().map(String::as_str).collect();
            let observed =
                if by_listen { listen::<ActiveSession>(&rows) } else { print::<ActiveSession>(&rows) };
            scribe.write(at, &observed, &mut |line| keep(&mut written, line)).unwrap();
            if chance.u8(0..10) == 0 {
                // A further file tells all anew.
                written.clear();
                scribe.begin_again(&mut |line| keep(&mut written, line), at).unwrap();
            }
            let held: BTreeMap<String, Vec<String>> = table(&written, 0)
                .into_iter()
                .map(|(id, cells)| {
                    let cell = |(name, value): (String, Value)| format!("={name}={}", String::from_utf8_lossy(&value.0));
                    (id, cells.into_iter().map(cell).collect())
                })
                .collect();
            let expect: BTreeMap<String, Vec<String>> = truth
                .iter()
                .map(|(id, [name, caller, address])| {
                    let sorted = [("address", address), ("caller-id", caller), ("name", name)];
                    let cell = |(name, value): (&str, &Option<u8>)| Some(format!("={name}={}", (*value)?));
                    (format!("*{id:X}"), sorted.into_iter().filter_map(cell).collect())
                })
                .collect();
            proptest::prop_assert_eq!(held, expect, "after {}", at);
        }
    }
}
