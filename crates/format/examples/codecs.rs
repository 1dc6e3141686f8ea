//! What each column of a mixed frame, a long walk and free text come to, and how fast.
//!
//! `cargo run --release -p stillroom-format --example codecs`

#![expect(clippy::print_stdout, reason = "an example that prints what it found")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use stillroom_format::{Codec, Compression, Cuts, Decoder, Encoder, Method};

#[path = "../benches/columns/mod.rs"]
mod columns;

use columns::Column;

fn main() {
    let body = columns::sentences(200_000);
    for compression in [Compression::Fast, Compression::Small] {
        println!("\n{compression:?}");
        report("frame of 300,000 rows", &columns::frame(300_000), compression);
        report("walk", &[columns::walk(16 << 20)], compression);
        report("text", &body, compression);
    }
}

/// What became of a column.
#[derive(Default)]
struct Outcome {
    raw_len: usize,
    coded_len: usize,
    choosing: Duration,
    coding: Duration,
    decoding: Duration,
}

fn report(title: &str, columns: &[Column], compression: Compression) {
    println!("\n{title:26} codec              MB     coded  ratio  choose ms  code MB/s  decode MB/s");
    let mut all = Outcome::default();
    for column in columns {
        let (method, outcome) = measure(column, compression);
        print(column.name, &format!("{:?}", method.codec()), &outcome);
        all.raw_len += outcome.raw_len;
        all.coded_len += outcome.coded_len;
        all.choosing += outcome.choosing;
        all.coding += outcome.coding;
        all.decoding += outcome.decoding;
    }
    print("all", "", &all);
}

fn measure(column: &Column, compression: Compression) -> (Method, Outcome) {
    let mut encoder = Encoder::new();
    let start = Instant::now();
    let method = Method::choose(&mut encoder, compression, column.item, &column.bytes);
    let choosing = start.elapsed();
    let mut outcome = Outcome { raw_len: column.bytes.len(), choosing, ..Outcome::default() };
    let chunks = cut(column);
    let start = Instant::now();
    let coded: Vec<(Codec, Vec<u8>, usize)> = chunks
        .iter()
        .map(|raw| {
            let (codec, coded) = encoder.encode(method, raw);
            (codec, coded.to_vec(), raw.len())
        })
        .collect();
    outcome.coding = start.elapsed();
    outcome.coded_len = coded.iter().map(|(_, coded, _)| coded.len()).sum();
    let mut decoder = Decoder::new();
    let mut into = vec![0; 256 * 1024];
    let start = Instant::now();
    for (codec, coded, len) in &coded {
        decoder.decode(*codec, coded, &mut into[..*len]).expect("what was coded a moment ago");
        black_box(&into);
    }
    outcome.decoding = start.elapsed();
    (method, outcome)
}

fn cut(column: &Column) -> Vec<Vec<u8>> {
    let mut cuts = Cuts::new(&column.bytes, column.layout);
    std::iter::from_fn(|| cuts.next().map(<[u8]>::to_vec)).collect()
}

fn print(name: &str, codec: &str, outcome: &Outcome) {
    let mb = |len: usize| len as f64 / 1e6;
    let speed = |time: Duration| mb(outcome.raw_len) / time.as_secs_f64();
    println!(
        "{name:26} {codec:12} {:8.2}  {:8.3}  {:5.2}  {:9.2}  {:9.0}  {:11.0}",
        mb(outcome.raw_len),
        mb(outcome.coded_len),
        outcome.raw_len as f64 / outcome.coded_len as f64,
        outcome.choosing.as_secs_f64() * 1e3,
        speed(outcome.coding),
        speed(outcome.decoding),
    );
}
